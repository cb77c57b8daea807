"""Model cards: description, settings and presets of each model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from recsys.data.dataset import Dataset
from recsys.models import MODELS
from recsys.models.base import FittedModel
from recsys.models.inputs.item_content import content_columns
from recsys.models.inputs.rating_embedding import rating_edges
from recsys.models.inputs.traits import user_columns
from recsys.models.search_range import SearchRange, search_range


@dataclass(frozen=True)
class Setting:
    """A setting of a model. `type` is int, float or text; `low` and `high` are bounds or None.

    `search` is the range of a sweep, None for a setting that is not searched.
    """

    name: str
    type: str
    default: float | int | str
    low: float | None
    high: float | None
    help: str
    basic: bool
    search: SearchRange | None


@dataclass(frozen=True)
class ModelCard:
    """`presets`: name -> all settings with values. `trains` is False for models fitted in closed form."""

    name: str
    title: str
    family: str
    tagline: str
    summary: str
    trains: bool
    settings: tuple[Setting, ...]
    presets: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Columns:
    """Side information of a dataset: item content columns, user feature columns, and whether ratings vary."""

    content: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    ratings: bool = False


def columns_of(dataset: Dataset) -> Columns:
    return Columns(content_columns(dataset), user_columns(dataset), ratings=len(rating_edges(dataset.interactions)) > 0)


def list_models() -> list[ModelCard]:
    return [model_card(name) for name in MODELS]


def as_json() -> list[dict[str, Any]]:
    """All models with their settings, as plain values."""
    return [
        {
            "name": card.name,
            "family": card.family,
            "summary": card.summary,
            "settings": [asdict(setting) for setting in card.settings],
        }
        for card in list_models()
    ]


def table_markdown() -> str:
    """The table of models in the README."""
    rows = [f"| `{model.name}` | {model.family} | {model.summary} |" for model in MODELS.values()]
    return "\n".join(["| name | family | what it does |", "|---|---|---|", *rows])


@cache
def model_card(name: str) -> ModelCard:
    model = MODELS[name]
    schema = model.Config.model_json_schema()["properties"] if model.Config.model_fields else {}
    settings = tuple(
        Setting(
            name=field,
            type={"integer": "int", "string": "text"}.get(schema_of_field["type"], "float"),
            default=schema_of_field["default"],
            low=schema_of_field.get("minimum", schema_of_field.get("exclusiveMinimum")),
            high=schema_of_field.get("maximum", schema_of_field.get("exclusiveMaximum")),
            help=schema_of_field["description"],
            basic=schema_of_field.get("basic", False),
            search=search_range(schema_of_field),
        )
        for field, schema_of_field in schema.items()
    )
    names = list(dict.fromkeys(["quick", "balanced", "thorough", *model.Config.presets])) if settings else ["balanced"]
    presets = {preset: model.Config.from_settings(preset).model_dump() for preset in names}
    return ModelCard(
        name=model.name,
        title=model.title,
        family=model.family,
        tagline=model.tagline,
        summary=model.summary,
        trains=not issubclass(model, FittedModel),
        settings=settings,
        presets=presets,
    )
