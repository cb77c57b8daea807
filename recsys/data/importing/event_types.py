"""Types of events, such as view, cart and buy: which of them count, and with which weight.

Equal weights leave events without ratings, each type an event of the same kind. Different weights become the ratings: then one
event of a user and an item counts, that of the largest weight, and of several such the latest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from recsys.data.dataset import Repair
from recsys.data.importing.column import Column
from recsys.data.importing.faults import DROP_ROWS, Decisions, Fault, Treatment
from recsys.data.importing.repeats import of_rows, time_column_of
from recsys.data.interactions import ITEM, RATING, USER
from recsys.errors import DataError
from recsys.messages import message, plural, short

EVENT = "event"  # column with the type of each event
ALL = Treatment(name="all", label=message("each type is an event, and all weigh the same"))
STRONGEST = Treatment(
    name="strongest", label=message("of a user and an item the strongest counts, as a rating: view 1, cart 3, buy 5")
)
KEEP = Treatment(name="keep", label=message("count them with weight 1"))
STRENGTHS = {
    **dict.fromkeys(("view", "pv", "click", "detail", "viewed", "clicked", "browse", "浏览", "点击", "查看"), 1.0),
    **dict.fromkeys(("cart", "addtocart", "fav", "favorite", "favourite", "collect", "wishlist", "收藏", "加购"), 3.0),
    **dict.fromkeys(("buy", "purchase", "order", "pay", "transaction", "bought", "purchased", "购买", "下单"), 5.0),
}  # of names without signs and in lower case
SHOWN = 10  # types in the sentences of a fault
LISTED = 50  # types that a fault counts


def parse_event_types(column: Column) -> np.ndarray:
    """Types of events as text, without blanks around them; rows without one are a fault to decide about."""
    types = [text.strip() for text in column.distinct]
    if empty := [i for i, text in enumerate(types) if not text]:
        column.ask("no_event_type", empty, message("the type of event is empty (missing)."))
    return column.filled(np.array(types, dtype=object))


def with_event_types(
    frame: pd.DataFrame, chosen: Mapping[str, float] | None, decisions: Decisions, repairs: list[Repair]
) -> tuple[pd.DataFrame, dict[str, float] | None]:
    """The events of the types that count, without the column EVENT; and the weight of each type, None without types.

    Raises DataError where weights differ and the events have ratings already, and where no type counts.
    """
    if EVENT not in frame:
        return frame, None
    counts = frame[EVENT].value_counts()
    weights = _weights(frame, counts, chosen, decisions)
    values = frame[EVENT].map(weights).to_numpy("float64")
    frame = frame.drop(columns=EVENT)
    if not (values > 0).any():
        raise DataError(message("No type of event counts: all weights are 0. Give one of them a weight."), column=EVENT)
    shown = message(", ").join(
        [
            message("{type} {weight:g} ({n:,})", type=short(str(name)), n=int(n), weight=weights[str(name)])
            for name, n in counts.head(SHOWN).items()
        ]
    )
    sentence = message("Weights of the types of events, and how many there are: {types}.", types=shown)
    repairs.append(Repair(kind="event_weights", message=sentence, count=len(counts)))
    if (values == 0).any():
        sentence = plural(
            "{n:,} event of a type that does not count was left out.",
            "{n:,} events of types that do not count were left out.", int((values == 0).sum()),
        )  # fmt: skip
        repairs.append(of_rows("event_weight_0", sentence, frame[values == 0]))
    counting = [weight for weight in weights.values() if weight > 0]
    frame, values = frame[values > 0], values[values > 0]
    return (frame if len(set(counting)) == 1 else _strongest(frame, values, repairs)), weights


def _weights(
    frame: pd.DataFrame, counts: pd.Series, chosen: Mapping[str, float] | None, decisions: Decisions
) -> dict[str, float]:
    """Weight of each type of the file: as chosen, by treatment, or 1 where there is but one type."""
    types = [str(name) for name in counts.index]
    if chosen is None:
        if len(types) == 1:
            return {types[0]: 1.0}
        strengths = {name: STRENGTHS.get("".join(filter(str.isalnum, name.lower())), 0.0) for name in types}
        treatments = [ALL] + [STRONGEST] * (all(strengths.values()) and len(set(strengths.values())) > 1)
        sentence = message(
            "The events are of {count} types. Which of them count, and do some weigh more?", count=len(types)
        )
        fault = _fault("event_types", sentence, counts, len(frame), treatments)
        is_strongest = decisions.treatment(fault) == STRONGEST.name
        return strengths if is_strongest else dict.fromkeys(types, 1.0)
    weights = dict(chosen)
    new = [name for name in types if name not in weights]
    if new:
        rows = frame[frame[EVENT].isin(new)]
        sentence = message(
            "Line {line}: the type of event {type!r} has no weight.", line=int(rows["line"].iloc[0]), type=short(new[0])
        )
        fault = _fault("new_event_types", sentence, counts[new], len(frame), [DROP_ROWS, KEEP], rows["line"].to_numpy())
        weights |= dict.fromkeys(new, 1.0 if decisions.treatment(fault) == KEEP.name else 0.0)
    return weights


def _fault(
    kind: str,
    sentence: str,
    counts: pd.Series,
    num_rows: int,
    treatments: list[Treatment],
    lines: np.ndarray | None = None,
) -> Fault:
    values = [message("{type} ({n:,})", type=short(str(name)), n=int(n)) for name, n in counts.head(SHOWN).items()]
    return Fault(
        kind=kind, file="interactions", message=sentence, count=int(counts.sum()), rows=num_rows,
        lines=() if lines is None else tuple(int(line) for line in lines[:SHOWN]), values=tuple(values), column=EVENT,
        treatments=tuple(treatments), types=tuple((str(name), int(n)) for name, n in counts.head(LISTED).items()),
    )  # fmt: skip


def _strongest(frame: pd.DataFrame, weights: np.ndarray, repairs: list[Repair]) -> pd.DataFrame:
    """Weights as ratings, and of each user and item the event of the largest weight, the latest of several."""
    if RATING in frame:
        text = message(
            "The events have ratings, and the weights of their types differ. Leave the column of ratings out, or give all "
            "types that count the same weight."
        )
        raise DataError(text, column=EVENT)
    frame = frame.assign(**{RATING: weights.astype("float32")})
    time = time_column_of(frame)
    order = frame.sort_values([RATING, *([time] if time else [])], kind="stable")
    is_weaker = order.duplicated([USER, ITEM], keep="last").sort_index().to_numpy()
    if is_weaker.any():
        sentence = plural(
            "{n:,} event was merged with a stronger or later one of the same user and item.",
            "{n:,} events were merged with stronger or later ones of the same user and item.", int(is_weaker.sum()),
        )  # fmt: skip
        repairs.append(of_rows("weaker_events", sentence, frame[is_weaker]))
    return frame[~is_weaker]
