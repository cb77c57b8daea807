"""A trained run loaded with its dataset, split and model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.data.dataset import Dataset
from recsys.errors import NotFoundError
from recsys.messages import message
from recsys.models.base import Recommender
from recsys.recommend.blend import Blend, candidates_of_all
from recsys.runs.blend_parts import BLEND, open_parts
from recsys.runs.forgotten import refuse_forgotten
from recsys.runs.record import RunConfig, RunRecord
from recsys.runs.store import RunFolder
from recsys.runs.weights import load_model
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import Split
from recsys.services.workspace import Workspace


@dataclass(frozen=True, eq=False)
class OpenRun:
    """A complete run with its dataset and its model in evaluation mode. Shared across sessions, so read-only."""

    folder: RunFolder
    config: RunConfig
    record: RunRecord
    dataset: Dataset
    split: Split
    candidates: Candidates
    model: Recommender

    def item(self, item_id: str) -> int:
        """Index of an item id. Raises NotFoundError."""
        index = self.dataset.interactions.item_index.get(item_id)
        if index is None:
            raise NotFoundError(
                message(
                    "There is no item {item!r} in dataset {dataset}. Search by title instead.",
                    item=item_id,
                    dataset=self.dataset.name,
                )
            )
        return index

    def user(self, user_id: str) -> int:
        """Index of a user id. Raises NotFoundError."""
        index = self.dataset.interactions.user_index.get(user_id)
        if index is None:
            raise NotFoundError(
                message("There is no user {user!r} in dataset {dataset}.", user=user_id, dataset=self.dataset.name)
            )
        return index

    def history(self, item_ids: list[str]) -> np.ndarray:
        """[num_events] int64 item indices of a custom history, oldest first. Raises NotFoundError."""
        return np.array([self.item(item_id) for item_id in item_ids], dtype=np.int64)


def open_run(workspace: Workspace, run_id: str) -> OpenRun:
    """Load a run, its dataset and its model; for a blend, the models of its parts. Raises NotFoundError or RunError."""
    folder = workspace.runs.open(run_id)
    refuse_forgotten(folder)
    config = folder.config
    parts = open_parts(workspace.runs, folder)
    dataset = workspace.datasets.load(config.dataset_id)
    split = config.options.split(dataset.interactions)
    model: Recommender
    if config.model == BLEND:
        models = [load_model(part_folder, dataset) for _, part_folder in parts]
        model = Blend(models, [part.weight for part, _ in parts], candidates_of_all(models, split).scorable)
    else:
        model = load_model(folder, dataset)
    record = folder.record
    assert record is not None, "a run that is not whole was refused"
    return OpenRun(folder, config, record, dataset, split, Candidates.of(split, model.scores_cold), model)


def check_parts(workspace: Workspace, run_id: str) -> None:
    """Raise RunError if a part of a blend was deleted or retrained, or if the run is only a record (runs/forgotten.py)."""
    folder = workspace.runs.open(run_id)
    refuse_forgotten(folder)
    open_parts(workspace.runs, folder)
