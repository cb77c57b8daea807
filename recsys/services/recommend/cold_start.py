"""Recommendations with a cold-start fallback: recent popularity where a query has no history.

A model of histories says little about a user without one, even if it also reads user features (figures in docs/LOG.md).
Recent popularity among similar users is more accurate, and easy to explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys.data.interactions import UNKNOWN_USER
from recsys.messages import NO_TEXT, Message, message
from recsys.models.base import PairModel, SequenceModel
from recsys.recommend.blend import Blend
from recsys.recommend.popular import EVERYBODY, Group, group_of, person_of, popular_lately
from recsys.recommend.topk import allowed_for, top_k
from recsys.sequences.candidates import Candidates
from recsys.sequences.relevance import in_words
from recsys.services.recommend.query import Query
from recsys.services.recommend.recommendation import (
    RecommendedItem,
    pool_size,
    recommend_items,
    recommended_item,
    reranked,
)
from recsys.services.workspace.open_run import OpenRun
from recsys.services.workspace.slices import item_filter


@dataclass(frozen=True)
class RecommendationList:
    """The items of a list, best first.

    For the cold-start fallback, `why` is its reason as a sentence and `badge` a label for each item; both are "" for
    the model's list. They may contain text from the dataset.
    """

    items: list[RecommendedItem]
    why: str = ""
    badge: str = ""


def recommendation_list(
    run: OpenRun,
    query: Query,
    k: int = 10,
    hide_seen: bool | None = None,
    within: np.ndarray | None = None,
    trade_off: float = 1.0,
    less_popular: float = 0.0,
) -> RecommendationList:
    """Recommend the model's top `k`, or what is popular lately among similar users if the query has no history.

    Pages and command line share this list. Both lists are re-ranked alike, and raise SettingError, as `recommend_items`.
    """
    if not needs_cold_start(run, query):
        return RecommendationList(recommend_items(run, query, k, hide_seen, within, trade_off, less_popular))
    num_pool = pool_size(k, trade_off, less_popular)
    person = query.person or person_of(run.dataset, query.user)
    group = group_of(run.dataset, person)
    scores_N = popular_lately(run.split.positives, group)
    candidates = Candidates(scores_N.numpy() > 0, run.candidates.hide_seen)
    within = item_filter(run.dataset, (), query.disliked, within)
    allowed_N = allowed_for(candidates, query.seen, hide_seen, within)
    pool = top_k(scores_N, allowed_N, num_pool)
    ranks = {item.item: item.rank for item in pool}
    items = [
        recommended_item(run.dataset, item, query.history, ranks[item.item])
        for item in reranked(run, pool, k, trade_off, less_popular)
    ]
    if group.words == EVERYBODY:
        return RecommendationList(items, _why(run, group), message("popular lately"))
    return RecommendationList(items, _why(run, group), message("popular lately among {group}", group=group.words))


def _why(run: OpenRun, group: Group) -> Message:
    """Why the list is not the model's, and what it holds instead."""
    liked_from = run.split.liked_from
    if group.words == EVERYBODY:
        text = message("These are popular lately among everybody.")
        if liked_from is not None:
            text = message("These are popular lately among everybody, counting what was {target}.")
    else:
        text = message("These are popular lately among {group}: {size:,} people in this dataset.")
        if liked_from is not None:
            text = message(
                "These are popular lately among {group}, counting what was {target}: {size:,} people in this dataset."
            )
    target = NO_TEXT if liked_from is None else in_words(liked_from)
    shown = text.format(group=group.words, target=target, size=group.size)
    return message("{reason} {list}", reason=_no_history(run), list=shown)


def as_json(shown: RecommendationList, query: Query) -> dict[str, Any]:
    """The answer of the `recommend` command; `fallback` is "" for the model's list."""
    keys = ("item_id", "title", "score", "rank")
    rows = [{key: getattr(item, key) for key in keys} for item in shown.items]
    return {"recommendations": rows, "note": shown.why or query.note, "fallback": shown.badge}


def needs_cold_start(run: OpenRun, query: Query) -> bool:
    """Whether a query without events needs the fallback.

    It does not if the model reads no events, and either knows the user or ranks alike for everyone.
    """
    if len(query.history):
        return False
    reads_events = run.model.window != 0
    knows_user = query.user != UNKNOWN_USER or not isinstance(run.model, PairModel)
    return reads_events or not knows_user


def _no_history(run: OpenRun) -> Message:
    if isinstance(run.model, SequenceModel) and run.model.user_embedding is not None:
        return message("No events, and the user features alone say little to {model}.", model=run.model.title)
    return message("No events, so {model} has nothing to go by.", model=run.model.title)


def not_scored(run: OpenRun) -> Message:
    """Sentence on items that the run cannot score and why, or on how it scores cold-start items; "" without either."""
    events, total = run.split.train.item_counts[1:], run.dataset.interactions.num_items
    untouched, missing = int((events == 0).sum()), int((~run.candidates.scorable[1:]).sum())
    if missing:
        text = message(
            "{skipped:,} of {total:,} items without a training event are left out: {model} uses item ids only."
        )
        if isinstance(run.model, Blend):
            text = message(
                "{skipped:,} of {total:,} items without a training event are left out: a part of this blend uses item ids only."
            )
        return text.format(skipped=missing, total=total, model=run.model.title)
    if untouched:
        return message(
            "{cold:,} of {total:,} items are cold-start items, scored by their content.",
            cold=untouched,
            total=total,
        )
    return NO_TEXT
