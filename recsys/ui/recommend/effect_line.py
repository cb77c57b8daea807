"""What a re-ranked list costs or gains on validation, in a short line; the details stand in its tooltip."""

from __future__ import annotations

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import Message, message, plural

COSTS = message("{what} {strength:.2f} costs {change:.3f} {metric} ({plain_ndcg:.3f} → {ndcg:.3f})")
GAINS = message("{what} {strength:.2f} gains {change:.3f} {metric} ({plain_ndcg:.3f} → {ndcg:.3f})")
KEEPS = message("{what} {strength:.2f} leaves {metric} at {ndcg:.3f}")
DETAILS = message(
    "On {users}: {metric} changes by {change}, 95% interval {low} to {high}. The plain list is compared on the same users."
)


def effect(what: Message, strength: float, plain_ndcg: float, ndcg: float) -> Message:
    """ "Diversity 0.50 costs 0.032 NDCG@10 (0.405 → 0.373)"."""
    change = round(ndcg, 3) - round(plain_ndcg, 3)
    text = COSTS if change < 0 else GAINS if change > 0 else KEEPS
    return text.format(
        what=what,
        strength=strength,
        change=abs(change),
        metric=metric_label(HEADLINE),
        plain_ndcg=plain_ndcg,
        ndcg=ndcg,
    )


def details(num_users: int, difference: tuple[float, float, float]) -> Message:
    """On how many users, and the interval of the difference (mean, low, high)."""
    users = plural("{n:,} validation user", "{n:,} validation users", num_users)
    change, low, high = (signed(value) for value in difference)
    return DETAILS.format(users=users, metric=metric_label(HEADLINE), change=change, low=low, high=high)


def signed(value: float) -> str:
    """Three decimals with a sign, the minus sign of mathematics.

    >>> signed(-0.0321)
    '−0.032'
    """
    return f"{value:+.3f}".replace("-", "−")
