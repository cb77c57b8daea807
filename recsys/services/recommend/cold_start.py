"""The list that a person sees, and what it rests on: the model, or recent popularity where there is no history.

A model that reads histories knows little of somebody without one, also where it reads the features of users beside
(docs/LOG.md has figures); what people alike chose lately says more, and says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recsys.data.interactions import UNKNOWN_USER
from recsys.models.base import PairModel, SequenceModel
from recsys.recommend.blend import Blend
from recsys.recommend.popular import EVERYBODY, group_of, person_of, popular_lately
from recsys.recommend.topk import allowed_for, check_k, top_k
from recsys.sequences.candidates import Candidates
from recsys.sequences.relevance import in_words
from recsys.services.recommend.recommendation import (
    Query,
    RecommendedItem,
    recommend_items,
    recommended_item,
    within_category,
)
from recsys.services.workspace.open_run import OpenRun


@dataclass(frozen=True)
class RecommendationList:
    """`why` says in a sentence why the list is no model's, `badge` in words on each line; both "" for the model's own.
    They may hold a word of the data."""

    found: list[RecommendedItem]
    why: str = ""
    badge: str = ""


def recommendation_list(
    run: OpenRun,
    query: Query,
    k: int = 10,
    hide_seen: bool | None = None,
    category: str | None = None,
    trade_off: float = 1.0,
) -> RecommendationList:
    """The model's top `k` as `recommend_items` gives it, or where there is no history what people alike chose lately.

    The one list for the page and the command line. Raises SettingError as `recommend_items` does.
    """
    if not needs_cold_start(run, query):
        return RecommendationList(recommend_items(run, query, k, hide_seen, category, trade_off))
    check_k(k)
    person = query.person or person_of(run.dataset, query.user)
    group = group_of(run.dataset, person)
    scores_N = popular_lately(run.split.positives, group)
    touched = Candidates(scores_N.numpy() > 0, run.candidates.hide_seen)
    allowed_N = allowed_for(touched, query.history, hide_seen, within_category(run.dataset, category))
    items = [recommended_item(run.dataset, item, query.history, item.rank) for item in top_k(scores_N, allowed_N, k)]
    liked_from = run.split.liked_from
    by = "" if liked_from is None else f", counting what was {in_words(liked_from)}"
    if group.words == EVERYBODY:
        return RecommendationList(
            items, f"{_no_history(run)} These are popular lately among everybody{by}.", "popular lately"
        )
    count = f"{group.size:,} people"
    why = f"{_no_history(run)} These are popular lately among {group.words}{by}: {count} in this log."
    return RecommendationList(items, why, f"popular lately among {group.words}")


def as_json(shown: RecommendationList, query: Query) -> dict[str, Any]:
    """What `recommend` answers; `fallback` is "" where the list is the model's."""
    keys = ("item_id", "title", "score", "rank")
    rows = [{key: getattr(one, key) for key in keys} for one in shown.found]
    return {"recommendations": rows, "note": shown.why or query.note, "fallback": shown.badge}


def needs_cold_start(run: OpenRun, query: Query) -> bool:
    """Without events, unless the model reads none anyway: then it knows the user, or gives everyone the same."""
    if len(query.history):
        return False
    reads_none = run.model.window == 0
    knows_user = query.user != UNKNOWN_USER or not isinstance(run.model, PairModel)
    return not (reads_none and knows_user)


def _no_history(run: OpenRun) -> str:
    if isinstance(run.model, SequenceModel) and run.model.user_embedding is not None:
        return f"No events, and what {run.model.title} knows of a person says little by itself."
    return f"No events, so {run.model.title} has nothing to go by."


def not_scored(run: OpenRun) -> str:
    """How many items of the catalogue no list of this run can hold, and why; or how those nobody touched got in."""
    events, total = run.split.train.item_counts[1:], run.dataset.interactions.num_items
    untouched, missing = int((events == 0).sum()), int((~run.candidates.scorable[1:]).sum())
    if missing:
        why = "it knows items by their events, not by what they are"
        if isinstance(run.model, Blend):
            why = "a blend scores what all its parts can, and some of them know items by their events only"
        return (
            f"{missing:,} of {total:,} items could not be scored: nobody touched them in training, and "
            f"{run.model.title} cannot place them: {why}."
        )
    if untouched:
        return (
            f"All {total:,} items could be scored; {untouched:,} of them nobody touched in training: they are judged by "
            "what they are."
        )
    return ""
