"""Content attributions of an item: its words and the regions of its picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from recsys.data.dataset import TEXT, TITLE
from recsys.explain import Situation
from recsys.explain.questions.content import TokenValue, picture_map, token_values, why_no_content
from recsys.messages import message
from recsys.models.inputs.content_embedding import TEXT_PART, content_embedding
from recsys.models.inputs.item_content import JOINT, PICTURE
from recsys.services.explain.explain_item import situation_of
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun

TOKEN_METHODS = {
    "replacement": message("Replace the word"),
    "removal": message("Blank the word"),
    "integrated_gradients": message("Integrated gradients"),
}
PICTURE_METHODS = {"occlusion": message("Cover one place"), "grad_cam": "Grad-CAM"}
PLACES = (
    (message("top left"), message("top centre"), message("top right")),
    (message("middle left"), message("middle centre"), message("middle right")),
    (message("bottom left"), message("bottom centre"), message("bottom right")),
)
FOR, AGAINST = (0, 114, 178), (213, 94, 0)  # the blue and the orange of the charts
STRONGEST = 0.75  # opacity of the tint over the strongest region
SIDE = 256  # longest side of a tinted picture, in pixels


@dataclass(frozen=True)
class Word:
    """A word at start : end of the item's `column` (title or text); `value` is its contribution to the score."""

    text: str
    column: str
    start: int
    end: int
    value: float


@dataclass(frozen=True, eq=False)
class ContentReasons:
    """Contributions of the words in `texts` (column -> text, same order) and of the cells of the picture.

    `places_SS` holds the contribution of each cell of a grid over the picture. It and `picture` are None where the
    model reads no pictures or the item has none.
    """

    texts: dict[str, str]
    words: list[Word]
    picture: Path | None
    places_SS: np.ndarray | None


def why_not(run: OpenRun) -> str | None:
    """Why content attributions are not available for a model that reads content; None for any other model."""
    return why_no_content(run.model) if content_embedding(run.model) is not None else None


def has_content(run: OpenRun) -> bool:
    return why_no_content(run.model) is None


def explain_content(
    run: OpenRun,
    query: Query,
    item_id: str,
    *,
    word_method: str = "replacement",
    picture_method: str = "occlusion",
    hide_seen: bool | None = None,
    situation: Situation | None = None,
) -> ContentReasons | None:
    """Attribute an item's score to its words and its picture; None where the score is no sum over content parts.

    `situation` may be passed if it was built before. Raises RecsysError where the item cannot be scored, SettingError
    for an unknown method.
    """
    if not has_content(run):
        return None
    item = run.item(item_id)
    situation = situation or situation_of(run, query, item_id, hide_seen=hide_seen)
    embedding = content_embedding(run.model)
    assert embedding is not None
    texts = _texts(run, item)
    return ContentReasons(
        texts=texts,
        words=_words(texts, token_values(situation, word_method)) if TEXT_PART in embedding.towers else [],
        picture=run.dataset.images.get(item) if PICTURE in embedding.towers else None,
        places_SS=picture_map(situation, picture_method) if PICTURE in embedding.towers else None,
    )


def _texts(run: OpenRun, item: int) -> dict[str, str]:
    """Column -> text that the model reads, in the order in which `content_of` joins them."""
    embedding = content_embedding(run.model)
    assert embedding is not None
    columns = [column for column in (TITLE, TEXT) if column in embedding.content.columns]
    return {column: str(run.dataset.items[column].iat[item]) for column in columns}


def _words(texts: dict[str, str], values: list[TokenValue]) -> list[Word]:
    """Map the tokens of the joined text back to offsets in their columns."""
    offset, words = 0, []
    for column, text in texts.items():
        end = offset + len(text)
        words += [
            Word(value.token.text, column, value.token.start - offset, value.token.end - offset, value.value)
            for value in values
            if offset <= value.token.start < end
        ]
        offset = end + len(JOINT)
    return words


def places(places_SS: np.ndarray) -> list[tuple[str, float]]:
    """(name, mean contribution) of each cell of a 3 × 3 grid over the picture, row by row, in units of the score."""
    rows = np.array_split(places_SS, 3)
    return [
        (name, float(part.mean()))
        for names, band in zip(PLACES, rows, strict=True)
        for name, part in zip(names, np.array_split(band, 3, axis=1), strict=True)
    ]


def tinted(picture: Path, places_SS: np.ndarray) -> Image.Image:
    """The picture in grey, tinted blue where it raises the score and orange where it lowers it, by strength."""
    with Image.open(picture, formats=("PNG",)) as opened:
        grey = opened.convert("L").convert("RGB")
    scale = SIDE / max(grey.size)
    grey = grey.resize((max(1, round(grey.width * scale)), max(1, round(grey.height * scale))))
    strength = np.abs(places_SS) / max(float(np.abs(places_SS).max()), 1e-12) * STRONGEST
    colours = np.where((places_SS >= 0)[..., None], FOR, AGAINST).astype("uint8")
    tint = Image.fromarray(colours).resize(grey.size, Image.Resampling.NEAREST)
    cover = Image.fromarray((strength * 255).astype("uint8")).resize(grey.size, Image.Resampling.BILINEAR)
    return Image.composite(tint, grey, cover)


def as_json(reasons: ContentReasons) -> dict[str, Any]:
    """The `content` object of the command line."""
    answer: dict[str, Any] = {
        "tokens": [
            {"token": word.text, "column": word.column, "start": word.start, "end": word.end, "value": word.value}
            for word in reasons.words
        ],
    }
    if reasons.places_SS is not None:
        answer["picture"] = {str(name): value for name, value in places(reasons.places_SS)}
    return answer
