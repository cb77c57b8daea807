"""Preview of the first training batch, with titles instead of item indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from recsys.data.dataset import Dataset
from recsys.data.interactions import PAD
from recsys.messages import message, plural
from recsys.models.base import FittedModel, PairModel, SequenceModel, Shape
from recsys.models.inputs.features import shape_of
from recsys.models.inputs.traits import Feature
from recsys.sequences.batches import SequenceBatch
from recsys.sequences.relevance import in_words
from recsys.services.train.planning import TrainRequest, plan
from recsys.services.workspace import Workspace
from recsys.training.steps import PairBatch
from recsys.training.trainer import Trainer

PADDING, NOT_LIKED = message("(padding)"), message("(not liked)")
LABELS = (message("touched"), message("not touched"))
SHOWN = 50  # rows of the table
NEWEST = 6  # newest positions of a sequence that have a column


@dataclass(frozen=True, eq=False)
class BatchPreview:
    """`table` has up to SHOWN rows; `words` describes a row and the size of the whole batch."""

    words: str
    table: pd.DataFrame


def first_batch(workspace: Workspace, request: TrainRequest) -> BatchPreview | None:
    """Build the first batch of a training; None for a model fitted in closed form. Raises what `plan` raises."""
    planned = plan(workspace, request)
    model = planned.model
    if isinstance(model, FittedModel):
        return None
    trainer = Trainer(model, planned.split, seed=request.options.seed, device=torch.device("cpu"), steps=planned.steps)
    rng, _ = trainer.draws(1)
    _, batch = next(iter(trainer.steps.batches(rng)))
    shape = shape_of(planned.dataset, users=model.config.user_columns)
    if isinstance(model, SequenceModel):
        return _sequences(planned.dataset, shape, batch, planned.split.liked_from, reads_ratings=model.reads_ratings)
    assert isinstance(model, PairModel)
    return _pairs(planned.dataset, shape, batch, planned.split.liked_from)


def _sequences(
    dataset: Dataset, shape: Shape, batch: SequenceBatch, liked_from: float | None, *, reads_ratings: bool
) -> BatchPreview:
    items_BL, targets_BL = batch.items_BL.numpy(), batch.targets_BL.numpy()
    rows, length = items_BL.shape
    titles = np.array([PADDING, *dataset.items["title"].astype(str)[1:]], dtype=object)
    newest = min(NEWEST, length)
    padding = (items_BL == PAD).sum(1)
    columns: dict[str, object] = {
        message("padding"): padding[:SHOWN],
        **_features(shape.user_features, batch.users_B.numpy()),
    }
    if length > newest:
        columns[message("older events")] = (items_BL[:SHOWN, :-newest] != PAD).sum(1)
    for back in range(newest, 0, -1):
        events = titles[items_BL[:SHOWN, -back]]
        if reads_ratings and batch.ratings_BL is not None:
            events = _rated(events, batch.ratings_BL[:SHOWN, -back].numpy())
        columns[message("newest event") if back == 1 else message("{count} before", count=back - 1)] = events
    columns[message("→ target")] = [NOT_LIKED if item == PAD else titles[item] for item in targets_BL[:SHOWN, -1]]
    text = message(
        "{rows} rows of {length} positions, {padding:.0%} of them padding. Each row reads from old to new; at every "
        "position the model learns what came next, which is the cell to the right: {targets:,} targets."
    )
    if liked_from is not None:
        text = message(
            "{rows} rows of {length} positions, {padding:.0%} of them padding. Each row reads from old to new; at "
            "every position the model learns what came next, which is the cell to the right, where that was {liked}: "
            "{targets:,} targets."
        )
    words = text.format(
        rows=rows, length=length, padding=padding.sum() / items_BL.size, targets=batch.num_targets,
        liked="" if liked_from is None else in_words(liked_from),
    )  # fmt: skip
    return BatchPreview(words, _table(columns))


def _rated(titles: np.ndarray, ratings: np.ndarray) -> np.ndarray:
    """Append the rating to each title, where there is one."""
    labels = [
        t if np.isnan(r) else message("{title} (rated {rating:g})", title=t, rating=r)
        for t, r in zip(titles, ratings, strict=True)
    ]
    return np.array(labels, dtype=object)


def _pairs(dataset: Dataset, shape: Shape, batch: PairBatch, liked_from: float | None) -> BatchPreview:
    users_B, items_BK, labels_BK, weights_BK = batch
    log = dataset.interactions
    num_items = items_BK.shape[1]  # per event: the positive and its negatives
    users, items = users_B.repeat(num_items)[:SHOWN], items_BK.reshape(-1)[:SHOWN]
    yes, no = LABELS if liked_from is None else (message("liked"), message("not liked"))
    of_positive = [yes if label else no for label in labels_BK[:SHOWN, 0]]
    labels = [label for first in of_positive for label in (first, *[LABELS[1]] * (num_items - 1))][:SHOWN]
    columns: dict[str, object] = {message("label"): labels, message("user"): log.user_ids[users]}
    columns |= _features(shape.user_features, users)
    columns[message("item")] = dataset.items["title"].astype(str).to_numpy()[items]
    columns |= _features(shape.item_features, items)
    if (weights_BK == 0).any():
        columns[message("counts")] = weights_BK.reshape(-1)[:SHOWN] > 0
    text = message(
        "{events:,} events, each with {negatives} that the user did not touch: {pairs:,} pairs. The model learns to "
        "tell the two apart; now and then it does not see the user."
    )
    if liked_from is not None:
        text = message(
            "{events:,} events, each that was {liked} with {negatives} that the user did not touch: {pairs:,} pairs. "
            "The model learns to tell the two apart; now and then it does not see the user."
        )
    words = text.format(
        events=len(users_B), pairs=int((weights_BK > 0).sum()),
        negatives=plural("{n} sampled item", "{n} sampled items", num_items - 1),
        liked="" if liked_from is None else in_words(liked_from),
    )  # fmt: skip
    return BatchPreview(words, _table(columns))


def _table(columns: dict[str, object]) -> pd.DataFrame:
    """The columns as objects, with their names: pandas would make strings of its own from messages."""
    table = pd.DataFrame({str(name): pd.Series(values, dtype=object) for name, values in columns.items()})
    table.columns = pd.Index([*columns], dtype=object)
    return table


def _features(features: Sequence[Feature], indices: np.ndarray) -> dict[str, object]:
    """Feature name -> its values in words for the first SHOWN indices of users or items."""
    return {f.name: np.array(f.values, dtype=object)[f.codes[indices[:SHOWN]]] for f in features}
