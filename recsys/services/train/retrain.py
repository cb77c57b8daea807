"""Train runs that saw a forgotten person again: same model, settings and seed, on the dataset without that person.

The result has the bits of a training that never saw them: the dataset is that of an import without their rows, and a training
depends on its dataset, settings and seed only.
"""

from __future__ import annotations

from recsys.errors import RunError
from recsys.messages import message
from recsys.runs.blend_parts import BLEND
from recsys.runs.forgotten import forgotten_mark
from recsys.runs.notes import about, save_notes
from recsys.services.train import training
from recsys.services.train.planning import TrainRequest
from recsys.services.workspace import Workspace


def request_again(workspace: Workspace, run_id: str) -> TrainRequest:
    """The request that trains a marked run again. Raises RunError for any other run and for a blend."""
    folder = workspace.runs.open(run_id)
    config, mark = folder.config, forgotten_mark(folder)
    if mark is None:
        raise RunError(message("Run {run} saw nobody who was forgotten since: there is nothing to repeat.", run=run_id))
    if config.model == BLEND:
        text = message("Blend {run} has no weights of its own. Train the runs it is made of again, then blend them.")
        raise RunError(text.format(run=run_id))
    return TrainRequest(mark.successor, config.model, config.preset, config.settings, config.options)


def train_again(workspace: Workspace, run_id: str) -> str:
    """Queue the training of a marked run without the forgotten person, under its display name; returns the new run's id.

    Raises as `request_again` and as `training.start`.
    """
    new_id = training.start(workspace, request_again(workspace, run_id))
    name = about(workspace.runs.open(run_id)).name
    if name:
        save_notes(workspace.runs.open(new_id), name, "")
    return new_id
