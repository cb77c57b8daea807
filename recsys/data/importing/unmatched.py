"""Items and users that are in one table of an import but not in the other."""

from __future__ import annotations

import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.interactions import ITEM, Interactions
from recsys.messages import plural


def report_unmatched(
    log: Interactions,
    frame: pd.DataFrame,
    items: pd.DataFrame | None,
    users: pd.DataFrame | None,
    repairs: list[Repair],
) -> None:
    """Report the items and users that are in one table but not in the other."""
    if items is not None:
        with_events = set(frame[ITEM].unique())
        unknown, idle = len(with_events - set(items.index)), len(set(items.index) - with_events)
        if unknown:
            sentence = plural(
                "{n:,} item with interactions is not in the items file: it is shown by its id.",
                "{n:,} items with interactions are not in the items file: they are shown by their id.", unknown,
            )  # fmt: skip
            repairs.append(Repair(kind="unknown_items", message=sentence, count=unknown))
        if idle:
            sentence = plural(
                "{n:,} item of the items file has no event yet: models that read only ids cannot recommend it.",
                "{n:,} items of the items file have no event yet: models that read only ids cannot recommend them.",
                idle,
            )
            repairs.append(Repair(kind="cold_items", message=sentence, count=idle))
    if users is not None:
        listed, with_events = set(users.index), set(log.user_ids[1:])
        unknown, idle = len(with_events - listed), len(listed - with_events)
        if unknown:
            sentence = plural(
                "{n:,} user with interactions is not in the users file: the user's features are unknown.",
                "{n:,} users with interactions are not in the users file: their features are unknown.", unknown,
            )  # fmt: skip
            repairs.append(Repair(kind="unknown_users", message=sentence, count=unknown))
        if idle:
            sentence = plural(
                "{n:,} user of the users file has no event and was left out.",
                "{n:,} users of the users file have no event and were left out.", idle,
            )  # fmt: skip
            repairs.append(Repair(kind="idle_users", message=sentence, count=idle))
