"""Comparisons with baselines in words: which ones a model beats, loses to, or does not differ from significantly."""

from __future__ import annotations

from collections.abc import Mapping

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.evaluation.significance import PairedDifference


def p_text(p: float, sign: str = "=") -> str:
    """Format a p-value as in papers: "p = .31", "p = .004", "p < .001"."""
    if p < 0.001:
        return "p < .001"
    if p > 0.995:
        return f"p {sign} 1"
    return f"p {sign} {f'{p:.3f}' if p < 0.0995 else f'{p:.2f}'}".replace("0.", ".")


def verdict(title: str, rivals: Mapping[str, PairedDifference]) -> str:
    """Summarise the differences of a model to its `rivals` (title -> difference); "" without rivals.

    "Beats every baseline" requires every difference to be significant after Holm's correction.
    """
    if not rivals:
        return ""
    beaten = {
        name: difference for name, difference in rivals.items() if difference.is_significant and difference.mean > 0
    }
    lost = {
        name: difference for name, difference in rivals.items() if difference.is_significant and difference.mean < 0
    }
    undecided = {name: difference for name, difference in rivals.items() if name not in beaten and name not in lost}
    if len(beaten) == len(rivals):
        closest = min(beaten, key=lambda name: beaten[name].mean)
        return f"{title} beats every baseline ({_largest_p(beaten)}). Closest: {closest} ({_gap(beaten[closest])})."
    parts = []
    if lost:
        names = _listed(
            [f"{name} ({_gap(difference)}, {p_text(difference.p_holm)})" for name, difference in lost.items()], "and"
        )
        parts.append(f"{title} loses to {names}.")
    if undecided:
        names = _listed([f"{name} ({p_text(difference.p_holm)})" for name, difference in undecided.items()], "or")
        parts.append(f"No significant difference between {title} and {names}.")
    if beaten:
        parts.append(f"{title} beats {_listed(list(beaten), 'and')} ({_largest_p(beaten)}).")
    return " ".join(parts)


def relation(difference: PairedDifference) -> str:
    """Relation to one rival: "better", "worse" or "no significant difference"."""
    if not difference.is_significant:
        return "no significant difference"
    return "better" if difference.mean > 0 else "worse"


def _largest_p(differences: Mapping[str, PairedDifference]) -> str:
    largest = max(difference.p_holm for difference in differences.values())
    return p_text(largest, "=" if len(differences) == 1 else "≤")


def _gap(difference: PairedDifference) -> str:
    interval = f"{difference.low:+.3f} to {difference.high:+.3f}"
    return f"{difference.mean:+.3f} {metric_label(HEADLINE)}, 95 % interval {interval}"


def _listed(names: list[str], word: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
