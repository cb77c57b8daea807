"""Wording of faithfulness verdicts, of the replacement for an unfaithful reason, and of source names.

All wording is in `WORDS`, as messages.
"""

from __future__ import annotations

from collections.abc import Sequence

from recsys.explain.questions.breakdown import EVENTS, POPULARITY, ScoreBreakdown, largest_source
from recsys.explain.questions.faithfulness import BEATEN, MAX_GAP, Faithfulness, Verdict
from recsys.explain.words import sentence
from recsys.messages import Message, message
from recsys.models.inputs.fields import USER, split_field

WORDS: dict[str, Message] = {
    "holds": message("Faithful"),
    "weak": message("Weak"),
    "does not hold": message("Unfaithful"),
    "cannot be judged": message("Cannot be judged"),
    "parts_events": message("past events"),
    "parts_fields": message("inputs"),
    "one_events": message("past event"),
    "one_fields": message("input"),
    "is_good": message(
        "removing {parts} in this order drops the item faster than random removal, and adding them back raises it "
        "faster."
    ),
    "deletion": message("removing {parts} in this order does not drop the item faster than random removal"),
    "insertion": message("adding {parts} back in this order does not raise the item faster than random order"),
    "gap": message("its parts miss what they should add up to by {gap:.0%}"),
    "and": message(", and "),
    "scope": message("{verdict} This is about the {parts} one by one; the headline is from the score breakdown."),
    "nothing": message("without any {one} the item scores as high as with all of them."),
    "none": message("there is no {one} to remove."),
    "few": message("with {count} {parts} there are too few orders to tell a good one from luck."),
    "single": message("with one {one} there is nothing to put in order."),
    "instead_events": message("No single past item explains this: it is mostly {source}."),
    "instead_fields": message("No single input explains this: it is mostly {source}."),
    "instead_alone": message(
        "Without “{title}” alone it would fall from rank {rank} to rank {without}; the order of the other past items is not "
        "confirmed."
    ),
    "instead_nothing_events": message(
        "No single past item explains this, and nothing else that was measured lifts it."
    ),
    "instead_nothing_fields": message("No single input explains this, and nothing else that was measured lifts it."),
    "fall": message("Without any {one} it would fall from rank {rank} to rank {without}."),
    "rise": message("Without any {one} it would rise from rank {rank} to rank {without}."),
    "stay": message("Without any {one} it would stay at rank {rank}."),
    "many_events": message("many past events together"),
    "many_fields": message("several inputs together"),
    "source_popularity": message("popularity"),
    "source_events": message("history"),
    "source_user": message("user features"),
    "source_user features": message("user features"),
    "source_id": message("who chose the item"),
    "source_text": message("its title and text"),
    "source_picture": message("its picture"),
    "source_category": message("its category"),
    "source_price": message("its price"),
    "source_other": message("its {feature}"),
}


def badge(verdict: Verdict) -> Message:
    return WORDS[verdict]


def in_words(result: Faithfulness, *, of_fields: bool = False) -> Message:
    """Write the verdict with its reason; `of_fields` if inputs were removed instead of past events."""
    return message("{verdict}: {grounds}", verdict=WORDS[result.verdict], grounds=grounds(result, of_fields=of_fields))


def grounds(result: Faithfulness, *, of_fields: bool = False) -> Message:
    """Write the reason for the verdict, without the verdict itself."""
    names = _names(of_fields)
    count = result.reference.num_parts
    if result.verdict == "cannot be judged":
        key = "none" if count == 0 else "single" if count == 1 else "few"
        return WORDS[key].format(count=count, **names)
    if not result.matters:
        return WORDS["nothing"].format(**names)
    if result.verdict == "holds":
        return WORDS["is_good"].format(**names)
    failed = [key for key in ("deletion", "insertion") if getattr(result, f"{key}_beaten") < BEATEN]
    failed += ["gap"] if result.gap is not None and result.gap >= MAX_GAP else []
    faults = [WORDS[key].format(gap=result.gap or 0.0, **names) for key in failed]
    return message("{faults}.", faults=WORDS["and"].join(faults))


def of_parts(verdict: Message, *, of_fields: bool = False) -> Message:
    """Mark a verdict as being about single events or inputs, for headlines that do not name them."""
    return WORDS["scope"].format(verdict=verdict, parts=_names(of_fields)["parts"])


def replacement_sentence(
    breakdown: ScoreBreakdown,
    rank: int,
    without: int,
    *,
    of_fields: bool = False,
    alone: tuple[str, int] | None = None,
) -> Message:
    """Write the sentence that replaces an unfaithful reason.

    It names the largest source of the score breakdown and compares `rank` with `without`, the rank without any of the
    removed events or inputs. `alone` is (title, rank without it) of an event that takes the item out of the list by itself,
    which is named instead.
    """
    names, kind = _names(of_fields), "fields" if of_fields else "events"
    largest = largest_source(breakdown)
    if alone is not None:
        text = WORDS["instead_alone"].format(title=alone[0], rank=rank, without=alone[1])
    elif largest is None:
        text = WORDS[f"instead_nothing_{kind}"]
    else:
        text = WORDS[f"instead_{kind}"].format(source=_largest_name(largest.name, of_fields))
    key = "stay" if without == rank else "fall" if without > rank else "rise"
    comparison = WORDS[key].format(rank=rank, without=without, **names)
    return message("{cause} {comparison}", cause=text, comparison=comparison)


def source_name(name: str, fields: Sequence[str] = ()) -> Message:
    """Display name of a source of the score breakdown; `fields` are all fields for a source of a pair model."""
    table, column = split_field(name) if fields else ("", name)
    fixed_name = None if table == USER else WORDS.get(f"source_{column}")
    if fields:
        return fixed_name or sentence.field_name(name, fields)
    return fixed_name or WORDS["source_other"].format(feature=name.replace("_", " "))


def _largest_name(name: str, of_fields: bool) -> Message:
    """Display name of the largest source, given that no single event or field explains the recommendation."""
    if of_fields:
        return sentence.WORDS["field_popularity"] if name == POPULARITY else WORDS["many_fields"]
    return WORDS["many_events"] if name == EVENTS else source_name(name)


def _names(of_fields: bool) -> dict[str, Message]:
    kind = "fields" if of_fields else "events"
    return {"parts": WORDS[f"parts_{kind}"], "one": WORDS[f"one_{kind}"]}
