"""User-facing errors.

A message names the actual value, the expected one and the fix, in terms of the uploaded data. Pages and commands show
it in the language of the session. Any other exception is a bug and may crash loudly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recsys.messages import Message, message

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FAULTS = {  # by pydantic's type of error; the same words in English
    "greater_than_equal": message("Input should be greater than or equal to {ge}"),
    "greater_than": message("Input should be greater than {gt}"),
    "less_than_equal": message("Input should be less than or equal to {le}"),
    "less_than": message("Input should be less than {lt}"),
    "int_parsing": message("Input should be a valid integer, unable to parse string as an integer"),
    "int_from_float": message("Input should be a valid integer, got a number with a fractional part"),
    "int_type": message("Input should be a valid integer"),
    "float_parsing": message("Input should be a valid number, unable to parse string as a number"),
    "float_type": message("Input should be a valid number"),
    "finite_number": message("Input should be a finite number"),
    "literal_error": message("Input should be {expected}"),
    "string_type": message("Input should be a valid string"),
    "string_too_long": message("String should have at most {max_length} characters"),
}


class RecsysError(Exception):
    """Base class: the user's input or request is invalid.

    `line` is the line of the uploaded file (from 1, header included) and `column` its column or the setting; None where
    neither applies.
    """

    def __init__(self, message: Message, *, line: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def details(self) -> dict[str, Any]:
        """Further content of the answer of a command."""
        return {}


class DataError(RecsysError):
    """An uploaded file is unreadable or lacks required content."""


class SettingError(RecsysError):
    """Invalid setting, model name or combination of settings."""


class NotFoundError(RecsysError):
    """Unknown dataset, run, user or item."""


class RunError(RecsysError):
    """A run cannot be started, resumed or used in its current state."""


def fault_text(fault: ErrorDetails) -> Message:
    """What pydantic refused, as a message without a full stop."""
    values = fault.get("ctx", {})
    if fault["type"] == "value_error":  # raised by a validator of this package
        return message("{fault}", fault=values["error"].args[0])
    if fault["type"] not in FAULTS:
        return message("{fault}", fault=fault["msg"])
    return FAULTS[fault["type"]].format(**{name: _short(value) for name, value in values.items()})


def _short(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value
