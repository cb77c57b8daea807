"""Rank a new, typed-in item for all users by its content alone.

Raises SettingError for runs that cannot score cold-start items (`why_no_new_item`), for a request without any content
the model reads, and for an invalid picture or price.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor
from torch.nn.functional import cosine_similarity

from recsys.data.dataset import CATEGORY, PRICE, TEXT, TITLE
from recsys.data.images import clean_picture
from recsys.errors import SettingError
from recsys.messages import Message, message, plural
from recsys.models.base import SequenceModel
from recsys.models.inputs.content_embedding import ContentEmbedding, content_embedding
from recsys.models.inputs.item_content import PICTURE, content_columns, read_picture
from recsys.models.inputs.tokens import tokenise
from recsys.recommend.blend import Blend
from recsys.recommend.cold_item import NewItem, category_code, ranks_for_all, states_of, vector
from recsys.services.train.recipe import Recipe
from recsys.services.workspace.open_run import OpenRun

MAX_PICTURE = 10_000_000  # bytes
MAX_PRICE = 1e12
MAX_USERS, SEED = 20_000, 20_240_501  # users beyond this number are sampled with this seed
TAKERS, LATEST, ALIKE, NAMED = 20, 3, 5, 5


@dataclass(frozen=True)
class NewItemRequest:
    """The item as typed; empty or None means unknown. `picture` holds the bytes of a PNG, JPEG or WebP file."""

    title: str = ""
    text: str = ""
    category: str = ""
    price: float | None = None
    picture: bytes | None = None


@dataclass(frozen=True, eq=False)
class Readers:
    """`users` [U] indices and the `states` [U, D] of their full histories, shared by all new items."""

    users: np.ndarray
    states: Tensor


@dataclass(frozen=True)
class Taker:
    """A user and the `rank` of the new item for them; `latest` are titles of their newest events, newest first."""

    user_id: str
    rank: int
    latest: tuple[str, ...]


@dataclass(frozen=True)
class SimilarItem:
    """A catalogue item and the `cosine` similarity of its vector with the new item's, -1 to 1."""

    item_id: str
    title: str
    category: str
    image: Path | None
    cosine: float


@dataclass(frozen=True)
class Placed:
    """Ranks of a new item. `in_top` is the share of users by cut-off K; `takers` are the users with the best ranks."""

    notes: tuple[str, ...]
    num_users: int
    of_users: int
    num_items: int
    in_top: dict[int, float]
    median_rank: float
    takers: tuple[Taker, ...]
    alike: tuple[SimilarItem, ...]


def why_no_new_item(run: OpenRun) -> Message | None:
    """Why this run cannot score a cold-start item, in a sentence; None where it can."""
    if isinstance(run.model, Blend):
        return message("A blend adds up several models: open one of its parts that reads item content.")
    if content_embedding(run.model) is None:
        return message("This model reads item ids only, and a cold-start item has no trained id.")
    if not isinstance(run.model, SequenceModel):
        return message(
            "{model} reads an item together with other inputs, so that a new one cannot be placed without "
            "training anew: use a model that reads histories, such as GRU4Rec or SASRec.",
            model=run.model.title,
        )
    return None


def content_recipe(run: OpenRun) -> Recipe | None:
    """A recipe for a model that can score new items: the run's, or GRU4Rec, reading titles and pictures.

    It reads the other content columns where there are neither, and is None without any.
    """
    columns = content_columns(run.dataset)
    content = [name for name in (TITLE, PICTURE) if name in columns] or list(columns)
    if not content:
        return None
    name = run.config.model if isinstance(run.model, SequenceModel) else "gru4rec"
    return Recipe.checked(name, "balanced", {"content": ", ".join(content)})


def reads(run: OpenRun) -> tuple[str, ...]:
    """Content columns of items that the model reads."""
    embedding = content_embedding(run.model)
    return () if embedding is None else embedding.content.columns


def readers(run: OpenRun) -> Readers:
    """Encode the histories of all users, or of a sample of MAX_USERS. Raises SettingError, see `why_no_new_item`."""
    _, model = _content_model(run)
    log = run.dataset.interactions
    users = np.arange(1, log.num_users + 1)
    if len(users) > MAX_USERS:
        users = np.sort(np.random.default_rng(SEED).permutation(users)[:MAX_USERS])
    return Readers(users, states_of(model, log, users))


