"""What a run writes down: `RunConfig` before it starts, `RunRecord` when it is whole."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from recsys.training.config import TrainingOptions

PACKAGES = ("torch", "numpy", "pandas", "scipy", "captum", "streamlit")
FORMAT = 1
READ_ALWAYS = {"mlp": "age, gender"}  # of users, before that was a setting


class RunConfig(BaseModel):
    """Everything that decides the result. `dataset_id` is a fingerprint: the hash of the data's content.

    `title` is how the model is called, "" in runs that did not write it down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    run_id: str
    model: str
    dataset_id: str
    preset: str
    settings: dict[str, Any]
    options: TrainingOptions
    created: str
    format: int = FORMAT
    title: str = Field(default="", max_length=80)

    def same_work(self, other: RunConfig) -> bool:
        """Whether both would train the same model on the same data in the same way, on whatever number of threads."""
        keys: Any = {"model": True, "dataset_id": True, "options": {"seed", "device", "cold_share", "liked_from"}}
        return self._effective() == other._effective() and self.model_dump(include=keys) == other.model_dump(
            include=keys
        )

    def _effective(self) -> dict[str, Any]:
        """The settings that have an effect; runs from before content, users' features or ratings could be read
        lack them."""
        settings = {
            "content": "",
            "user_features": READ_ALWAYS.get(self.model, ""),
            "ratings": "off",
            "mask_seen": "on",
        }
        settings |= self.settings
        if not settings["content"]:
            settings.pop("id_dropout", None)
        if not settings["user_features"]:
            settings.pop("user_dropout", None)
        return settings


class RunRecord(BaseModel):
    """Written last: where it exists the training has ended. Times in seconds, memory in bytes.

    `metrics` are test metrics, None with `why_no_metrics` where there are none. `peak_memory` is None for what did not
    have a process of its own. For a blend `weights_sha256` is the hash of its parts (parts.py).
    """

    model_config = ConfigDict(frozen=True)
    run_id: str
    model: str
    dataset_id: str
    dataset_name: str
    state: Literal["finished", "stopped"]
    seed: int
    device: str
    threads: int
    versions: dict[str, str]
    epochs: int
    best_epoch: int
    best_validation_ndcg: float | None
    accuracy: float | None
    seconds: float
    targets_per_second: float | None
    peak_memory: int | None
    weights_sha256: str
    metrics: dict[str, float] | None
    why_no_metrics: str | None = None
    finished: str

    @property
    def is_trained(self) -> bool:
        """False for a run that was stopped before its first epoch ended: it can only be resumed."""
        return self.state == "finished" or self.best_epoch > 0


def untrained(run_id: str) -> str:
    """Why a run whose record says that it is not trained cannot be used."""
    return (
        f"Run {run_id} was stopped before its first epoch ended, so it has learnt nothing. "
        "Resume it, or choose another run."
    )


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
