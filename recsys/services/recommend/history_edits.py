"""Edited histories: events added to, removed from or moved within a user's history.

A draft is stored in a URL as `0-33.n17.35`: positions in the user's logged history (from 0, the oldest), and `n` with
an item index for an added item. Both are stable, since a dataset's id is a hash of its content. Raises SettingError
for a text that is malformed or does not fit the log.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

import numpy as np

from recsys.errors import SettingError
from recsys.messages import Message, message

MAX_TEXT = 1500  # characters of a URL that every browser and chat program passes on
NOTHING = "none"
RUN, ADDED = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?"), re.compile(r"n(\d{1,9})")


@dataclass(frozen=True)
class Draft:
    """An edited history, oldest event first.

    An entry p >= 0 is event p of the user's logged history, -i is the added item with index i. `num_own` is the
    number of logged events, 0 for a custom history.
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
        """Append an event as the newest."""
        return replace(self, entries=(*self.entries, -item))

    def removed(self, position: int) -> Draft:
        return replace(self, entries=self.entries[:position] + self.entries[position + 1 :])

    def moved(self, position: int, by: int) -> Draft:
        """Move the event at `position` by so many positions, newer if positive, clipped at the ends."""
        target = min(max(position + by, 0), len(self.entries) - 1)
        rest = self.removed(position).entries
        return replace(self, entries=(*rest[:target], self.entries[position], *rest[target:]))

    def without(self, positions: Iterable[int]) -> Draft:
        removed = set(positions)
        return self.keep_only(position for position in range(len(self.entries)) if position not in removed)

    def keep_only(self, positions: Iterable[int]) -> Draft:
        """Keep only the events at these positions, in the given order."""
        return replace(self, entries=tuple(self.entries[position] for position in positions))

    def newest(self, count: int) -> Draft:
        """Keep the newest `count` events."""
        return replace(self, entries=self.entries[max(0, len(self.entries) - count) :])

    def items(self, events: np.ndarray) -> np.ndarray:
        """[num_entries] int64 item indices; `events` [num_own] are the items of the logged history."""
        return np.array([events[entry] if entry >= 0 else -entry for entry in self.entries], dtype=np.int64)

    def summary(self) -> Message:
        """Difference to the logged history in words, such as "1 added, 2 removed, order changed"."""
        logged = [entry for entry in self.entries if entry >= 0]
        added, removed = len(self.entries) - len(logged), self.num_own - len(logged)
        oldest = self.entries[: len(logged)]  # added events come last unless something was moved
        parts = [message("{count} added", count=added)] if added else []
        parts += [message("{count} removed", count=removed)] if removed else []
        parts += [message("order changed")] if list(oldest) != sorted(logged) else []
        return message(", ").join(parts)

    def text(self) -> str | None:
        """The draft as text for a URL; None if longer than MAX_TEXT."""
        parts = []
        for _, run in itertools.groupby(enumerate(self.entries), key=_run_key):
            entries = [entry for _, entry in run]
            first, last = entries[0], entries[-1]
            parts.append(f"n{-first}" if first < 0 else f"{first}-{last}" if last > first else f"{first}")
        text = ".".join(parts) or NOTHING
        return text if len(text) <= MAX_TEXT else None


def _run_key(indexed_entry: tuple[int, int]) -> tuple[bool, int]:
    """Group key for runs of logged events: equal for neighbours that are also consecutive in the log."""
    index, entry = indexed_entry
    return (True, entry - index) if entry >= 0 else (False, index)


def read_draft(text: str, num_own: int, num_items: int) -> Draft:
    """Parse `Draft.text` for a history of `num_own` logged events. Raises SettingError."""
    _check_length(text)
    entries: list[int] = []
    for part in [] if text == NOTHING else text.split("."):
        if match := ADDED.fullmatch(part):
            item = int(match[1])
            if not 1 <= item <= num_items:
                raise _unreadable(message("there is no item number {item}", item=item))
            entries.append(-item)
        elif match := RUN.fullmatch(part):
            first, last = int(match[1]), int(match[2] or match[1])
            if not first <= last < num_own:
                raise _unreadable(message("the user has no events {part}", part=part))
            entries += range(first, last + 1)
        else:
            raise _unreadable(message("{text!r} is no event", text=part[:20]))
        if len(entries) > num_own + MAX_TEXT:
            raise _unreadable(message("it has too many events"))
    logged = [entry for entry in entries if entry >= 0]
    if len(set(logged)) < len(logged):
        raise _unreadable(message("it has an event twice"))
    return Draft(num_own, tuple(entries))


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise SettingError(
            message(
                "The history in this link has {characters:,} characters; at most {limit:,} are read. Edit it again.",
                characters=len(text),
                limit=MAX_TEXT,
            )
        )


def _unreadable(why: Message) -> SettingError:
    return SettingError(
        message(
            "The edited history in this link cannot be read: {reason}. The unedited history is shown; edit it again.",
            reason=why,
        ),
        column="edit",
    )


def ids_text(item_ids: Sequence[str]) -> str | None:
    """Custom history for a URL: quoted ids joined by commas, a single comma for an empty history; None if longer than
    MAX_TEXT."""
    text = ",".join(quote(item_id, safe=" :/") for item_id in item_ids) or ","
    return text if len(text) <= MAX_TEXT else None


def typed_ids(text: str) -> list[str]:
    """Split comma-separated ids and strip surrounding whitespace."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read_ids(text: str) -> list[str]:
    """Parse the ids written by `ids_text`. Raises SettingError if the text is longer than MAX_TEXT."""
    _check_length(text)
    return [unquote(part) for part in text.split(",") if part]
