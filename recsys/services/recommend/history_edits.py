"""A history being tuned: a user's own events, or none, and what a person adds, removes or moves.

A draft is written into an address as `0-33.n17.35`: events of the user's own log by position (from 0, the oldest),
and `n` with an item index for an item that was added. Positions and indices last, since a dataset's id stands
for its content. Refuses, with SettingError, an address that is no such text or fits another log.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

import numpy as np

from recsys.errors import SettingError

MAX_TEXT = 1500  # characters of an address: what every browser and chat program passes on
NOTHING = "none"
RUN, ADDED = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?"), re.compile(r"n(\d{1,9})")


@dataclass(frozen=True)
class Draft:
    """`entries`, oldest first: p >= 0 is event p of the user's own log, -i is item index i, added by hand.

    `num_own` is how many events that log has, 0 for a custom history.
    """

    num_own: int
    entries: tuple[int, ...]

    @classmethod
    def untouched(cls, num_own: int) -> Draft:
        return cls(num_own, tuple(range(num_own)))

    @property
    def is_edited(self) -> bool:
        return self.entries != tuple(range(self.num_own))

    def added(self, item: int) -> Draft:
        """With one more event, the newest."""
        return replace(self, entries=(*self.entries, -item))

    def removed(self, position: int) -> Draft:
        return replace(self, entries=self.entries[:position] + self.entries[position + 1 :])

    def moved(self, position: int, by: int) -> Draft:
        """With the event at `position` that many places newer (older where negative), as far as there are any."""
        target = min(max(position + by, 0), len(self.entries) - 1)
        rest = self.removed(position).entries
        return replace(self, entries=(*rest[:target], self.entries[position], *rest[target:]))

    def without(self, places: Iterable[int]) -> Draft:
        gone = set(places)
        return self.keep_only(position for position in range(len(self.entries)) if position not in gone)

    def keep_only(self, places: Iterable[int]) -> Draft:
        """The events at these places alone, in the order of the places."""
        return replace(self, entries=tuple(self.entries[position] for position in places))

    def newest(self, count: int) -> Draft:
        """Only so many of the newest events, all of them where there are fewer."""
        return replace(self, entries=self.entries[max(0, len(self.entries) - count) :])

    def items(self, events: np.ndarray) -> np.ndarray:
        """[num_entries] int64 item indices, for the log's own items [num_own]."""
        return np.array([events[entry] if entry >= 0 else -entry for entry in self.entries], dtype=np.int64)

    def summary(self) -> str:
        """ "1 added, 2 removed, order changed": what the draft is beside the user's own history."""
        kept = [entry for entry in self.entries if entry >= 0]
        added, removed = len(self.entries) - len(kept), self.num_own - len(kept)
        stays = self.entries[: len(kept)]  # what is added comes last as long as nothing was moved
        parts = [f"{added} added"] * bool(added) + [f"{removed} removed"] * bool(removed)
        parts += ["order changed"] * (list(stays) != sorted(kept))
        return ", ".join(parts)

    def text(self) -> str | None:
        """The draft for an address; None where it is longer than MAX_TEXT."""
        parts = []
        for _, run in itertools.groupby(enumerate(self.entries), key=_stretch):
            entries = [entry for _, entry in run]
            first, last = entries[0], entries[-1]
            parts.append(f"n{-first}" if first < 0 else f"{first}-{last}" if last > first else f"{first}")
        text = ".".join(parts) or NOTHING
        return text if len(text) <= MAX_TEXT else None


def _stretch(at: tuple[int, int]) -> tuple[bool, int]:
    """The same for neighbours that are neighbours in the user's log, too."""
    start, entry = at
    return (True, entry - start) if entry >= 0 else (False, start)


def read_draft(text: str, num_own: int, num_items: int) -> Draft:
    """The draft that `text` writes down for a log of `num_own` events. Raises SettingError."""
    _check_length(text)
    entries: list[int] = []
    for part in [] if text == NOTHING else text.split("."):
        if match := ADDED.fullmatch(part):
            item = int(match[1])
            if not 1 <= item <= num_items:
                raise _unreadable(f"there is no item number {item}")
            entries.append(-item)
        elif match := RUN.fullmatch(part):
            first, last = int(match[1]), int(match[2] or match[1])
            if not first <= last < num_own:
                raise _unreadable(f"the user has no events {part}")
            entries += range(first, last + 1)
        else:
            raise _unreadable(f"{part[:20]!r} is no event")
        if len(entries) > num_own + MAX_TEXT:
            raise _unreadable("it names more events than there are")
    own_entries = [entry for entry in entries if entry >= 0]
    if len(set(own_entries)) < len(own_entries):
        raise _unreadable("it names an event twice")
    return Draft(num_own, tuple(entries))


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise SettingError(
            f"The history in this link has {len(text):,} characters; at most {MAX_TEXT:,} are read. Edit it again."
        )


def _unreadable(why: str) -> SettingError:
    return SettingError(
        f"The edited history in this link cannot be read: {why}. Shown is the history as it is; edit it again.",
        column="edit",
    )


def ids_text(item_ids: Sequence[str]) -> str | None:
    """Custom history for an address: ids with commas between, one comma where there are none; None where
    it is longer than MAX_TEXT."""
    text = ",".join(quote(item_id, safe=" :/") for item_id in item_ids) or ","
    return text if len(text) <= MAX_TEXT else None


def typed_ids(text: str) -> list[str]:
    """The ids of a history typed with commas between, without the blanks around them."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read_ids(text: str) -> list[str]:
    """The ids that `ids_text` wrote down. Raises SettingError for a longer text than it writes."""
    _check_length(text)
    return [unquote(part) for part in text.split(",") if part]
