"""Model settings with presets and validation. Each model has its own config class."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from recsys.errors import SettingError, fault_text
from recsys.messages import message
from recsys.models.inputs.item_content import parse_columns
from recsys.models.inputs.traits import parse_names
from recsys.models.search_range import searched

PRESETS = {"quick": message("quick"), "balanced": message("balanced"), "thorough": message("thorough")}

# Bounds and descriptions of settings whose default differs between models.
Epochs = Annotated[
    int,
    Field(
        ge=1, le=1000, description=message("Passes over the training data, at most."), json_schema_extra={"basic": True}
    ),
]
BatchSize = Annotated[
    int,
    Field(
        ge=1,
        le=4096,
        description=message("Histories in one training step, on average."),
        json_schema_extra=searched(16, 256, "power of two"),
    ),
]
LearningRate = Annotated[
    float,
    Field(gt=0, le=1, description=message("Size of each step."), json_schema_extra=searched(3e-4, 3e-2, "log")),
]
Dropout = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        description=message("Share of numbers hidden while training, against overfitting."),
        json_schema_extra=searched(0.0, 0.6),
    ),
]


class ModelConfig(BaseModel):
    """Settings of a model: bounds and help text feed the form, the command line and the errors.

    A field marked `json_schema_extra={"basic": True}` is shown first on the form, the rest is folded. One with
    `json_schema_extra=searched(…)` is searched by a sweep.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    presets: ClassVar[dict[str, dict[str, Any]]] = {"quick": {}, "thorough": {}}

    @property
    def content_columns(self) -> tuple[str, ...]:
        """Item content that the model reads besides the id."""
        return ()

    @property
    def user_columns(self) -> tuple[str, ...]:
        """User features that the model reads besides the events."""
        return ()

    @property
    def with_ratings(self) -> bool:
        """Whether the model reads the ratings of past events."""
        return False

    @classmethod
    def from_settings(cls, preset: str = "balanced", settings: dict[str, Any] | None = None) -> ModelConfig:
        """Build the config of a preset with `settings` on top. Raises SettingError that names the field."""
        presets = {"balanced": {}, **cls.presets}
        if preset not in presets:
            raise SettingError(
                message(
                    "No preset {preset!r} here. Choose one of {presets}.", preset=preset, presets=", ".join(presets)
                )
            )
        try:
            return cls(**{**presets[preset], **(settings or {})})
        except ValidationError as error:
            raise cls._fault(error.errors()[0]) from None

    @classmethod
    def _fault(cls, fault: ErrorDetails) -> SettingError:
        if not fault["loc"]:  # a validator of several settings has its own message
            return SettingError(message("{fault}.", fault=fault_text(fault)))
        field = str(fault["loc"][0])
        if fault["type"] == "extra_forbidden":
            names = ", ".join(cls.model_fields)
            text = message("This model has no setting {field!r}. It has: {names}.", field=field, names=names)
            return SettingError(
                text if names else message("This model has no setting {field!r}. It has none.", field=field),
                column=field,
            )
        text = message("Setting {field} = {value!r}: {fault}.")
        return SettingError(text.format(field=field, value=fault["input"], fault=fault_text(fault)), column=field)


class TrainedConfig(ModelConfig):
    """Settings of models trained in epochs."""

    epochs: Epochs = 60
    batch_size: BatchSize = 64
    learning_rate: LearningRate = 1e-3
    patience: int = Field(
        8, ge=1, le=1000, description=message("Epochs without a better validation NDCG@10 before training stops.")
    )
    content: str = Field(
        "", max_length=100, description=message("Item content that the model reads besides the id: title, text, category, price, picture. With " "content it can recommend cold-start items."),
    )  # fmt: skip
    id_dropout: float = Field(
        0.1,
        ge=0,
        lt=1,
        description=message(
            "Share of items whose id is hidden in a step, so that the model learns from their content."
        ),
    )
    user_features: str = Field(
        "", max_length=400, description=message("User features that the model reads besides the events: columns of the users table, such as " "age, gender, occupation."),
    )  # fmt: skip

    @field_validator("content")
    @classmethod
    def names_known_content(cls, content: str) -> str:
        return ", ".join(parse_columns(content))

    @field_validator("user_features")
    @classmethod
    def names_each_once(cls, names: str) -> str:
        return ", ".join(parse_names(names))

    @property
    def content_columns(self) -> tuple[str, ...]:
        return parse_columns(self.content)

    @property
    def user_columns(self) -> tuple[str, ...]:
        return parse_names(self.user_features)


class SequenceConfig(TrainedConfig):
    """Settings of sequence models."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {"epochs": 8, "max_length": 50, "learning_rate": 4e-3},
        "thorough": {"epochs": 200, "embedding_dim": 128, "patience": 20},
    }
    user_dropout: float = Field(
        0.2,
        ge=0,
        lt=1,
        description=message("Share of users whose features are hidden in a step, so that new users are served."),
    )
    ratings: Literal["off", "on"] = Field(
        "off", description=message("Whether the model sees the ratings of past events.")
    )
    mask_seen: Literal["on", "off"] = Field(
        "on", description=message("Leave items already in the history out of the training loss, as recommendations leave them " "out. Turn off for lists that include seen items. No effect where the dataset repeats items."),
    )  # fmt: skip
    embedding_dim: int = Field(
        64,
        ge=8,
        le=512,
        description=message("Numbers that describe an item."),
        json_schema_extra={"basic": True} | searched(16, 256, "power of two"),
    )
    max_length: int = Field(
        200,
        ge=2,
        le=1000,
        description=message("Newest events that the model reads."),
        json_schema_extra={"basic": True},
    )
    dropout: Dropout = 0.4

    @property
    def with_ratings(self) -> bool:
        return self.ratings == "on"
