"""Wording of faithfulness verdicts, of the replacement for an unfaithful reason, and of source names.

All wording is in `ENGLISH`; another language is another table with the same keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recsys.explain.questions.breakdown import EVENTS, POPULARITY, ScoreBreakdown, largest_source
from recsys.explain.questions.faithfulness import BEATEN, MAX_GAP, Faithfulness, Verdict
from recsys.explain.words import sentence
from recsys.models.inputs.fields import USER, split_field

ENGLISH: dict[str, str] = {
    **{f"field_{key}": sentence.ENGLISH[f"field_{key}"] for key in ("user", "item", "category", "other")},
    "holds": "Faithful",
    "weak": "Weak",
    "does not hold": "Unfaithful",
    "cannot be judged": "Cannot be judged",
    "parts_events": "past events",
    "parts_fields": "inputs",
    "one_events": "past event",
    "one_fields": "input",
    "is_good": "removing {parts} in this order drops the item faster than random removal, and adding them back raises it "
    "faster.",
    "deletion": "removing {parts} in this order does not drop the item faster than random removal",
    "insertion": "adding {parts} back in this order does not raise the item faster than random order",
    "gap": "its parts miss what they should add up to by {gap:.0%}",
    "and": ", and ",
    "stop": ".",
    "scope": "{verdict} This is about the {parts} one by one; the headline is from the score breakdown.",
    "nothing": "without any {one} the item scores as high as with all of them.",
    "none": "there is no {one} to remove.",
    "few": "with {count} {parts} there are too few orders to tell a good one from luck.",
    "single": "with one {one} there is nothing to put in order.",
    "instead_events": "No single past item explains this: it is mostly {source}",
    "instead_fields": "No single input explains this: it is mostly {source}",
    "instead_nothing_events": "No single past item explains this, and nothing else that was measured lifts it",
    "instead_nothing_fields": "No single input explains this, and nothing else that was measured lifts it",
    "fall": ". Without any {one} it would fall from rank {rank} to rank {without}.",
    "rise": ". Without any {one} it would rise from rank {rank} to rank {without}.",
    "stay": ". Without any {one} it would stay at rank {rank}.",
    "many_events": "many past events together",
    "many_fields": "several inputs together",
    "source_popularity": "its score without a history",
    "source_events": "the past events",
    "source_user": "user features",
    "source_user features": "user features",
    "source_id": "who chose the item",
    "source_text": "its title and text",
    "source_picture": "its picture",
    "source_category": "its category",
    "source_price": "its price",
    "source_other": "its {feature}",
    "field_popularity": "its bias",
    "field_user features": "user features",
}


def badge(verdict: Verdict, words: Mapping[str, str] = ENGLISH) -> str:
    return words[verdict]


def in_words(result: Faithfulness, *, of_fields: bool = False, words: Mapping[str, str] = ENGLISH) -> str:
    """Write the verdict with its reason; `of_fields` if inputs were removed instead of past events."""
    return f"{words[result.verdict]}: {grounds(result, of_fields=of_fields, words=words)}"


def grounds(result: Faithfulness, *, of_fields: bool = False, words: Mapping[str, str] = ENGLISH) -> str:
    """Write the reason for the verdict, without the verdict itself."""
    names = _names(of_fields, words)
    count = result.reference.num_parts
    if result.verdict == "cannot be judged":
        key = "none" if count == 0 else "single" if count == 1 else "few"
        return words[key].format(count=count, **names)
    if not result.matters:
        return words["nothing"].format(**names)
    if result.verdict == "holds":
        return words["is_good"].format(**names)
    failed = [key for key in ("deletion", "insertion") if getattr(result, f"{key}_beaten") < BEATEN]
    failed += ["gap"] if result.gap is not None and result.gap >= MAX_GAP else []
    return words["and"].join(words[key].format(gap=result.gap or 0.0, **names) for key in failed) + words["stop"]


def of_parts(verdict: str, *, of_fields: bool = False, words: Mapping[str, str] = ENGLISH) -> str:
    """Mark a verdict as being about single events or inputs, for headlines that do not name them."""
    return words["scope"].format(verdict=verdict, parts=_names(of_fields, words)["parts"])


def replacement_sentence(
    breakdown: ScoreBreakdown, rank: int, without: int, *, of_fields: bool = False, words: Mapping[str, str] = ENGLISH
) -> str:
    """Write the sentence that replaces an unfaithful reason.

    It names the largest source of the score breakdown and compares `rank` with `without`, the rank without any of the
    removed events or inputs.
    """
    names, kind = _names(of_fields, words), "fields" if of_fields else "events"
    largest = largest_source(breakdown)
    if largest is None:
        text = words[f"instead_nothing_{kind}"]
    else:
        text = words[f"instead_{kind}"].format(source=_largest_name(largest.name, of_fields, words))
    key = "stay" if without == rank else "fall" if without > rank else "rise"
    return text + words[key].format(rank=rank, without=without, **names)


def source_name(name: str, fields: Sequence[str] = (), words: Mapping[str, str] = ENGLISH) -> str:
    """Display name of a source of the score breakdown; `fields` are all fields for a source of a pair model."""
    table, column = split_field(name) if fields else ("", name)
    fixed_name = None if table == USER else words.get(f"source_{column}")
    if fields:
        return fixed_name or sentence.field_name(name, fields, words)
    return fixed_name or words["source_other"].format(feature=name.replace("_", " "))


def _largest_name(name: str, of_fields: bool, words: Mapping[str, str]) -> str:
    """Display name of the largest source, given that no single event or field explains the recommendation."""
    if of_fields:
        return words["field_popularity" if name == POPULARITY else "many_fields"]
    return words["many_events"] if name == EVENTS else source_name(name, words=words)


def _names(of_fields: bool, words: Mapping[str, str]) -> dict[str, str]:
    kind = "fields" if of_fields else "events"
    return {"parts": words[f"parts_{kind}"], "one": words[f"one_{kind}"]}
