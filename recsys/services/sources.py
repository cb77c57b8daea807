"""Where the score of a suggestion comes from, in words: a budget that adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recsys.explain.judgement import source_name
from recsys.explain.quantity import MARGIN, Quantity, quantity_asked
from recsys.explain.sources import budget
from recsys.models.base import PairModel
from recsys.services.explanation import situation_of
from recsys.services.opening import OpenRun
from recsys.services.recommendation import Asker

BLIND = "an item drawn blindly"


@dataclass(frozen=True)
class WhereFrom:
    """`start` + the values of `sources` + `residual` = `value`; `sources` are (name in words, value)."""

    quantity: Quantity
    start: float
    value: float
    residual: float
    sources: tuple[tuple[str, float], ...]

    @property
    def sentence(self) -> str:
        """Which source lifts the item most."""
        name, most = max(self.sources, key=lambda source: source[1])
        begins = f"{BLIND.capitalize()} would be at {self.start:.2f}, this one is" if self.start else "This item is"
        at = f"{self.value:.2f} log-odds" if self.quantity.is_log_odds else f"a score of {self.value:.2f}"
        lifts = "nothing lifts it" if most <= 0 else f"what lifts it most is {name} ({most:+.2f})"
        return f"{begins} at {at}: {lifts}."


def where_from(
    run: OpenRun, asker: Asker, item_id: str, *, against: str | None = None, hide_seen: bool | None = None
) -> WhereFrom:
    """Splits what `why` explains. Raises RecsysError in words where the item cannot be scored."""
    situation = situation_of(run, asker, item_id, against=against, hide_seen=hide_seen)
    found = budget(situation)
    quantity = quantity_asked(situation)
    assert found.start == 0 or quantity is MARGIN, "only a margin begins with chance"
    fields = [source.name for source in found.sources] if isinstance(run.model, PairModel) else []
    return WhereFrom(
        quantity,
        found.start,
        found.value,
        found.residual,
        tuple((source_name(source.name, fields), source.value) for source in found.sources),
    )


def as_json(told: WhereFrom) -> dict[str, Any]:
    sources = [{"source": name, "value": value} for name, value in told.sources]
    return {"start": told.start, "value": told.value, "residual": told.residual, "sources": sources}
