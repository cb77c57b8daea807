"""What leave-one-out leaks on the dataset of a run, as one sentence with a level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recsys.evaluation.leakage import Leakage, Level, leakage
from recsys.messages import Message, message
from recsys.services.workspace.open_run import OpenRun

LEVELS: dict[Level, Message] = {
    "little": message("Little leakage from the future"),
    "some": message("Some leakage from the future"),
    "strong": message("Strong leakage from the future"),
}


@dataclass(frozen=True)
class Lamp:
    """Leakage of a leave-one-out run, with its sentence."""

    leakage: Leakage
    sentence: Message


def lamp(run: OpenRun) -> Lamp | None:
    """Measure the leakage; None for a time split, which has none, and without times or test targets."""
    measured = leakage(run.split) if run.split.time_cut is None else None
    if measured is None:
        return None
    text = message(
        "{level}: on average {later:.0%} of the training events lie after the held-out event, and {items:.1%} of the held-out "
        "items first occur in training after it."
    )
    sentence = text.format(level=LEVELS[measured.level], later=measured.later, items=measured.future_items)
    return Lamp(measured, sentence)


def as_json(measured: Lamp | None) -> dict[str, Any]:
    """The `leakage` object of `evaluate --json`; empty without."""
    if measured is None:
        return {}
    return {"leakage": {**vars(measured.leakage), "level": measured.leakage.level, "sentence": measured.sentence}}
