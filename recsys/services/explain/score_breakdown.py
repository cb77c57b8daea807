"""Score breakdown of a recommendation in words: contributions of its sources, which add up to the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recsys.explain.quantity import MARGIN, Quantity, explained_quantity
from recsys.explain.questions.breakdown import ScoreBreakdown, compute_breakdown, largest_source
from recsys.explain.words.judgement import source_name
from recsys.messages import Message, message
from recsys.models.base import PairModel
from recsys.services.explain.explain_item import situation_of
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun

BLIND = message("average item")


@dataclass(frozen=True)
class BreakdownReport:
    """A score split by source: `start` + the values of `sources` + `residual` = `value`.

    `sources` are (name in words, value), `keys` their names in `explain.questions.breakdown`. `largest` is the source that the headline names, None if none raises the
    score.
    """

    quantity: Quantity
    start: float
    value: float
    residual: float
    sources: tuple[tuple[str, float], ...]
    largest: tuple[str, float] | None
    keys: tuple[str, ...] = ()

    @property
    def sentence(self) -> Message:
        """Sentence on the source that raises the score most."""
        lifts = message("no source raises it")
        if self.largest is not None:
            source, effect = self.largest
            lifts = message("mostly {source} ({effect:+.2f})", source=source, effect=effect)
        if self.start:
            text = message("An average item is at {start:.2f} log-odds, this one at {value:.2f}: {lifts}.")
        elif self.quantity.is_log_odds:
            text = message("This item is at {value:.2f} log-odds: {lifts}.")
        else:
            text = message("This item is at a score of {value:.2f}: {lifts}.")
        return text.format(start=self.start, value=self.value, lifts=lifts)


def break_down_score(
    run: OpenRun, query: Query, item_id: str, *, against: str | None = None, hide_seen: bool | None = None
) -> BreakdownReport:
    """Split the score of an item, or its margin over the item `against`. Raises RecsysError if it cannot be scored."""
    situation = situation_of(run, query, item_id, against=against, hide_seen=hide_seen)
    return of_breakdown(run, compute_breakdown(situation), explained_quantity(situation))


def of_breakdown(run: OpenRun, breakdown: ScoreBreakdown, quantity: Quantity) -> BreakdownReport:
    """Put the sources of a score breakdown into words; `quantity` is what it splits."""
    assert breakdown.start == 0 or quantity is MARGIN, "only a margin begins with chance"
    largest = largest_source(breakdown)
    fields = [source.name for source in breakdown.sources] if isinstance(run.model, PairModel) else []
    return BreakdownReport(
        quantity,
        breakdown.start,
        breakdown.value,
        breakdown.residual,
        tuple((source_name(source.name, fields), source.value) for source in breakdown.sources),
        None if largest is None else (source_name(largest.name, fields), largest.value),
        tuple(source.name for source in breakdown.sources),
    )


def as_json(breakdown: BreakdownReport) -> dict[str, Any]:
    sources = [{"source": name, "value": value} for name, value in breakdown.sources]
    return {"start": breakdown.start, "value": breakdown.value, "residual": breakdown.residual, "sources": sources}
