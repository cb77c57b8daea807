"""Does the reason hold? The verdict on an explanation, in words and figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from recsys.data.interactions import UNKNOWN_USER
from recsys.explain import Situation, methods_for
from recsys.explain.faithfulness import Faithfulness, Reference, can_be_judged, faithfulness, reference_of
from recsys.explain.judgement import grounds, in_words, instead
from recsys.explain.sources import budget
from recsys.models.asif import origin
from recsys.models.base import PairModel
from recsys.services.explanation import Why, situation_of, why
from recsys.services.opening import OpenRun
from recsys.services.recommendation import Asker


@dataclass(frozen=True, eq=False)
class Judged:
    """`sentence` is the verdict in words, `grounds` what it rests on; `instead` is what to say in place of exact removals that
    do not hold, else "": another method that fails takes nothing from them."""

    found: Faithfulness
    sentence: str
    grounds: str
    instead: str


def reference(run: OpenRun, asker: Asker, item_id: str) -> Reference | None:
    """What all explanations of this suggestion are measured by; None where the model has nothing to take away."""
    return reference_of(situation_of(run, asker, item_id)) if can_be_judged(run.model) else None


def judged(
    run: OpenRun, asker: Asker, told: Why, exact: Why | None = None, known: Reference | None = None
) -> Judged | None:
    """The verdict on `told`; `exact` is the explanation by exact removals of the same item, `known` its `reference`.

    None where the model has nothing to take away. Raises RecsysError as `why` does.
    """
    known = known or reference(run, asker, told.item_id)
    if known is None:
        return None
    exact = exact or exact_of(run, asker, told)
    situation = situation_of(run, asker, told.item_id)
    found = faithfulness(situation, told.explanation, exact.explanation, known)
    of_fields = isinstance(run.model, PairModel)
    said = ""
    if found.verdict == "does not hold" and told.explanation.method == exact.explanation.method:
        without = rank_of_nothing(situation)
        said = instead(budget(situation), told.explanation.rank, without, of_fields=of_fields)
    return Judged(found, in_words(found, of_fields=of_fields), grounds(found, of_fields=of_fields), said)


def checked(run: OpenRun, asker: Asker, told: Why) -> tuple[Why, Judged | None]:
    """`told`, its sentence replaced where it does not hold, and the verdict on its method."""
    exact, known = exact_of(run, asker, told), reference(run, asker, told.item_id)
    own = shown = judged(run, asker, exact, exact, known)
    if told is not exact:
        shown = judged(run, asker, told, exact, known)
    return replaced(told, own), shown


def exact_of(run: OpenRun, asker: Asker, told: Why) -> Why:
    """The explanation by exact removals of the same suggestion: what sentences are made from."""
    return told if told.explanation.method == methods_for(run.model)[0] else why(run, asker, told.item_id)


def replaced(told: Why, own: Judged | None) -> Why:
    """`told` with what is said instead of its sentence, where `own`, the verdict on the exact removals that the sentence
    is made from, is that they do not hold."""
    return replace(told, sentence=own.instead, because="") if own is not None and own.instead else told


def rank_of_nothing(situation: Situation) -> int:
    """The rank of the item among the same candidates with no past, or for a pair model with nobody known."""
    if isinstance(situation.model, PairModel):
        asked = origin(situation.model)  # as if told of no one, the model knows even the unknown user
        assert isinstance(asked, PairModel)
        return int(situation.ranks(asked.scores([situation.history], [UNKNOWN_USER]))[0])
    with torch.inference_mode():
        empty = situation.model.scores([situation.history[:0]], [situation.user])
    return int(situation.ranks(empty)[0])


def as_json(told: Judged) -> dict[str, Any]:
    """The verdict as the command line prints it."""
    found = told.found
    known = found.reference
    return {
        "verdict": found.verdict,
        "sentence": told.sentence,
        "instead": told.instead,
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
