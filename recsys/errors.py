"""The errors a page or a command may show as they stand.

A message says what was found, what was expected and what to do, in words of the person's own data.
Anything that is not a `RecsysError` is a bug and may crash loudly.
"""


class RecsysError(Exception):
    """The person's input or request cannot be used as it is.

    `line` is the line of the uploaded file (from 1, header included), `column` the column's name there;
    both are None where the trouble has no such place.
    """

    def __init__(self, message: str, *, line: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class DataError(RecsysError):
    """An uploaded file cannot be read or does not hold what is needed."""


class SettingError(RecsysError):
    """A setting, a model name or a combination of them is not possible."""


class NotFoundError(RecsysError):
    """A dataset, run, user or item that was asked for is not in the workspace."""


class RunError(RecsysError):
    """A run cannot be started, continued or used in its present state."""
