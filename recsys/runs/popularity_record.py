"""What less popular lists of a run cost, by strength of the penalty, stored as `less_popular.json` in its folder.

Like the global view (global_record.py) it is derived from weights and dataset: it is neither exported nor imported, and used
only with the weights and the version it was computed with, if it is as it was written.
"""

from __future__ import annotations

from recsys.runs.checked_json import Frozen, is_changed, load_checked, save_checked
from recsys.runs.store import RunFolder

LESS_POPULAR, VERSION = "less_popular.json", 1


class PopularityPrice(Frozen):
    """Quality and list metrics of all lists at one strength.

    `difference` is (mean, low, high): NDCG@10 less that of the plain lists, with its 95 % interval over users. Novelty is in
    bits.
    """

    strength: float
    ndcg: float
    difference: tuple[float, float, float]
    coverage: float
    gini: float
    novelty: float


class PriceCurve(Frozen):
    """Prices of the same `num_users` users on validation, strength 0 first: the plain lists.

    `stopped` before all of `num_asked` users were scored.
    """

    version: int = VERSION
    weights_sha256: str
    seed: int
    num_users: int
    num_asked: int
    prices: tuple[PopularityPrice, ...]
    seconds: float
    measured: str
    stopped: bool = False

    def nearest(self, strength: float) -> PopularityPrice:
        """The price at the measured strength that is nearest."""
        return min(self.prices, key=lambda price: abs(price.strength - strength))


def load_prices(folder: RunFolder) -> PriceCurve | None:
    """Load the curve; None if there is none, if it is damaged, or if the weights or the version have changed."""
    curve, record = load_checked(folder.path / LESS_POPULAR, PriceCurve), folder.record
    if curve is None or record is None:
        return None
    return curve if curve.weights_sha256 == record.weights_sha256 and curve.version == VERSION else None


def are_prices_damaged(folder: RunFolder) -> bool:
    """Whether the stored curve is not as it was written, so that it cannot be used."""
    return is_changed(folder.path / LESS_POPULAR)


def save_prices(folder: RunFolder, curve: PriceCurve) -> None:
    save_checked(folder.path / LESS_POPULAR, curve)
