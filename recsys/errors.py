"""User-facing errors.

A message names the actual value, the expected one and the fix, in terms of the uploaded data. Pages and commands show
it unchanged. Any other exception is a bug and may crash loudly.
"""


class RecsysError(Exception):
    """Base class: the user's input or request is invalid.

    `line` is the line of the uploaded file (from 1, header included) and `column` its column or the setting; None where
    neither applies.
    """

    def __init__(self, message: str, *, line: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class DataError(RecsysError):
    """An uploaded file is unreadable or lacks required content."""


class SettingError(RecsysError):
    """Invalid setting, model name or combination of settings."""


class NotFoundError(RecsysError):
    """Unknown dataset, run, user or item."""


class RunError(RecsysError):
    """A run cannot be started, resumed or used in its current state."""
