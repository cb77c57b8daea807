"""Search ranges of settings, declared where the setting is, for sweeps.

A range is narrower than the bounds of its setting: it holds the values worth trying. A setting without one is not searched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Scale = Literal["linear", "log", "power of two"]
KEY = "search"  # in the JSON schema of a setting
DIGITS = 3  # significant digits of a drawn number: it is read and typed by people


@dataclass(frozen=True)
class SearchRange:
    """Values from `low` to `high`, both included: equally likely on a linear or log scale, or as powers of two."""

    low: float
    high: float
    scale: Scale
    is_integer: bool

    def at(self, quantile: float) -> float:
        """Value at a quantile in [0, 1)."""
        if self.scale == "power of two":
            powers = self.powers
            return powers[int(quantile * len(powers))]
        if self.is_integer and self.scale == "linear":
            return int(self.low) + int(quantile * (self.high - self.low + 1))
        if self.scale == "log":
            value = math.exp(math.log(self.low) + quantile * math.log(self.high / self.low))
        else:
            value = self.low + quantile * (self.high - self.low)
        value = min(self.high, max(self.low, float(f"{value:.{DIGITS}g}")))
        return round(value) if self.is_integer else value

    @property
    def powers(self) -> tuple[int, ...]:
        """All values of a range of powers of two."""
        return tuple(2**power for power in range(int(math.log2(self.low)), int(math.log2(self.high)) + 1))


def searched(low: float, high: float, scale: Scale = "linear") -> dict[str, Any]:
    """Search range of a setting, for the `json_schema_extra` of its field."""
    return {KEY: {"low": low, "high": high, "scale": scale}}


def search_range(field_schema: dict[str, Any]) -> SearchRange | None:
    """Search range in the JSON schema of a field; None if the setting is not searched."""
    if KEY not in field_schema:
        return None
    return SearchRange(**field_schema[KEY], is_integer=field_schema["type"] == "integer")
