"""The points of a large map as one picture: a browser draws it at once, where as many elements would take seconds."""

from __future__ import annotations

import base64
import io

import numpy as np
import plotly.graph_objects as go
from PIL import Image

SIDE = 1500  # pixels of the longer side: three for each on the screen
RADIUS = 3  # pixels of a point
MARGIN = 0.02  # of the longer side, so that no point is cut
OPACITY = 0.7


def layer(points_M2: np.ndarray, colours_M3: np.ndarray) -> go.layout.Image:
    """The points [M, 2] in their colours [M, 3] (uint8) as a picture that lies below the traces, in the same coordinates.

    Where points overlap, one drawn by lot is above, so that no colour covers another throughout.
    """
    low, high = points_M2.min(0).astype(np.float64), points_M2.max(0).astype(np.float64)
    room = MARGIN * max(*(high - low), 1e-9)
    low, high = low - room, high + room
    scale = (SIDE - 1) / max(high - low)
    width, height = np.ceil((high - low) * scale).astype(int) + 1
    pixels = np.zeros((height, width, 4), dtype=np.uint8)
    order = np.random.default_rng(1).permutation(len(points_M2))
    columns, rows = ((points_M2[order] - low) * scale).round().astype(int).T
    colours = np.concatenate([colours_M3[order], np.full((len(order), 1), 255, np.uint8)], axis=1)
    for down in range(-RADIUS, RADIUS + 1):
        for right in range(-RADIUS, RADIUS + 1):
            if down**2 + right**2 <= RADIUS**2 + 1:
                at = (height - 1 - rows + down).clip(0, height - 1), (columns + right).clip(0, width - 1)
                pixels[at] = colours
    return go.layout.Image(
        source=_uri(pixels), xref="x", yref="y", x=low[0], y=high[1], sizex=(width - 1) / scale, sizey=(height - 1) / scale,
        sizing="stretch", layer="below", opacity=OPACITY,
    )  # fmt: skip


def _uri(pixels: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
