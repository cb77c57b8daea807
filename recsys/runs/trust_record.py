"""Measured faithfulness of a run's explanations, stored as `trust.json` in its folder.

It is derived from weights and dataset, so it is not part of a complete run. It is neither exported nor imported, since
an imported file could claim anything; a run without it is measured again. It is used only with the weights and the
version it was measured with, and only if it is as it was written: the file holds the SHA-256 of its content. A file
of an earlier version has none and is used as before.
"""

from __future__ import annotations

from recsys.runs.checked_json import Frozen, is_changed, load_checked, save_checked
from recsys.runs.store import RunFolder

TRUST, VERSION = "trust.json", 2
Interval = tuple[float, float]


class Figure(Frozen):
    """A mean over users with its 95 % interval; None for a single user."""

    mean: float
    interval: Interval | None


class MethodTrust(Frozen):
    """Faithfulness of one method: mean areas over users (explain/questions/faithfulness.py).

    `gain` is insertion minus deletion, 0 for random orders. `undoes` is random minus deletion and `rebuilds` insertion
    minus random, for the same user. `beyond_exact` is the gain minus that of exact removals for the same users, None
    for exact removals. `verdicts` counts users by verdict. `correlation` is with exact removals. `randomised` is the
    correlation with the same method on a network with random weights: near 0 if explanations depend on what was
    learnt. Both are None if there is none. `seconds` is the median. `undoes_by_user` and `rebuilds_by_user` are the values
    of these means in the order of `Trust.users`, empty in a file of an earlier version.
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
    undoes_by_user: tuple[float, ...] = ()
    rebuilds_by_user: tuple[float, ...] = ()


class GroupTrust(Frozen):
    """Gain of the default method for one user group: `kind` is the grouping, `holds` the share of faithful ones."""

    kind: str
    name: str
    num_users: int
    gain: Figure
    holds: float


class CauseTrust(Frozen):
    """How often a method ranks a planted cause among the top events (services/models/planted_causes.py).

    `recall` and `precision` by number of top events.
    """

    method: str
    recall: dict[int, float]
    precision: dict[int, float]


class PlantedTrust(Frozen):
    """`cases` recommendations with a known cause; `chance` is the recall at 1 of a random order."""

    cases: int
    chance: float
    methods: tuple[CauseTrust, ...]


class Trust(Frozen):
    """Faithfulness of all methods of a run.

    `usual` is the default method; `users` are the ids of those measured; `random` the mean area of random orders, the reference for deletion and insertion.
    `planted` is None if no causes are known, or if it was `stopped` before all of `num_asked` users were measured.
    """

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
    stopped: bool = False
    users: tuple[str, ...] = ()

    @property
    def faithful_share(self) -> float | None:
        """Share of users whose explanation by the default method is faithful."""
        counts = [method.verdicts.get("holds", 0) for method in self.methods if method.method == self.usual]
        return counts[0] / self.num_users if counts and self.num_users else None


def load_trust(folder: RunFolder) -> Trust | None:
    """Load the measurement; None if there is none, if it is damaged, or if the weights or the version have changed."""
    trust = load_checked(folder.path / TRUST, Trust)
    record = folder.record
    if trust is None or record is None:
        return None
    return trust if trust.weights_sha256 == record.weights_sha256 and trust.version == VERSION else None


def is_damaged(folder: RunFolder) -> bool:
    """Whether the stored measurement is not as it was written, so that it cannot be used."""
    return is_changed(folder.path / TRUST)


def save_trust(folder: RunFolder, trust: Trust) -> None:
    save_checked(folder.path / TRUST, trust)
