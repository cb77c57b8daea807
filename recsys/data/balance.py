"""What became of the rows of an interactions file, in numbers that add up."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from recsys.messages import Message, message, plural


class Balance(BaseModel):
    """Numbers of rows; `rows` are all of the file, without header, blank lines and comments.

    `left_out` by decisions about faults or types of events, `repeats` merged with another row, `filtered` by filters, `there`
    in the dataset already that the file is added to (`is_later`). All others are kept.
    """

    model_config = ConfigDict(frozen=True)
    rows: int
    left_out: int = 0
    repeats: int = 0
    filtered: int = 0
    there: int = 0
    is_later: bool = False

    @property
    def kept(self) -> int:
        return self.rows - self.left_out - self.repeats - self.filtered - self.there

    def in_words(self) -> Message:
        """All numbers that are not 0, such as "200 rows in the file: 190 kept, 3 left out, 7 repeats merged."."""
        parts: list[Message] = [
            message("{count:,} new", count=self.kept) if self.is_later else message("{count:,} kept", count=self.kept)
        ]
        if self.there:
            parts.append(message("{count:,} already there", count=self.there))
        if self.left_out:
            parts.append(message("{count:,} left out", count=self.left_out))
        if self.repeats:
            parts.append(plural("{n:,} repeat merged", "{n:,} repeats merged", self.repeats))
        if self.filtered:
            parts.append(message("{count:,} left out by filters", count=self.filtered))
        joined = message(", ").join(parts)
        if self.is_later:
            return plural("{n:,} row in the new file: {parts}.", "{n:,} rows in the new file: {parts}.",
                          self.rows, parts=joined)  # fmt: skip
        return plural("{n:,} row in the file: {parts}.", "{n:,} rows in the file: {parts}.", self.rows, parts=joined)
