"""The headline of an explanation: it names the largest source of the score breakdown (sources.py).

Only where that source is the history does the headline name past events, as exact removals find them (sentence.py).
Otherwise it names the source: what the item is, what is known of the user, or what anyone would get. For a pair model
it names inputs where the input that matters most by removal is the largest source, too. Page, command line, HTML and
the short reasons of lists all read this file. All wording is in `ENGLISH`, beside that of sentence.py and judgement.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from recsys.data.interactions import UNKNOWN_USER
from recsys.explain.explanation import Explanation, FeatureContribution
from recsys.explain.questions.breakdown import EVENTS, POPULARITY, USER, ScoreBreakdown, largest_source
from recsys.explain.situation import Situation
from recsys.explain.words import sentence as removals
from recsys.explain.words.judgement import source_name
from recsys.explain.words.sentence import because, noise_floor, opening, placed, sentence
from recsys.models.base import PairModel
from recsys.models.persona import origin

ENGLISH: dict[str, str] = {
    "quoted": removals.ENGLISH["quoted"],
    "history": "Recommended mostly because of {source}: {ranks}.",
    "history_below": "What speaks for {item} is mostly {source}: {ranks}.",
    "empty": "Nothing in the past: {item} is recommended mostly because of {source}.",
    "empty_below": "Nothing in the past: what speaks for {item} is mostly {source}.",
    "fields": "Recommended mostly because of {source}.",
    "fields_below": "What speaks for {item} is mostly {source}.",
    "nothing": "No source in the score breakdown speaks for {item}.",
    "known": "{source} ({features})",
    "because": "because of {source}",
    "fall": "without any past event it would fall from rank {rank} to rank {without}",
    "rise": "without any past event it would rise from rank {rank} to rank {without}",
    "stay": "even without any past event it would stay at rank {rank}",
}


def names_parts(exact: Explanation, breakdown: ScoreBreakdown) -> bool:
    """Whether the headline names past events (or inputs of a pair model): they are the largest source.

    `exact` comes from leave_one_out or ablation. Only such a headline is what the faithfulness of `exact` is about.
    """
    largest = largest_source(breakdown)
    if largest is None:
        return False
    if exact.method != "ablation":
        return largest.name == EVENTS
    inputs = [part for part in exact.contributions if isinstance(part, FeatureContribution)]
    strongest = max(inputs, key=lambda part: part.value)
    return strongest.value > noise_floor(exact) and strongest.feature == largest.name


def headline(
    situation: Situation,
    exact: Explanation,
    breakdown: ScoreBreakdown,
    titles: Sequence[str],
    item_title: str,
    words: Mapping[str, str] = ENGLISH,
) -> str:
    """One sentence; `titles[position]` is the title of each event of the full history.

    `exact` (leave_one_out or ablation) and `breakdown` are those of `situation`.
    """
    if names_parts(exact, breakdown) or _is_of_a_stranger(exact, breakdown) or _is_of_a_person(exact, breakdown):
        return sentence(exact, titles, item_title)
    largest, item = largest_source(breakdown), words["quoted"].format(title=item_title)
    if largest is None:
        return opening(exact) + words["nothing"].format(item=item)
    source = _source(largest.name, exact, words)
    if exact.method == "ablation" or not exact.contributions:
        key = "fields" if exact.method == "ablation" else "empty"
        return opening(exact) + words[placed(key, exact)].format(item=item, source=source)
    without = rank_without_inputs(situation)
    key = "stay" if without == exact.rank else "fall" if without > exact.rank else "rise"
    ranks = words[key].format(rank=exact.rank, without=without)
    return opening(exact) + words[placed("history", exact)].format(item=item, source=source, ranks=ranks)


def short_reason(
    exact: Explanation, breakdown: ScoreBreakdown, titles: Sequence[str], words: Mapping[str, str] = ENGLISH
) -> str:
    """The reason alone, to stand beside an item in a list; "" where there is none, and for pair models."""
    largest = largest_source(breakdown)
    if exact.method == "ablation" or largest is None:
        return ""
    if names_parts(exact, breakdown):
        return because(exact, titles)
    return words["because"].format(source=_source(largest.name, exact, words))


def rank_without_inputs(situation: Situation) -> int:
    """The rank of the item among the same candidates with no past, or for a pair model with nobody known."""
    if isinstance(situation.model, PairModel):
        asked = origin(situation.model)  # as if told of no one, the model knows even the unknown user
        assert isinstance(asked, PairModel)
        return int(situation.ranks(asked.scores([situation.history], [UNKNOWN_USER]))[0])
    with torch.inference_mode():
        empty = situation.model.scores([situation.history[:0]], [situation.user])
    return int(situation.ranks(empty)[0])


def _source(name: str, exact: Explanation, words: Mapping[str, str]) -> str:
    fields = [part.feature for part in exact.contributions if isinstance(part, FeatureContribution)]
    source = source_name(name, fields)
    if name == USER and exact.features:
        return words["known"].format(source=source, features=exact.features[0].feature)
    return source


def _is_of_a_stranger(exact: Explanation, breakdown: ScoreBreakdown) -> bool:
    """Whether there is neither a past nor anything known of the user, and no part of the item lifts it most."""
    largest = largest_source(breakdown)
    is_known = any(source.name == USER and source.value for source in breakdown.sources)
    is_blank = exact.method != "ablation" and not exact.contributions and not is_known
    return is_blank and (largest is None or largest.name == POPULARITY)


def _is_of_a_person(exact: Explanation, breakdown: ScoreBreakdown) -> bool:
    """Whether there is no past, something is known of the user, and no other source lifts the item most."""
    largest = largest_source(breakdown)
    is_known = bool(exact.features and exact.features[0].value)
    return not exact.contributions and is_known and (largest is None or largest.name == USER)
