"""Metadata of a run: `RunConfig`, written before training, and `RunRecord`, written at the end."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from recsys.messages import Message, message, short
from recsys.training.config import TrainingOptions

PACKAGES = ("torch", "numpy", "pandas", "scipy", "captum", "streamlit")
FORMAT = 1
BLEND_OF, PLUS = "Blend: ", " + "  # how a blend's title is stored
READ_ALWAYS = {"mlp": "age, gender"}  # user features, before they were a setting


class RunConfig(BaseModel):
    """Everything that determines the result. `dataset_id` is a hash of the dataset's content.

    `title` is the display name of the model, "" in runs from before it was stored.
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

    @property
    def shown_title(self) -> Message:
        """The title as a message, since some are words such as "Dense network"; the model's name without one.

        A blend's names its parts; a long one is cut. Federated and private runs say so: "GRU4Rec, federated, ε ≤ 3".
        """
        return title_with(self._model_title, self.options)

    @property
    def _model_title(self) -> Message:
        if self.title.startswith(BLEND_OF):
            parts = self.title.removeprefix(BLEND_OF).split(PLUS)
            return message("Blend: {models}", models=Message(PLUS).join(Message(title) for title in parts))
        return Message(self.title or self.model)

    @classmethod
    def title_of_blend(cls, titles: Iterable[str]) -> str:
        """The title that is stored with a blend of models with these titles."""
        return short(BLEND_OF + PLUS.join(titles), 79)

    def same_work(self, other: RunConfig) -> bool:
        """Whether both train the same model on the same dataset in the same way; threads do not count."""
        options = {
            "seed", "device", "cold_share", "liked_from", "split_by", "cut", "held_out_users", "privacy", "federated",
        }  # fmt: skip
        keys: Any = {"model": True, "dataset_id": True, "options": options}
        return self._effective() == other._effective() and self.model_dump(include=keys) == other.model_dump(
            include=keys
        )

    def _effective(self) -> dict[str, Any]:
        """Settings that have an effect, with defaults for those that older runs lack."""
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


def title_with(title: Message, options: TrainingOptions) -> Message:
    """The title of a model, and whether its training is federated or private: "GRU4Rec, federated, ε ≤ 3"."""
    privacy = options.privacy
    if options.federated is not None:
        title = message("{model}, federated", model=title)
    if privacy is None:
        return title
    if privacy.epsilon is None:
        return message("{model}, private (noise {noise:g})", model=title, noise=privacy.noise)
    return message("{model}, ε ≤ {epsilon:g}", model=title, epsilon=privacy.epsilon)


class PrivacySpent(BaseModel):
    """Privacy budget that a training has spent: the weights are (`epsilon`, `delta`)-differentially private per `unit`.

    `noise` is relative to `clip`, `rate` is the share of units in a step, and `steps` counts those of the epochs kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    epsilon: float = Field(ge=0)
    delta: float = Field(gt=0, lt=1)
    noise: float = Field(gt=0)
    clip: float = Field(gt=0)
    rate: float = Field(gt=0, le=1)
    steps: int = Field(ge=0)
    unit: Literal["user", "client"] = "user"


class Traffic(BaseModel):
    """What a federated training exchanged: rounds, of which `lost` had too few clients left for a sum, bytes to and from
    clients, and how often clients were `invited` and `answered`.
    """

    model_config = ConfigDict(frozen=True)
    rounds: int = 0
    lost: int = 0
    clients: int = 0
    invited: int = 0
    answered: int = 0
    bytes_down: int = 0
    bytes_up: int = 0


class RunRecord(BaseModel):
    """Result of a run, written last: if it exists, training has ended. Times in seconds, memory in bytes.

    `metrics` are test metrics; if None, `why_no_metrics` gives the reason. `list_metrics` are those of the test lists, empty
    for a run without lists. `peak_memory` is None for a run without its
    own process. For a blend `weights_sha256` is the hash of its parts (blend_parts.py).
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
    list_metrics: dict[str, float] = {}
    why_no_metrics: str | None = None
    finished: str
    privacy: PrivacySpent | None = None
    traffic: Traffic | None = None

    @property
    def is_trained(self) -> bool:
        """False for a run that was stopped before its first epoch ended: it can only be resumed."""
        return self.state == "finished" or self.best_epoch > 0


def untrained(run_id: str) -> Message:
    """Message for a run that cannot be used because it was not trained."""
    return message(
        "Run {run} was stopped before its first epoch ended, so it has learnt nothing. Resume it, or "
        "choose another run.",
        run=run_id,
    )


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
