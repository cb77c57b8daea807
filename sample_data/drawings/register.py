"""Table of drawings. `@drawing` enters a function under its name."""

from __future__ import annotations

from collections.abc import Callable

from sample_data.canvas import Canvas

Drawing = Callable[[Canvas], None]
DRAWINGS: dict[str, Drawing] = {}


def drawing(function: Drawing) -> Drawing:
    DRAWINGS[function.__name__] = function
    return function
