"""Parts of a blend: other runs of the workspace, by id and by the hash of their weights.

A blend is a run folder without weights. Its parts and their weights are in the settings of its `config.json`;
`weights_sha256` of its record is the hash of these settings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.errors import NotFoundError, RunError
from recsys.messages import message
from recsys.runs.record import RunConfig
from recsys.runs.store import RunFolder, RunStore

BLEND = "blend"  # the model's name in the config of a blend


class Part(BaseModel):
    """One run in a blend; the `weight`s of all parts are at least 0 and sum to 1."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    run_id: str
    model: str
    weights_sha256: str
    weight: float = Field(ge=0, le=1)


def settings_of(parts: Sequence[Part]) -> dict[str, Any]:
    """Settings of a blend's config."""
    return {"parts": [part.model_dump() for part in parts]}


def digest(parts: Sequence[Part]) -> str:
    """SHA-256 of the parts, used in place of the hash of the weights."""
    return hashlib.sha256(orjson.dumps(settings_of(parts))).hexdigest()


def parts_of(config: RunConfig) -> tuple[Part, ...]:
    """The parts of a blend; empty for any other run, or if they cannot be read."""
    if config.model != BLEND:
        return ()
    try:
        return tuple(Part.model_validate(part) for part in config.settings["parts"])
    except (KeyError, TypeError, ValidationError):
        return ()


def open_parts(store: RunStore, folder: RunFolder) -> list[tuple[Part, RunFolder]]:
    """The runs of a blend's parts, checked to be unchanged; empty for any other run.

    Raises RunError, naming the run, if one is missing or has other weights, or if the blend itself was changed.
    """
    config, record = folder.config, folder.record
    if config.model != BLEND:
        return []
    parts = parts_of(config)
    if record is None or not parts or digest(parts) != record.weights_sha256:
        raise RunError(
            message("Blend {run} is damaged: its parts have changed. Blend the runs again.", run=config.run_id)
        )
    return [(part, unchanged(store, config.run_id, part)) for part in parts]


def unchanged(store: RunStore, blend_id: str, part: Part) -> RunFolder:
    """Open the run of a part. Raises RunError if it is missing or has other weights."""
    try:
        folder = store.open(part.run_id)
    except NotFoundError:
        raise RunError(
            message(
                "Blend {blend} needs run {part}, which is gone. Import that run again, or blend others.",
                blend=blend_id,
                part=part.run_id,
            )
        ) from None
    record = folder.record
    if record is None or record.weights_sha256 != part.weights_sha256:
        raise RunError(
            message(
                "Blend {blend} was made of another run {part}: that one was trained anew since, so the blend "
                "would give other numbers. Blend the runs again.",
                blend=blend_id,
                part=part.run_id,
            )
        )
    return folder


def blends_with(store: RunStore, run_id: str) -> list[str]:
    """Ids of the blends that contain this run."""
    return [config.run_id for _, config in store.configs() if run_id in {part.run_id for part in parts_of(config)}]
