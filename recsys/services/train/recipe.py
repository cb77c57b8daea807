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
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions

FORMAT = 1
LONGEST = 20_000  # bytes; a settings file has about 500
OPTIONS = tuple(name for name in TrainingOptions.model_fields if name != "threads")
FIELDS = ("model", "preset", "settings", *OPTIONS)


@dataclass(frozen=True)
class Recipe:
    """`settings` holds all settings of the model; `preset` is the preset they are based on. The options leave threads open."""

    model: str
    preset: str
    settings: dict[str, Any]
    options: TrainingOptions

    @classmethod
    def checked(cls, model: str, preset: str, settings: dict[str, Any], **options: Any) -> Recipe:
        """Validate a recipe and fill in missing settings from the preset. Raises SettingError naming the field."""
        if model not in MODELS:
            text = message("There is no model {model!r}. Choose one of: {models}.")
            raise SettingError(text.format(model=str(model)[:40], models=", ".join(MODELS)), column="model")
        all_settings = MODELS[model].Config.from_settings(preset, settings).model_dump()
        try:
            return cls(model, preset, all_settings, TrainingOptions(**options))
        except ValidationError as error:
            fault = error.errors()[0]
            name = str(fault["loc"][-1])  # the field within, of privacy and federated
            text = message("{setting} = {value!r}: {fault}.")
            text = text.format(setting=name, value=str(fault["input"])[:40], fault=fault_text(fault))
            raise SettingError(text, column=name) from None

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
    words += recipe.options.as_arguments()
    words += ["--workspace", str(workspace.path)] if workspace != open_workspace(".recscope") else []
    return shlex.join(words)


def to_file(recipe: Recipe) -> bytes:
    """Serialise a recipe as a JSON settings file."""
    content = {"format": FORMAT, "model": recipe.model, "preset": recipe.preset, "settings": recipe.settings}
    content |= recipe.options.model_dump(include=set(OPTIONS))
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
    options = {name: parsed[name] for name in OPTIONS if name in parsed}
    return Recipe.checked(parsed["model"], parsed.get("preset", "balanced"), parsed.get("settings", {}), **options)


def of_run(workspace: Workspace, run_id: str) -> tuple[str, Recipe]:
    """(dataset id, recipe) of a run. Raises NotFoundError, or SettingError if its model no longer exists."""
    config = workspace.runs.open(run_id).config
    options = config.options.model_dump(exclude={"threads"})
    recipe = Recipe.checked(config.model, config.preset, config.settings, **options)
    return config.dataset_id, recipe
