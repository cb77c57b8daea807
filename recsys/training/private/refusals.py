"""What a private training refuses: models without it, and inputs that read all users' data without noise."""

from __future__ import annotations

from recsys.errors import SettingError
from recsys.messages import message
from recsys.models import MODELS
from recsys.models.config import ModelConfig, TrainedConfig
from recsys.models.inputs.traits import STANDARD
from recsys.training.config import PRIVATE_MODELS, TrainingOptions


def check_private(model: str, settings: ModelConfig, options: TrainingOptions) -> None:
    """Raise SettingError, naming the field, for a private training that would not be private."""
    if model not in PRIVATE_MODELS:
        text = message(
            "{model} cannot be trained with a privacy budget. Choose one of {models}, or leave epsilon and noise out."
        )
        models = ", ".join(PRIVATE_MODELS)
        raise SettingError(text.format(model=MODELS[model].title, models=models), column="model")
    assert isinstance(settings, TrainedConfig)
    if settings.content:
        text = message(
            "content = {content}: the vectors of texts and pictures are learnt from all users without noise, so no privacy "
            "budget can cover them. Leave content empty."
        )
        raise SettingError(text.format(content=settings.content), column="content")
    if settings.with_ratings:
        text = message(
            "ratings = on: the levels of ratings are read from all users without noise, so no privacy budget can cover them. "
            "Leave ratings off."
        )
        raise SettingError(text, column="ratings")
    others = [name for name in settings.user_columns if name not in STANDARD]
    if others:
        text = message(
            "user_features = {features}: the values of these columns are read from all users without noise, so no privacy "
            "budget can cover them. Only age and gender, which count as public, can be used."
        )
        raise SettingError(text.format(features=", ".join(others)), column="user_features")
    if options.split_by == "time":
        text = message(
            "A time split ends training at a time that depends on the events of all users, so no privacy budget can cover "
            "it. Choose split_by = leave_one_out."
        )
        raise SettingError(text, column="split_by")
    if options.cold_share:
        text = message(
            "cold_share = {share:g}: the items to hold out are drawn from those that users touched, without noise, so no "
            "privacy budget can cover them. Leave cold_share at 0."
        )
        raise SettingError(text.format(share=options.cold_share), column="cold_share")
