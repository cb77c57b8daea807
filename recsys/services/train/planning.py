"""Turn a training request into a plan, validated against settings, machine and dataset.

`config_of` needs only the request, `check` also reads the dataset, and `plan` builds everything a training needs. The
training process calls `plan`; the app, which only queues a request, calls `check`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import torch

from recsys.data.dataset import Dataset
from recsys.errors import SettingError
from recsys.messages import message
from recsys.models import MODELS
from recsys.models.base import FittedModel, Recommender, Shape
from recsys.models.config import ModelConfig
from recsys.models.inputs.features import shape_of
from recsys.runs.record import RunConfig
from recsys.sequences.relevance import in_words
from recsys.sequences.split import Split
from recsys.services.workspace import Workspace
from recsys.training.config import TrainingOptions
from recsys.training.device import resolve_device
from recsys.training.federated.federated_checks import check_federated
from recsys.training.private.budget import check_delta
from recsys.training.private.refusals import check_private
from recsys.training.steps import Steps
from recsys.training.trainer import steps_for


@dataclass(frozen=True)
class TrainRequest:
    """What to train on which dataset. `run_id` None creates a new id."""

    dataset_id: str
    model: str
    preset: str = "balanced"
    settings: dict[str, Any] = field(default_factory=dict)
    options: TrainingOptions = field(default_factory=TrainingOptions)
    run_id: str | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """A fully validated request, ready to train.

    `steps` turns the split into batches; None for a model fitted in closed form.
    """

    config: RunConfig
    dataset: Dataset
    split: Split
    model: Recommender
    steps: Steps[Any] | None
    device: torch.device


def config_of(request: TrainRequest) -> RunConfig:
    """Run config of a request, with settings filled in from the preset. Raises SettingError naming the field."""
    settings = _settings(request.model, request.preset, request.settings)
    resolve_device(request.options.device)  # raises if this machine lacks it
    return RunConfig(
        run_id=request.run_id or new_run_id(request.model),
        model=request.model,
        title=MODELS[request.model].title,
        dataset_id=request.dataset_id,
        preset=request.preset,
        settings=settings.model_dump(),
        options=request.options.resolved(),
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


def check(workspace: Workspace, config: RunConfig) -> None:
    """Validate a config against its dataset within a second, without building the model.

    Raises SettingError or NotFoundError. Problems that only building shows, such as too many items for the model, are
    reported by the training process.
    """
    _read(workspace.datasets.load(config.dataset_id), config)


def plan(workspace: Workspace, request: TrainRequest) -> Plan:
    """Validate a request and build its plan; nothing is written. Raises SettingError, NotFoundError or RunError."""
    return plan_run(workspace, config_of(request))


def plan_run(workspace: Workspace, config: RunConfig) -> Plan:
    """As `plan`, from the config of a run."""
    return plan_on(workspace.datasets.load(config.dataset_id), config)


def plan_on(dataset: Dataset, config: RunConfig) -> Plan:
    """As `plan_run`, on a dataset in memory, such as a part of the run's."""
    device = resolve_device(config.options.device)
    settings, split, shape = _read(dataset, config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.options.seed)
        model = MODELS[config.model](shape, settings)
    steps = None if isinstance(model, FittedModel) else steps_for(model, split)  # raises for logs that are too short
    return Plan(config, dataset, split, model, steps, device)


def _settings(model: str, preset: str, settings: dict[str, Any]) -> ModelConfig:
    if model not in MODELS:
        text = message("There is no model {model!r}. Choose one of: {models}.")
        raise SettingError(text.format(model=model, models=", ".join(MODELS)), column="model")
    return MODELS[model].Config.from_settings(preset, settings)


def _read(dataset: Dataset, config: RunConfig) -> tuple[ModelConfig, Split, Shape]:
    settings, options = _settings(config.model, config.preset, config.settings), config.options
    if options.privacy is not None:
        check_private(config.model, settings, options)
        check_delta(options.privacy, dataset.interactions.num_users, options.federated)
    split = options.split(dataset.interactions)
    if options.federated is not None:
        check_federated(config.model, settings, options, split.train.num_users)
    _refuse_nothing_to_learn(split, options)
    view = options.training_view(dataset)
    shape = shape_of(view, settings.content_columns, settings.user_columns, ratings=settings.with_ratings)
    return settings, split, shape


def _refuse_nothing_to_learn(split: Split, options: TrainingOptions) -> None:
    if not len(split.train):
        text = message("With cold_share = {share:g} no event is left to learn from. Hold out fewer items.")
        raise SettingError(text.format(share=options.cold_share), column="cold_share")
    if options.liked_from is not None and not len(split.positives):
        text = message(
            "None of the {events:,} training events is {target}: all that are, are held out. Lower liked_from, or "
            "import longer histories."
        )
        text = text.format(events=len(split.train), target=in_words(options.liked_from))
        raise SettingError(text, column="liked_from")


def new_run_id(model: str) -> str:
    return f"{model}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"
