"""Tensors of a run on disk: its weights and its checkpoint. Only safetensors are read."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import asdict
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from recsys.data.dataset import Dataset
from recsys.data.files import write_atomic
from recsys.errors import RunError
from recsys.messages import Message, message
from recsys.models import MODELS
from recsys.models.base import Recommender
from recsys.models.inputs.features import shape_of
from recsys.runs.record import untrained
from recsys.runs.store import SNAPSHOT, RunFolder
from recsys.training.trainer import EpochDone, Snapshot

NOT_FITTING = message(
    "The weights of run {run} do not match its model and data. An earlier version of the model was trained, or the data "
    "have changed: train it again. {difference}"
)


def save_snapshot(folder: RunFolder, snapshot: Snapshot) -> None:
    """Save the checkpoint atomically. The best state is stored once if it is also the last."""
    summary: dict[str, Any] = {
        "epoch": snapshot.epoch,
        "best_epoch": snapshot.best_epoch,
        "best_ndcg": snapshot.best_ndcg,
    }
    parts = {"model": snapshot.model, "optimizer": snapshot.optimizer}
    if snapshot.best_epoch != snapshot.epoch:
        parts["best"] = snapshot.best
    tensors = {f"{part}/{name}": tensor for part, state in parts.items() for name, tensor in state.items()}
    summary["history"] = [asdict(epoch) for epoch in snapshot.history]
    (folder.path / SNAPSHOT).parent.mkdir(exist_ok=True)
    write_atomic(folder.path / SNAPSHOT, save_tensors(tensors, {"snapshot": json.dumps(summary)}))


def load_snapshot(folder: RunFolder, model: Recommender | None = None) -> Snapshot | None:
    """Load the last finished epoch; None before the first one. Raises RunError where it does not fit `model`."""
    try:
        content = (folder.path / SNAPSHOT).read_bytes()
    except FileNotFoundError:
        return None
    tensors = read_tensors(content, message("checkpoint"))
    (length,) = struct.unpack("<Q", content[:8])
    state = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["snapshot"])
    parts: dict[str, dict[str, Tensor]] = {"model": {}, "optimizer": {}, "best": {}}
    for name, tensor in tensors.items():
        part, key = name.split("/", 1)
        parts[part][key] = tensor
    if model is not None:
        check_shapes(folder.run_id, parts["model"], model)
    return Snapshot(
        epoch=state["epoch"],
        best_epoch=state["best_epoch"],
        best_ndcg=state["best_ndcg"],
        history=[EpochDone(**epoch) for epoch in state["history"]],
        model=parts["model"],
        optimizer=parts["optimizer"],
        best=parts["best"] or parts["model"],
    )


def check_shapes(run_id: str, state: dict[str, Tensor], model: Recommender) -> None:
    """Raise RunError naming the first tensor that `model` lacks, that it misses, or that has another shape there."""
    stored = {name: tuple(tensor.shape) for name, tensor in state.items()}
    needed = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    for name in sorted(stored.keys() | needed.keys()):
        if name not in needed:
            difference = message("The model has no tensor {tensor!r}.", tensor=name)
        elif name not in stored:
            difference = message("The tensor {tensor!r} is missing.", tensor=name)
        elif stored[name] != needed[name]:
            difference = message(
                "The tensor {tensor!r} has the shape {found}, expected was {expected}.",
                tensor=name,
                found=str(stored[name]),
                expected=str(needed[name]),
            )
        else:
            continue
        raise RunError(NOT_FITTING.format(run=run_id, difference=difference))


def save_weights(folder: RunFolder, model: Recommender) -> str:
    """Write the weights and return their SHA-256."""
    content = save_tensors({name: tensor.contiguous().cpu() for name, tensor in model.state_dict().items()})
    write_atomic(folder.path / "weights.safetensors", content)
    return hashlib.sha256(content).hexdigest()


def load_model(folder: RunFolder, dataset: Dataset) -> Recommender:
    """Load the trained model in evaluation mode, on the CPU. Raises RunError if that is not possible."""
    record = folder.record
    if record is None:
        raise RunError(
            message("Run {run} is not finished yet. Wait for it, or stop it to keep its best state.", run=folder.run_id)
        )
    if not record.is_trained:
        raise RunError(untrained(folder.run_id))
    try:
        content = (folder.path / "weights.safetensors").read_bytes()
    except FileNotFoundError as error:
        raise RunError(message("The weights of run {run} are gone. Train it again.", run=folder.run_id)) from error
    if hashlib.sha256(content).hexdigest() != record.weights_sha256:
        raise RunError(
            message(
                "The weights of run {run} are damaged: they are not what was saved. Train it again.", run=folder.run_id
            )
        )
    config = folder.config
    cls = MODELS.get(config.model)
    if cls is None:
        raise RunError(
            message(
                "Run {run} uses an unknown model {model!r}. Known are: {models}.",
                run=folder.run_id,
                model=config.model,
                models=", ".join(MODELS),
            )
        )
    settings = cls.Config(**config.settings)
    view = config.options.training_view(dataset)
    shape = shape_of(view, settings.content_columns, settings.user_columns, ratings=settings.with_ratings)
    model = cls(shape, settings)
    state = read_tensors(content, message("weights"))
    check_shapes(folder.run_id, state, model)
    model.load_state_dict(state)
    return model.eval()


def read_tensors(content: bytes, what: Message) -> dict[str, Tensor]:
    """Parse safetensors. Raises RunError if they are damaged."""
    try:
        return load_tensors(content)
    except SafetensorError as error:
        raise RunError(
            message("The {what} file cannot be read: damaged or incomplete. Train the model again.", what=what)
        ) from error
