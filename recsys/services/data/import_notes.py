"""The notes of an import in the order in which they matter: what was left out or decided, what to look at, how files were read."""

from __future__ import annotations

from collections.abc import Iterable

from recsys.data.dataset import Repair

TO_LOOK_AT = frozenset({
    "unknown_items", "unknown_users", "idle_users", "cold_items", "unknown_pictures", "time_columns", "item_guess", "constant",
    "constant_time", "rounded_times", "missing", "date_order", "whole_dates", "same_ids",
})  # fmt: skip
READING = frozenset({
    "bom", "encoding", "line_ends", "separator", "preamble", "blank_lines", "header", "header_again", "no_header", "empty_column",
    "line_breaks", "histories", "lists", "unzipped", "sheet", "column", "ignored_columns", "order", "dates", "newest_first",
    "digits", "decimal_comma", "thousands", "currency", "several_values", "time_unit", "unicode", "trimmed", "invisible", "likes",
})  # fmt: skip


def is_to_look_at(repair: Repair) -> bool:
    """Whether a note is about what was kept and may be wrong."""
    return repair.kind in TO_LOOK_AT


def is_reading(repair: Repair) -> bool:
    """Whether a note only says how a file was read."""
    return repair.kind in READING


def in_order(repairs: Iterable[Repair]) -> list[Repair]:
    """What was left out, merged or decided, then what to look at, then how the files were read."""
    return sorted(repairs, key=lambda repair: (is_reading(repair), is_to_look_at(repair)))
