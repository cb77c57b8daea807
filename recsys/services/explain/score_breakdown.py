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
from recsys.services.explain.numbers import chance, effect, number
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
        """Sentence on the value, and on the source with the largest effect in its direction from the start."""
        chances, numbers = {}, {"value": number(self.value), "start": number(self.start)}
        if self.start:
            text = message(
                "By the model, its chance of coming next is {chance} (log-odds {value}), above an average item’s {average} "
                "({start}): {causes}."
            )
            if self.value < self.start:
                text = message(
                    "By the model, its chance of coming next is {chance} (log-odds {value}), below an average item’s "
                    "{average} ({start}): {causes}."
                )
            chances = {"chance": chance(self.value), "average": chance(self.start)}
        elif self.quantity.is_log_odds:
            text = message("This item is at {value} log-odds: {causes}.")
        else:
            text = message("This item is at a score of {value}: {causes}.")
        return text.format(causes=self._causes(), **chances, **numbers)

    def _causes(self) -> Message:
        """The source with the largest effect in the direction of the whole, and the largest against it where it lowers."""
        source, least = min(self.sources, key=lambda pair: pair[1])
        if self.value >= self.start or least >= 0:
            if self.largest is None:
                return message("no source raises it")
            return message("mostly {source} ({effect})", source=self.largest[0], effect=effect(self.largest[1]))
        if self.largest is None:
            return message("mostly {source} ({effect})", source=source, effect=effect(least))
        return message(
            "mostly {source} ({effect}), despite {other} ({other_effect})",
            source=source, effect=effect(least), other=self.largest[0], other_effect=effect(self.largest[1]),
        )  # fmt: skip


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
