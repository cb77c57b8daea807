"""Short reasons of the items of a list: the largest source of each in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from recsys.errors import RecsysError
from recsys.explain import Situation
from recsys.explain.methods.leave_one_out import leave_one_out, with_ranks
from recsys.explain.questions.breakdown import compute_breakdown
from recsys.explain.scored_history import ScoredHistory
from recsys.explain.words.headline import short_reason
from recsys.explain.words.sentence import MAX_NAMED
from recsys.messages import NO_TEXT, Message, short
from recsys.models.base import PairModel
from recsys.services.explain.explain_item import SHORT, methods, scored_history, situation_of
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun


def reason_in_list(run: OpenRun, situation: Situation) -> Message:
    """The largest source of the score breakdown in a few words; "" without one."""
    if isinstance(run.model, PairModel) or not methods(run):
        return NO_TEXT
    exact = with_ranks(situation, leave_one_out(situation, with_ranks=False), MAX_NAMED)
    titles = [short(run.dataset.title(item), SHORT) for item in situation.history]
    return short_reason(exact, compute_breakdown(situation), titles)


def reasons_in_list(
    run: OpenRun, query: Query, item_ids: Sequence[str], scored: ScoredHistory | None = None
) -> dict[str, str]:
    """Item id -> `reason_in_list`, "" also where an item cannot be explained; `scored` as for `situation_of`."""
    scored, reasons = scored or scored_history(run, query), dict.fromkeys(item_ids, "")
    for item_id in item_ids:
        with suppress(RecsysError):
            reasons[item_id] = reason_in_list(run, situation_of(run, query, item_id, scored=scored))
    return reasons
