"""Explanation sentences from exact removals (leave-one-out or ablation), never from attention or gradients.

Titles are quoted verbatim. All wording is in `WORDS`, as messages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import TypeVar

from recsys.explain.explanation import EventContribution, Explanation, FeatureContribution
from recsys.explain.quantity import LOGIT, MARGIN, ODDS_DIFFERENCE
from recsys.messages import NO_TEXT, Message, message, short
from recsys.models.inputs.fields import USER, field_label, split_field

Part = TypeVar("Part", bound=EventContribution | FeatureContribution)

MAX_FEATURES_LENGTH = 120  # characters of the list of user features
MAX_NAMED = 3  # events or features named as the reason
TOP = 10  # ranks counted as recommended; sentences do not call items further down recommended
REASON_SHARE = 0.5  # share of the positive contributions that the named reasons must reach
NOISE = 0.05  # log-odds: less than this changes the odds by under 5 %
ROUNDING = 1e-5  # relative to the score: numerical error of sums in another order
TELLING = 0.4  # log-odds: from here on it is said how many times lower the odds would be, where the rank stays
MOST_TIMES = 1_000_000
AGAINST = 0.5  # relative to the strongest reason: a negative event from this size is named

WORDS: dict[str, Message] = {
    "quoted": message("“{title}”"),
    "and": message("{first} and {last}"),
    "comma": message(", "),
    "below": message("Not in the top {top}. "),
    "seen": message(
        "Already in the history, so it is not recommended; among the items not seen yet it would be at rank {rank}. "
    ),
    "mostly": message("Recommended mostly because of {names}: {ranks}."),
    "mostly_below": message("Its main support is {names}: {ranks}."),
    "most": message("Recommended most of all because of {names}: {ranks}."),
    "most_below": message("Its main support is {names}: {ranks}."),
    "many": message(
        "No single past event decides: {item} is recommended because of many of the last {count} events, "
        "most of all {names}: {ranks}."
    ),
    "many_below": message("Many of the last {count} events support it, most of all {names}: {ranks}."),
    "none": message("No single past event decides: none is enough to recommend {item}."),
    "none_below": message("No single past event supports {item}."),
    "in_spite": message("No past event raises {item}: it is recommended despite the history."),
    "in_spite_below": message("No past event raises {item}."),
    "empty": message("No past event: the model recommends {item} to anyone without a history."),
    "empty_below": message("No past event: {item} has this rank for anyone without a history."),
    "empty_known": message("No past event: the model recommends {item} because of the user features ({features})."),
    "empty_known_below": message("No past event: {item} has this rank because of the user features ({features})."),
    "known": message(" The user features ({features}) support it more than any event."),
    "against": message(" {names} counts against it: {ranks}."),
    "fall": message("without {name} it would fall from rank {rank} to rank {without}"),
    "rise": message("without {name} it would rise from rank {rank} to rank {without}"),
    "move": message("without {name} it would be at rank {without} instead of {rank}"),
    "stay": message("even without {name} it would stay at rank {rank}"),
    "stay_odds": message("without {name} it would still be at rank {rank}, with {times} times lower odds"),
    "field_mostly": message("Recommended mostly because of {names}."),
    "field_mostly_below": message("Its main support is {names}."),
    "field_none": message("Nothing known about the user or the item supports {item}."),
    "field_none_below": message("Nothing known about the user or the item supports {item}."),
    "field_against": message(" The main input against it is {names}."),
    "because_many": message("{names} and many other events"),
    "before": message("{item} comes before {other} (ranks {rank} and {other_rank}) mostly because of {names}"),
    "before_many": message(
        "{item} comes before {other} (ranks {rank} and {other_rank}), and no single past event decides it: most "
        "of all {names}"
    ),
    "before_source": message("{item} comes before {other} (ranks {rank} and {other_rank}) mostly because of {source}."),
    "before_none": message(
        "{item} comes before {other} (ranks {rank} and {other_rank}), and no past event decides it."
    ),
    "turned": message("{fact}: without {name} it would be the other way round."),
    "kept": message("{fact}, and would still rank higher without {name}."),
    "for_other": message(" The main support for {other} is {name}."),
    "field_user": message("what was learnt about the user"),
    "field_item": message("what was learnt about the item"),
    "field_category": message("its category"),
    "field_popularity": message("its bias"),
    "field_user features": message("user features"),
    "field_other": message("the known {feature}"),
}


def sentence(explanation: Explanation, titles: Sequence[str], item_title: str) -> Message:
    """Write one sentence from an explanation by leave_one_out or ablation.

    `titles[position]` are the titles of the events of the full history, `item_title` that of the recommended item.
    """
    assert explanation.method in ("leave_one_out", "ablation"), "sentences are made from exact removals only"
    item = WORDS["quoted"].format(title=item_title)
    if explanation.method == "ablation":
        features = [c for c in explanation.contributions if isinstance(c, FeatureContribution)]
        return _from_fields(explanation, features, item)
    events = [c for c in explanation.contributions if isinstance(c, EventContribution)]
    return _from_events(explanation, events, titles, item)


def because(explanation: Explanation, titles: Sequence[str]) -> Message:
    """Write the reason alone, for an item in a list; "" if no past event has a positive contribution."""
    assert explanation.method in ("leave_one_out", "ablation"), "sentences are made from exact removals only"
    noise = noise_floor(explanation)
    events = [part for part in explanation.contributions if isinstance(part, EventContribution)]
    reasons = sorted((part for part in events if part.value > 0), key=lambda event: (-event.value, -event.position))
    if not reasons or reasons[0].value <= noise:
        return NO_TEXT
    named, key = _named(explanation, reasons)
    names = _joined(WORDS["quoted"].format(title=titles[event.position]) for event in named)
    return WORDS["because_many"].format(names=names) if key == "many" else names


def versus(
    explanation: Explanation,
    titles: Sequence[str],
    items: tuple[str, str],
    ranks: tuple[int, int],
) -> Message:
    """Write a contrastive sentence: why the first of two `items` ranks above the second.

    `explanation` comes from leave_one_out or ablation of the score difference; `ranks` are those of the two items.
    `titles` as in `sentence`.
    """
    assert explanation.method in ("leave_one_out", "ablation"), "sentences are made from exact removals only"
    item, other = (WORDS["quoted"].format(title=title) for title in items)

    def name(part: EventContribution | FeatureContribution) -> Message:
        if isinstance(part, EventContribution):
            return WORDS["quoted"].format(title=titles[part.position])
        if part in explanation.features:
            return WORDS["field_other"].format(feature=part.feature.replace("_", " "))
        return field_name(part.feature, fields)

    fields = [part.feature for part in explanation.contributions if isinstance(part, FeatureContribution)]
    parts: list[EventContribution | FeatureContribution] = [*explanation.contributions, *explanation.features]
    strongest = sorted(parts, key=lambda part: -part.value)
    noise = noise_floor(explanation)
    reasons = [part for part in strongest if part.value > noise]
    between = {"item": item, "other": other, "rank": ranks[0], "other_rank": ranks[1]}
    if not reasons:
        text = WORDS["before_none"].format(**between)
    else:
        named, is_most = _main_reasons(reasons)
        fact = WORDS["before" if is_most else "before_many"].format(names=_joined(map(name, named)), **between)
        is_turned = explanation.value - reasons[0].value < 0
        text = WORDS["turned" if is_turned else "kept"].format(fact=fact, name=name(reasons[0]))
    if strongest and strongest[-1].value < -noise:
        text += WORDS["for_other"].format(other=other, name=name(strongest[-1]))
    return text


def field_name(field: str, fields: Sequence[str]) -> Message:
    """Display name of a field of a pair model, for sentences and charts; `fields` are all its fields."""
    table, column = split_field(field)
    fixed = None if table == USER and column else WORDS.get(f"field_{column or field}")
    return fixed or WORDS["field_other"].format(feature=field_label(field, fields).replace("_", " "))


def _from_events(
    explanation: Explanation,
    events: Sequence[EventContribution],
    titles: Sequence[str],
    item: str,
) -> Message:
    def name(event: EventContribution) -> Message:
        return WORDS["quoted"].format(title=titles[event.position])

    feature = explanation.features[0] if explanation.features else None
    features = short(feature.feature, MAX_FEATURES_LENGTH) if feature else ""
    if not events:
        key = "empty_known" if feature and feature.value else "empty"
        return WORDS[wording_key(key, explanation)].format(item=item, features=features)
    noise = noise_floor(explanation)
    by_value = sorted(events, key=lambda event: (-event.value, -event.position))
    reasons = [event for event in by_value if event.value > 0]
    if by_value[0].value <= noise:
        # redundant events mask each other, so only the whole history shows a negative effect
        is_in_spite = by_value[-1].value < -noise and explanation.value < (explanation.baseline or 0.0)
        text = opening(explanation)
        text += WORDS[wording_key("in_spite" if is_in_spite else "none", explanation)].format(item=item)
    else:
        ranks = _ranks(explanation, reasons[0], name)
        named, key = _named(explanation, reasons)
        text = opening(explanation) + WORDS[wording_key(key, explanation)].format(
            names=_joined(map(name, named)), ranks=ranks, item=item, count=len(events)
        )
    if feature and feature.value > max(noise, by_value[0].value):
        text += WORDS["known"].format(features=features)
    worst = by_value[-1]
    is_strong = worst.value < -noise and -worst.value >= AGAINST * max(by_value[0].value, noise)
    if is_strong and worst.rank_without is not None and worst.rank_without < explanation.rank:
        ranks = _ranks(explanation, worst, name)
        text += WORDS["against"].format(names=name(worst), ranks=ranks)
    return text


def _from_fields(explanation: Explanation, features: Sequence[FeatureContribution], item: str) -> Message:
    def name(feature: FeatureContribution) -> Message:
        return field_name(feature.feature, [field.feature for field in features])

    noise = noise_floor(explanation)
    by_value = sorted(features, key=lambda feature: -feature.value)
    reasons = [feature for feature in by_value if feature.value > noise]
    if not reasons:
        text = opening(explanation) + WORDS[wording_key("field_none", explanation)].format(item=item)
    else:
        named, _ = _main_reasons(reasons)
        names = _joined(map(name, named))
        mostly = WORDS[wording_key("field_mostly", explanation)]
        text = opening(explanation) + mostly.format(names=names, item=item)
    worst = by_value[-1]
    if worst.value < -noise and -worst.value >= AGAINST * max(by_value[0].value, noise):
        text += WORDS["field_against"].format(names=name(worst))
    return text


def opening(explanation: Explanation) -> Message:
    """Write why the item is not in the list; "" if it is."""
    if explanation.is_seen:
        return WORDS["seen"].format(rank=explanation.rank)
    return WORDS["below"].format(top=TOP) if explanation.rank > TOP else NO_TEXT


def wording_key(key: str, explanation: Explanation) -> str:
    """Wording key of a sentence, with suffix "_below" if the item is seen or ranked below TOP."""
    return f"{key}_below" if explanation.is_seen or explanation.rank > TOP else key


def noise_floor(explanation: Explanation) -> float:
    """Largest contribution that counts as noise, in units of the explained quantity."""
    if explanation.quantity in (MARGIN.name, LOGIT.name, ODDS_DIFFERENCE.name):
        return NOISE
    return ROUNDING * max(abs(explanation.value), abs(explanation.score))


def _named(explanation: Explanation, reasons: Sequence[EventContribution]) -> tuple[Sequence[EventContribution], str]:
    """Select the events to name, and the key of their wording.

    An event whose removal leaves the rank is not named beside a stronger one whose removal lowers it.
    """
    named, is_most = _main_reasons(reasons)
    if not is_most:
        return named, "many"
    lowering = list(takewhile(lambda event: (event.rank_without or 0) > explanation.rank, named))
    return (lowering, "most") if 0 < len(lowering) < len(named) else (named, "mostly")


def _main_reasons(reasons: Sequence[Part]) -> tuple[Sequence[Part], bool]:
    """Select the first reasons that sum to REASON_SHARE of all, and whether at most MAX_NAMED suffice."""
    total, cumulative = sum(part.value for part in reasons), 0.0
    for count, part in enumerate(reasons[:MAX_NAMED], start=1):
        cumulative += part.value
        if cumulative >= REASON_SHARE * total:
            return reasons[:count], True
    return reasons[:1], False


def _ranks(
    explanation: Explanation,
    event: EventContribution,
    name: Callable[[EventContribution], Message],
) -> Message:
    rank, without = explanation.rank, event.rank_without
    assert without is not None
    if without == rank and event.value >= TELLING and noise_floor(explanation) == NOISE:
        times = min(math.exp(min(event.value, 20.0)), MOST_TIMES)
        shown = f"{float(f'{times:.2g}'):,.0f}" if times >= 10 else f"{times:.1f}"
        return WORDS["stay_odds"].format(name=name(event), rank=rank, times=shown)
    if without == rank:
        key = "stay"
    elif event.value > 0 and without < rank:
        key = "move"  # the margin falls although the rank improves
    else:
        key = "fall" if without > rank else "rise"
    return WORDS[key].format(name=name(event), rank=rank, without=without)


def _joined(names: Iterable[Message]) -> Message:
    """Join distinct names: "A", "A and B", "A, B and C"."""
    distinct = list(dict.fromkeys(names))
    if len(distinct) == 1:
        return distinct[0]
    return WORDS["and"].format(first=WORDS["comma"].join(distinct[:-1]), last=distinct[-1])
