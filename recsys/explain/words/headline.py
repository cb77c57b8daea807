"""Headlines of explanations, which name the largest source of the score breakdown (breakdown.py).

If that source is the history, the headline names past events by exact leave-one-out (sentence.py). Otherwise it names
the source: item content, user features or popularity. For a pair model it names inputs if the most important input by
ablation is also the largest source. Page, command line, HTML report and the short reasons in lists use this module. The
wording is in `WORDS`, together with that of sentence.py and judgement.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from recsys.data.interactions import UNKNOWN_USER
from recsys.explain.explanation import Explanation, FeatureContribution
from recsys.explain.questions.breakdown import EVENTS, POPULARITY, USER, ScoreBreakdown, largest_source
from recsys.explain.situation import Situation
from recsys.explain.words import sentence as removals
from recsys.explain.words.judgement import source_name
from recsys.explain.words.sentence import because, noise_floor, opening, sentence, wording_key
from recsys.messages import NO_TEXT, Message, message
from recsys.models.base import PairModel
from recsys.models.persona import origin

WORDS: dict[str, Message] = {
    "quoted": removals.WORDS["quoted"],
    "history": message("Recommended mostly because of {source}: {ranks}."),
    "history_below": message("What speaks for {item} is mostly {source}: {ranks}."),
    "empty": message("Nothing in the past: {item} is recommended mostly because of {source}."),
    "empty_below": message("Nothing in the past: what speaks for {item} is mostly {source}."),
    "fields": message("Recommended mostly because of {source}."),
    "fields_below": message("What speaks for {item} is mostly {source}."),
    "nothing": message("No source in the score breakdown speaks for {item}."),
    "known": message("{source} ({features})"),
    "fall": message("without any past event it would fall from rank {rank} to rank {without}"),
    "rise": message("without any past event it would rise from rank {rank} to rank {without}"),
    "stay": message("even without any past event it would stay at rank {rank}"),
}


def names_parts(exact: Explanation, breakdown: ScoreBreakdown) -> bool:
    """Whether the headline names past events (or inputs of a pair model), because they are the largest source.

    `exact` comes from leave_one_out or ablation. Its faithfulness verdict applies only to such headlines.
    """
    largest = largest_source(breakdown)
    if largest is None:
        return False
    if exact.method != "ablation":
        return largest.name == EVENTS
    inputs = [part for part in exact.contributions if isinstance(part, FeatureContribution)]
    most_important = max(inputs, key=lambda part: part.value)
    return most_important.value > noise_floor(exact) and most_important.feature == largest.name


def headline(
    situation: Situation,
    exact: Explanation,
    breakdown: ScoreBreakdown,
    titles: Sequence[str],
    item_title: str,
) -> Message:
    """Write the headline, one sentence. `titles[position]` are the titles of the events of the full history.

    `exact` (leave_one_out or ablation) and `breakdown` explain `situation`.
    """
    if names_parts(exact, breakdown) or _has_no_input(exact, breakdown) or _has_features_only(exact, breakdown):
        return sentence(exact, titles, item_title)
    largest, item = largest_source(breakdown), WORDS["quoted"].format(title=item_title)
    if largest is None:
        return opening(exact) + WORDS["nothing"].format(item=item)
    source = _source(largest.name, exact)
    if exact.method == "ablation" or not exact.contributions:
        key = "fields" if exact.method == "ablation" else "empty"
        return opening(exact) + WORDS[wording_key(key, exact)].format(item=item, source=source)
    without = rank_without_inputs(situation)
    key = "stay" if without == exact.rank else "fall" if without > exact.rank else "rise"
    ranks = WORDS[key].format(rank=exact.rank, without=without)
    return opening(exact) + WORDS[wording_key("history", exact)].format(item=item, source=source, ranks=ranks)


def versus_headline(
    exact: Explanation,
    breakdown: ScoreBreakdown,
    titles: Sequence[str],
    items: tuple[str, str],
    ranks: tuple[int, int],
) -> Message:
    """Write why the first of two items ranks above the second: by past events or inputs (`sentence.versus`), or by the
    source that has the largest part in the difference, where that is another.

    `exact` and `breakdown` explain the difference of their scores.
    """
    largest = largest_source(breakdown)
    if largest is None or names_parts(exact, breakdown) or exact.method == "ablation":
        return removals.versus(exact, titles, items, ranks)
    item, other = (WORDS["quoted"].format(title=title) for title in items)
    text = removals.WORDS["before_source"]
    return text.format(item=item, other=other, rank=ranks[0], other_rank=ranks[1], source=_source(largest.name, exact))


def short_reason(exact: Explanation, breakdown: ScoreBreakdown, titles: Sequence[str]) -> Message:
    """Write the reason alone, for an item in a list; "" if there is none, and for pair models."""
    largest = largest_source(breakdown)
    if exact.method == "ablation" or largest is None:
        return NO_TEXT
    if names_parts(exact, breakdown):
        return because(exact, titles)
    return _source(largest.name, exact)


def rank_without_inputs(situation: Situation) -> int:
    """Compute the rank of the item with an empty history, or for a pair model with an unknown user."""
    if isinstance(situation.model, PairModel):
        base_model = origin(situation.model)  # a persona twin may have changed the features of the unknown user
        assert isinstance(base_model, PairModel)
        return int(situation.ranks(base_model.scores([situation.history], [UNKNOWN_USER]))[0])
    empty_history_1N = situation.scored.without(events=True).scores_1N
    situation.check_finite(empty_history_1N)
    return int(situation.ranks(empty_history_1N)[0])


def _source(name: str, exact: Explanation) -> Message:
    fields = [part.feature for part in exact.contributions if isinstance(part, FeatureContribution)]
    source = source_name(name, fields)
    if name == USER and exact.features:
        return WORDS["known"].format(source=source, features=exact.features[0].feature)
    return source


def _has_no_input(exact: Explanation, breakdown: ScoreBreakdown) -> bool:
    """Whether there are no events and no user features, and no item content is the largest source."""
    largest = largest_source(breakdown)
    has_features = any(source.name == USER and source.value for source in breakdown.sources)
    is_blank = exact.method != "ablation" and not exact.contributions and not has_features
    return is_blank and (largest is None or largest.name == POPULARITY)


def _has_features_only(exact: Explanation, breakdown: ScoreBreakdown) -> bool:
    """Whether there are no events, and the user features are the largest source that lifts the item."""
    largest = largest_source(breakdown)
    lifts = bool(exact.features) and exact.features[0].value > 0
    return not exact.contributions and lifts and largest is not None and largest.name == USER
