"""Does the reason hold? The verdict on an explanation, in words and figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recsys.explain import Situation
from recsys.explain.questions.faithfulness import Faithfulness, Reference, can_be_judged, faithfulness, reference_of
from recsys.explain.words.headline import rank_of_nothing
from recsys.explain.words.judgement import grounds, in_words, instead, of_parts
from recsys.models.base import PairModel
from recsys.services.explain.explain_item import Why


@dataclass(frozen=True, eq=False)
class Judged:
    """`sentence` is the verdict in words, `grounds` what it rests on; `instead` is what to say in place of exact removals that
    do not hold, else "": another method that fails takes nothing from them. `judges_headline`: whether the headline names
    the parts that were judged; else it names another source of the score breakdown, and the verdict is no word on it."""

    found: Faithfulness
    sentence: str
    grounds: str
    instead: str
    judges_headline: bool


def reference(situation: Situation) -> Reference | None:
    """What all explanations of this suggestion are measured by; None where the model has nothing to take away."""
    return reference_of(situation) if can_be_judged(situation.model) else None


def judged(situation: Situation, told: Why, known: Reference | None = None) -> Judged | None:
    """The verdict on `told`, an explanation of `situation`; `known` is its `reference`.

    None where the model has nothing to take away.
    """
    known = known or reference(situation)
    if known is None:
        return None
    found = faithfulness(situation, told.explanation, told.exact, known)
    of_fields = isinstance(situation.model, PairModel)
    said = ""
    if found.verdict == "does not hold" and told.explanation.method == told.exact.method and told.names_parts:
        said = instead(told.breakdown, told.explanation.rank, rank_of_nothing(situation), of_fields=of_fields)
    sentence, rests_on = in_words(found, of_fields=of_fields), grounds(found, of_fields=of_fields)
    if not told.names_parts and known.num_parts:
        sentence, rests_on = (of_parts(text, of_fields=of_fields) for text in (sentence, rests_on))
    return Judged(found, sentence, rests_on, said, told.names_parts)


def checked(situation: Situation, told: Why) -> tuple[Why, Judged | None]:
    """`told`, its sentence replaced where it does not hold, and the verdict on its method."""
    known = reference(situation)
    own = shown = judged(situation, replace(told, explanation=told.exact), known)
    if told.explanation is not told.exact:
        shown = judged(situation, told, known)
    return replaced(told, own), shown


def replaced(told: Why, own: Judged | None) -> Why:
    """`told` with what is said instead of its sentence, where `own`, the verdict on the exact removals that the sentence
    is made from, is that they do not hold."""
    return replace(told, sentence=own.instead, because="") if own is not None and own.instead else told


def as_json(told: Judged) -> dict[str, Any]:
    """The verdict as the command line prints it."""
    found = told.found
    known = found.reference
    return {
        "verdict": found.verdict,
        "sentence": told.sentence,
        "instead": told.instead,
        "judges_headline": told.judges_headline,
        "deletion": found.deletion,
        "insertion": found.insertion,
        "random": found.random,
        "deletion_beaten": found.deletion_beaten,
        "insertion_beaten": found.insertion_beaten,
        "random_orders": len(known.curves_RS),
        "rank_correlation": found.spearman,
        "completeness_gap": found.gap,
        "curves": {
            "there": known.kept_S.tolist(),
            "taken_away": found.deletion_S[::-1].tolist(),
            "put_back": found.insertion_S.tolist(),
            "random": np.mean(known.curves_RS, axis=0).tolist(),
        },
    }
