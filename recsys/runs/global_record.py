"""What drives a run's recommendations over a sample of users, stored as `global_view.json` in its folder.

Like the faithfulness (trust_record.py) it is derived from weights and dataset: it is neither exported nor imported, and used
only with the weights and the version it was computed with, if it is as it was written.
"""

from __future__ import annotations

from recsys.runs.checked_json import Frozen, is_changed, load_checked, save_checked
from recsys.runs.store import RunFolder

GLOBAL_VIEW, VERSION = "global_view.json", 1
Interval = tuple[float, float]


class Effect(Frozen):
    """Effect of one kind of input on the first recommendation, over the users whose recommendation has it.

    `mean` is the mean absolute effect of one input of this kind, with its 95 % bootstrap interval over users (None for a single
    user), and `signed` the mean effect. `share` is its part of the sum of all absolute effects of the table. `count` is the
    number of inputs; an event of several categories counts in parts.
    """

    name: str
    mean: float
    interval: Interval | None
    signed: float
    share: float
    num_users: int
    count: float


class CategoryEffect(Effect):
    """Effect of the events of category `name` on recommended items of category `item_category`."""

    item_category: str


class GlobalView(Frozen):
    """Effects by position (1 = newest event), category, source of the score breakdown, and so on.

    `method` is the explanation method and `quantity` what is explained (explain/quantity.py). `fields` are inputs about the
    user and, of a pair model, the item. `words`, `columns` and `regions` are of the content of the recommended item. `items`
    are ids of the items whose events have the largest sum of absolute effects. Tables that the model does not have are
    empty. `stopped` before all of `num_asked` users were done.
    """

    version: int = VERSION
    weights_sha256: str
    seed: int
    num_users: int
    num_asked: int
    method: str
    quantity: str
    positions: tuple[Effect, ...]
    categories: tuple[CategoryEffect, ...]
    sources: tuple[Effect, ...]
    fields: tuple[Effect, ...]
    words: tuple[Effect, ...]
    columns: tuple[Effect, ...]
    regions: tuple[Effect, ...]
    items: tuple[Effect, ...]
    seconds: float
    measured: str
    stopped: bool = False


def load_global_view(folder: RunFolder) -> GlobalView | None:
    """Load the view; None if there is none, if it is damaged, or if the weights or the version have changed."""
    view, record = load_checked(folder.path / GLOBAL_VIEW, GlobalView), folder.record
    if view is None or record is None:
        return None
    return view if view.weights_sha256 == record.weights_sha256 and view.version == VERSION else None


def is_view_damaged(folder: RunFolder) -> bool:
    """Whether the stored view is not as it was written, so that it cannot be used."""
    return is_changed(folder.path / GLOBAL_VIEW)


def save_global_view(folder: RunFolder, view: GlobalView) -> None:
    save_checked(folder.path / GLOBAL_VIEW, view)
