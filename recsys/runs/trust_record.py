"""How far the explanations of a run can be trusted, as it was measured: `trust.json` of its folder.

Derived from weights and data, so it is never part of what makes a run whole: it is neither exported nor taken in, since
whoever passes a run on could write what they like, and a run without it is measured again. It is read for the very
weights and by the very rules that it was measured with, else it is passed over.
"""

from __future__ import annotations

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.data.files import read_json, write_json
from recsys.runs.store import RunFolder

TRUST, VERSION = "trust.json", 2
Interval = tuple[float, float]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Figure(Frozen):
    """A mean over users with its 95 % interval; None for a single user."""

    mean: float
    interval: Interval | None


class MethodTrust(Frozen):
    """Areas of explain/faithfulness.py, means over users; `gain` is insertion less deletion, 0 for random orders.

    `undoes` and `rebuilds`: by how much deletion is below, and insertion above, the random orders of the same user.
    `beyond_exact` is the gain less that of exact removals for the same users, None for these themselves. `verdicts` counts
    users by verdict, `correlation` is with exact removals, `randomised` with the same method's answers about a network
    of random weights (near 0 where explanations say what was learnt); None where there is none. `seconds`: the median.
    """

    method: str
    deletion: Figure
    insertion: Figure
    undoes: Figure
    rebuilds: Figure
    gain: Figure
    beyond_exact: Figure | None
    verdicts: dict[str, int]
    correlation: float | None
    randomised: float | None
    seconds: float


class GroupTrust(Frozen):
    """The gain of the usual method for the users of a group: `kind` is what they are grouped by, `holds` a share."""

    kind: str
    name: str
    num_users: int
    gain: Figure
    holds: float


class CauseTrust(Frozen):
    """How often one method has a planted cause (services/causes.py) among its first events: `recall` and `precision` by how
    many of them."""

    method: str
    recall: dict[int, float]
    precision: dict[int, float]


class PlantedTrust(Frozen):
    """`cases` recommendations whose cause is known; `chance` is the recall at 1 of a random order."""

    cases: int
    chance: float
    methods: tuple[CauseTrust, ...]


class Trust(Frozen):
    """`usual` is the method that the run is explained by unless another is asked for; `random` the mean area of random
    orders, by which both deletion and insertion are measured. `planted` is None where no causes are known."""

    version: int = VERSION
    weights_sha256: str
    seed: int
    num_users: int
    num_asked: int
    random: Figure
    methods: tuple[MethodTrust, ...]
    usual: str
    groups: tuple[GroupTrust, ...]
    why_not_randomised: str
    planted: PlantedTrust | None = None
    seconds: float
    measured: str


def load_trust(folder: RunFolder) -> Trust | None:
    """What was measured for the weights that are there; None where nothing was, or of other weights or by other rules."""
    record = folder.record
    try:
        trust = Trust.model_validate(read_json(folder.path / TRUST))
    except (FileNotFoundError, ValidationError, orjson.JSONDecodeError):
        return None
    is_current = record is not None and trust.weights_sha256 == record.weights_sha256 and trust.version == VERSION
    return trust if is_current else None


def save_trust(folder: RunFolder, trust: Trust) -> None:
    write_json(folder.path / TRUST, trust.model_dump(mode="json"))
