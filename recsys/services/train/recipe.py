"""Training recipes: model, settings and options, as a command line, a settings file or from an earlier run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from recsys.errors import SettingError, fault_text
from recsys.messages import message
from recsys.models import MODELS
from recsys.sequences.time_split import iso
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import FederatedOptions, TrainingOptions

FORMAT = 1
LONGEST = 20_000  # bytes; a settings file has about 500
FIELDS = ("model", "preset", "settings", "seed", "device", "cold_share", "liked_from", "split_by", "cut", "federated")


@dataclass(frozen=True)
class Recipe:
    """`settings` holds all settings of the model; `preset` is the preset they are based on."""

    model: str
    preset: str
    settings: dict[str, Any]
    seed: int = 1
    device: str = "auto"
    cold_share: float = 0.0
    liked_from: float | None = None
    split_by: str = "leave_one_out"
    cut: int | None = None
    federated: FederatedOptions | None = None

    @classmethod
    def checked(
        cls,
        model: str,
        preset: str,
        settings: dict[str, Any],
        seed: Any,
        device: Any,
        cold_share: Any = 0.0,
        liked_from: Any = None,
        split_by: Any = "leave_one_out",
        cut: Any = None,
        federated: Any = None,
    ) -> Recipe:
        """Validate a recipe and fill in missing settings from the preset. Raises SettingError naming the field."""
        if model not in MODELS:
            text = message("There is no model {model!r}. Choose one of: {models}.")
            raise SettingError(text.format(model=str(model)[:40], models=", ".join(MODELS)), column="model")
        all_settings = MODELS[model].Config.from_settings(preset, settings).model_dump()
        if federated is not None and not isinstance(federated, dict):
            text = message("federated = {value!r}: Input should be an object of options.", value=str(federated)[:40])
            raise SettingError(text, column="federated")
        federated_options = None if federated is None else FederatedOptions.checked(**federated)
        try:
            options = TrainingOptions(
                seed=seed,
                device=device,
                cold_share=cold_share,
                liked_from=liked_from,
                split_by=split_by,
                cut=cut,
            )
        except ValidationError as error:
            fault = error.errors()[0]
            name = str(fault["loc"][0])
            text = message("{setting} = {value!r}: {fault}.")
            text = text.format(setting=name, value=str(fault["input"])[:40], fault=fault_text(fault))
            raise SettingError(text, column=name) from None
        return cls(
            model,
            preset,
            all_settings,
            **options.model_dump(exclude={"threads", "federated"}),
            federated=federated_options,
        )

    @property
    def changed(self) -> dict[str, Any]:
        """The settings that differ from the preset's."""
        defaults = MODELS[self.model].Config.from_settings(self.preset).model_dump()
        return {name: value for name, value in self.settings.items() if value != defaults[name]}


def command(workspace: Workspace, dataset_id: str, recipe: Recipe) -> str:
    """Command line that trains the same model. It uses all cores; a job of the app leaves one free."""
    words = ["python", "-m", "recsys", "train", dataset_id, "--model", recipe.model]
    words += ["--preset", recipe.preset] if recipe.preset != "balanced" else []
    words += ["--set", *(f"{name}={value}" for name, value in recipe.changed.items())] if recipe.changed else []
    words += ["--seed", str(recipe.seed)] if recipe.seed != 1 else []
    words += ["--device", recipe.device] if recipe.device != "auto" else []
    words += ["--cold-share", str(recipe.cold_share)] if recipe.cold_share else []
    words += [] if recipe.liked_from is None else [f"--liked-from={recipe.liked_from}"]
    words += ["--split-by", recipe.split_by] if recipe.split_by != "leave_one_out" else []
    words += [] if recipe.cut is None else ["--cut", iso(recipe.cut)]
    words += [] if recipe.federated is None else recipe.federated.words
    words += ["--workspace", str(workspace.path)] if workspace != open_workspace(".recscope") else []
    return shlex.join(words)


def to_file(recipe: Recipe) -> bytes:
    """Serialise a recipe as a JSON settings file."""
    content = {"format": FORMAT, **{name: getattr(recipe, name) for name in FIELDS}}
    content["federated"] = None if recipe.federated is None else recipe.federated.model_dump()
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def from_file(content: bytes) -> Recipe:
    """Parse a settings file. Raises SettingError naming the invalid field."""
    if len(content) > LONGEST:
        text = message("A settings file has at most {limit:,} bytes; this one has {size:,}.")
        raise SettingError(text.format(limit=LONGEST, size=len(content)))
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError:
        text = message("This is no settings file: it is no JSON. Save settings on this page to get one.")
        raise SettingError(text) from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("settings", {}), dict):
        text = message("This is no settings file: it should be one JSON object, with another one in settings.")
        raise SettingError(text)
    unknown = [name for name in parsed if name not in (*FIELDS, "format")]
    if unknown:
        text = message("A settings file has no field {field!r}. It has: {fields}.")
        raise SettingError(text.format(field=unknown[0][:40], fields=", ".join(FIELDS)), column=unknown[0])
    if parsed.get("format", FORMAT) != FORMAT:
        text = message("This settings file is of format {format!r}; format {known} is read here.")
        raise SettingError(text.format(format=parsed["format"], known=FORMAT), column="format")
    for name in ("model", "preset"):
        if not isinstance(parsed.get(name, "balanced" if name == "preset" else None), str):
            raise SettingError(message("A settings file needs {field} as a text.", field=name), column=name)
    return Recipe.checked(
        parsed["model"], parsed.get("preset", "balanced"), parsed.get("settings", {}), parsed.get("seed", 1),
        parsed.get("device", "auto"), parsed.get("cold_share", 0.0), parsed.get("liked_from"),
        parsed.get("split_by", "leave_one_out"), parsed.get("cut"), parsed.get("federated"),
    )  # fmt: skip


def of_run(workspace: Workspace, run_id: str) -> tuple[str, Recipe]:
    """(dataset id, recipe) of a run. Raises NotFoundError, or SettingError if its model no longer exists."""
    config = workspace.runs.open(run_id).config
    options = config.options.model_dump(exclude={"threads"})
    recipe = Recipe.checked(config.model, config.preset, config.settings, **options)
    return config.dataset_id, recipe