def place(run: OpenRun, request: NewItemRequest, encoded_users: Readers) -> Placed:
    """Rank a new item for all of `encoded_users`, the `readers` of this run."""
    embedding, model = _content_model(run)
    item, notes = _parsed(embedding, request)
    vector_D = vector(embedding, item)
    log = run.dataset.interactions
    ranks = ranks_for_all(model, log, run.candidates, encoded_users.users, encoded_users.states, vector_D)
    best = np.argsort(ranks, kind="stable")[:TAKERS]
    return Placed(
        notes=tuple(notes),
        num_users=len(ranks),
        of_users=log.num_users,
        num_items=log.num_items,
        in_top={k: float((ranks <= k).mean()) for k in (10, 50)},
        median_rank=float(np.median(ranks)),
        takers=tuple(_taker(run, int(encoded_users.users[row]), int(ranks[row])) for row in best),
        alike=_alike(run, embedding, vector_D),
    )


def _content_model(run: OpenRun) -> tuple[ContentEmbedding, SequenceModel]:
    if (why := why_no_new_item(run)) is not None:
        raise SettingError(why)
    embedding = content_embedding(run.model)
    assert embedding is not None and isinstance(run.model, SequenceModel), "checked by why_no_new_item"
    return embedding, run.model


def _parsed(embedding: ContentEmbedding, request: NewItemRequest) -> tuple[NewItem, list[str]]:
    """(the item as the model reads it, notes on content it does not know). Raises SettingError."""
    columns = embedding.content.columns
    typed = {TITLE: request.title.strip(), TEXT: request.text.strip()}
    is_given = {
        **typed, CATEGORY: request.category.strip(), PRICE: request.price is not None, PICTURE: request.picture,
    }  # fmt: skip
    if not any(is_given[column] for column in columns):
        raise SettingError(
            message("Nothing to score yet: enter at least one of {columns}.", columns=message(", ").join(columns)),
            column=columns[0],
        )
    if request.price is not None and not 0 < request.price <= MAX_PRICE:
        raise SettingError(
            message("The price is {price:g}; it must be a number above 0.", price=request.price), column=PRICE
        )
    # Joined like the catalogue's texts; without typed text there are no words.
    text = ". ".join(typed[column] for column in (TITLE, TEXT) if column in columns)
    item = NewItem(text, request.category.strip(), request.price, _picture(request.picture))
    notes = [_unknown_words(embedding, text), _unknown_category(embedding, item.category)]
    missing = [column for column in columns if not is_given[column]]
    notes.append(message("Not entered, so unknown: {columns}.", columns=message(", ").join(missing)) if missing else "")
    return item, [note for note in notes if note]


def _picture(content: bytes | None) -> np.ndarray | None:
    if content is None:
        return None
    if len(content) > MAX_PICTURE:
        raise SettingError(
            message("The picture has {size:.1f} MB; at most {limit:.0f} MB are read. Make it smaller.", size=len(content) / 1e6, limit=MAX_PICTURE / 1e6), column=PICTURE,
        )  # fmt: skip
    with Image.open(io.BytesIO(clean_picture(content, message("of the new item"))), formats=["PNG"]) as picture:
        return read_picture(picture)


def _unknown_words(embedding: ContentEmbedding, text: str) -> str:
    words = [token.text for token in tokenise(text)]
    if not words or not embedding.content.texts:
        return ""
    vocabulary = set(embedding.content.vocabulary.words)
    unknown = list(dict.fromkeys(word for word in words if word not in vocabulary))
    if not unknown:
        return ""
    shown: str = message(", ").join(unknown[:NAMED])
    if len(unknown) > NAMED:
        shown += " …"
    return plural(
        "{n} of {total} words is new to the model ({words}): it reads it like any rare word.",
        "{n} of {total} words are new to the model ({words}): it reads them like any rare word.",
        sum(word not in vocabulary for word in words), total=len(words), words=shown,
    )  # fmt: skip


def _unknown_category(embedding: ContentEmbedding, category: str) -> str:
    if not category or embedding.category is None or category_code(embedding, category):
        return ""
    return message("The model has learnt no category {category!r}: it counts as unknown.", category=category)


def _taker(run: OpenRun, user: int, rank: int) -> Taker:
    log = run.dataset.interactions
    latest = log.history(user)[: -LATEST - 1 : -1]
    return Taker(str(log.user_ids[user]), rank, tuple(run.dataset.title(int(item)) for item in latest))


def _alike(run: OpenRun, embedding: ContentEmbedding, vector_D: Tensor) -> tuple[SimilarItem, ...]:
    cosines_N = cosine_similarity(embedding.weight.detach(), vector_D[None], dim=-1).cpu().numpy()
    order = np.argsort(-cosines_N[1:], kind="stable")[:ALIKE] + 1
    dataset = run.dataset
    names = dataset.items.get(CATEGORY)
    return tuple(
        SimilarItem(
            str(dataset.interactions.item_ids[item]), dataset.title(item),
            "" if names is None else str(names.iat[item]),
            dataset.images.get(int(item)), float(cosines_N[item]),
        )
        for item in order
    )  # fmt: skip
