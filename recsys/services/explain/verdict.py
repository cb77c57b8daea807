"""Faithfulness verdict on an explanation, in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recsys.evaluation.metrics import CUT_OFF
from recsys.explain import METHODS, Situation
from recsys.explain.explanation import EventContribution
from recsys.explain.questions.faithfulness import Faithfulness, Reference, can_be_judged, faithfulness, reference_of
from recsys.explain.words.headline import rank_without_inputs
from recsys.explain.words.judgement import grounds, in_words, of_parts, replacement_sentence
from recsys.messages import message, short
from recsys.models.base import PairModel
from recsys.services.explain.explain_item import NAMED, ItemExplanation


@dataclass(frozen=True, eq=False)
class JudgedExplanation:
    """The faithfulness of one explanation, in words.

    `sentence` is the verdict and `grounds` its evidence. `instead` replaces the headline where the exact removals are
    unfaithful, else ""; other methods never replace it. `judges_headline`: whether the headline names the parts that
    were judged, by the exact removals that it is made from. Otherwise it names another source of the score breakdown, or
    another method was judged, which `sentence` then names: the verdict does not apply to the headline. `of_fields`: the
    parts are inputs of a pair model.
    """

    faithfulness: Faithfulness
    sentence: str
    grounds: str
    instead: str
    judges_headline: bool
    of_fields: bool = False


def reference(situation: Situation) -> Reference | None:
    """Curves of random removal orders, shared by all explanations of an item; None without inputs to remove."""
    return reference_of(situation) if can_be_judged(situation.model) else None


def judge(
    situation: Situation, explained: ItemExplanation, reference_curves: Reference | None = None
) -> JudgedExplanation | None:
    """Judge `explained`, an explanation of `situation`; None where the model has no inputs to remove.

    `reference_curves` is the `reference` of the situation, computed if None.
    """
    reference_curves = reference_curves or reference(situation)
    if reference_curves is None:
        return None
    result = faithfulness(situation, explained.explanation, explained.exact, reference_curves)
    of_fields = isinstance(situation.model, PairModel)
    instead_text, is_exact = "", explained.explanation.method == explained.exact.method
    if result.verdict == "does not hold" and is_exact and explained.names_parts:
        instead_text = replacement_sentence(
            explained.breakdown, explained.explanation.rank, rank_without_inputs(situation), of_fields=of_fields,
            alone=decisive(explained),
        )  # fmt: skip
    sentence, rests_on = in_words(result, of_fields=of_fields), grounds(result, of_fields=of_fields)
    if not explained.names_parts and reference_curves.num_parts:
        sentence, rests_on = (of_parts(text, of_fields=of_fields) for text in (sentence, rests_on))
    if not is_exact:
        label = METHODS[explained.explanation.method].label
        sentence = message("{method}: {verdict}", method=label, verdict=sentence)
    return JudgedExplanation(result, sentence, rests_on, instead_text, explained.names_parts and is_exact, of_fields)


def decisive(explained: ItemExplanation) -> tuple[str, int] | None:
    """(Title, rank without it) of the event whose removal alone takes the item furthest out of the list; None if none does."""
    if explained.exact.rank > CUT_OFF:
        return None
    events = [part for part in explained.exact.contributions if isinstance(part, EventContribution)]
    ranked = [(part.rank_without, part.position) for part in events if part.rank_without is not None]
    rank, position = max(ranked, default=(0, 0))
    return (short(explained.titles[position], NAMED), rank) if rank > CUT_OFF else None


def checked(situation: Situation, explained: ItemExplanation) -> tuple[ItemExplanation, JudgedExplanation | None]:
    """(`explained`, its headline replaced if the exact removals are unfaithful; the verdict on its method)."""
    reference_curves = reference(situation)
    verdict_of_exact = shown = judge(situation, replace(explained, explanation=explained.exact), reference_curves)
    if explained.explanation is not explained.exact:
        shown = judge(situation, explained, reference_curves)
    return replaced(explained, verdict_of_exact), shown


def replaced(explained: ItemExplanation, exact_verdict: JudgedExplanation | None) -> ItemExplanation:
    """Replace the headline if `exact_verdict`, the verdict on the exact removals, is unfaithful."""
    if exact_verdict is None or not exact_verdict.instead:
        return explained
    return replace(explained, sentence=exact_verdict.instead)


def as_json(verdict: JudgedExplanation) -> dict[str, Any]:
    """The verdict as the command line prints it."""
    result = verdict.faithfulness
    reference_curves = result.reference
    return {
        "verdict": result.verdict,
        "sentence": verdict.sentence,
        "instead": verdict.instead,
        "judges_headline": verdict.judges_headline,
        "deletion": result.deletion,
        "insertion": result.insertion,
        "random": result.random,
        "deletion_beaten": result.deletion_beaten,
        "insertion_beaten": result.insertion_beaten,
        "random_orders": len(reference_curves.curves_RS),
        "rank_correlation": result.spearman,
        "completeness_gap": result.gap,
        "curves": {
            "there": reference_curves.kept_S.tolist(),
            "taken_away": result.deletion_S[::-1].tolist(),
            "put_back": result.insertion_S.tolist(),
            "random": np.mean(reference_curves.curves_RS, axis=0).tolist(),
        },
    }
