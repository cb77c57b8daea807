"""Treatments that look at all ratings at once: empty ones filled with the median, all stretched to the scale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.importing.import_choices import Choices
from recsys.data.importing.number_values import RESCALE
from recsys.data.interactions import RATING
from recsys.messages import message


def with_decided_ratings(frame: pd.DataFrame, choices: Choices, repairs: list[Repair]) -> pd.DataFrame:
    """The events with their ratings as decided: stretched where one is off the scale, then empty ones filled."""
    if RATING not in frame:
        return frame
    scale = choices.scale if choices.treatments.get("off_scale") == RESCALE.name else None
    if scale is None and not frame[RATING].hasnans:
        return frame
    ratings = frame[RATING].to_numpy("float64")
    if scale is not None:
        ratings = _rescaled(ratings, scale, repairs)
    if np.isnan(ratings).any():
        median = float(np.nanmedian(ratings))
        sentence = message("Missing ratings were filled with the median rating, {median:g}.", median=median)
        repairs.append(Repair(kind="median_rating", message=sentence, count=int(np.isnan(ratings).sum())))
        ratings = np.where(np.isnan(ratings), median, ratings)
    return frame.assign(**{RATING: ratings.astype("float32")})


def _rescaled(ratings: np.ndarray, scale: tuple[float, float], repairs: list[Repair]) -> np.ndarray:
    """Ratings on the scale, the smallest at its lower and the largest at its upper end; unchanged if none is outside."""
    lowest, highest = scale
    smallest, largest = float(np.nanmin(ratings)), float(np.nanmax(ratings))
    if lowest <= smallest and largest <= highest:
        return ratings
    sentence = message(
        "Ratings of {smallest:g} to {largest:g} were stretched to the scale of {lowest:g} to {highest:g}.",
        smallest=smallest, largest=largest, lowest=lowest, highest=highest,
    )  # fmt: skip
    repairs.append(Repair(kind="rescaled", message=sentence, count=int(np.isfinite(ratings).sum())))
    if smallest == largest:
        return np.where(np.isnan(ratings), ratings, np.clip(ratings, lowest, highest))
    return lowest + (ratings - smallest) * (highest - lowest) / (largest - smallest)
