"""Sentences for people: English messages with named values, translated when they are shown.

`message("Not in {name}.", name=name)` is the English text, a `str` like any other, that also remembers its template and values.
`translated(text, language)` looks the template up in the gettext catalogue of a language and fills in the values, which may be
messages themselves. Sums (`first + second`) and joins of messages stay messages; f-strings do not.

Catalogues are `locale/LANGUAGE/LC_MESSAGES/recscope.po`, compiled when first used.
"""

from __future__ import annotations

import gettext
import io
import re
import string
from collections.abc import Iterable, Mapping
from functools import cache
from numbers import Real
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[1] / "locale"
ENGLISH, CHINESE, PSEUDO = "en", "zh", "xx"
LANGUAGES = {ENGLISH: "English", CHINESE: "简体中文"}
MINUS = "\u2212"  # the sign of negative numbers where text is typeset: as wide as "+"
HAN, LATIN = re.compile("[\u3400-\u9fff]"), re.compile("[A-Za-z0-9]")
WIDE = re.compile("[\u3000-\u9fff\uff00-\uffef“”]")  # Chinese letters and punctuation
FIELD = re.compile(r"([^\s{}]?)( ?)\{(\w+)\}( ?)(?=([^\s{}]?))")  # a value without a format, and what stands beside it
BRACKETS = "⟦{}⟧"  # around every message of the pseudo-language, which shows what is no message


class Message(str):
    """An English text that can be shown in another language.

    Either a `template` with `values` (and with `many` and `values["n"]` a plural), or `parts` in a row.
    """

    template: str
    many: str | None
    values: dict[str, Any]
    parts: tuple[str, ...] | None

    def __new__(
        cls,
        template: str,
        values: dict[str, Any] | None = None,
        many: str | None = None,
        parts: Iterable[str] | None = None,
    ) -> Message:
        whole = None if parts is None else tuple(parts)
        chosen = many if many is not None and (values or {}).get("n") != 1 else template
        english = "".join(whole) if whole is not None else str.format(chosen, **values) if values else chosen
        made = super().__new__(cls, english)
        made.template, made.many, made.values, made.parts = str(template), many, values or {}, whole
        return made

    def format(self, *args: object, **values: object) -> Message:
        """Fill in the named values; they may be messages."""
        assert not args, "values of messages are named"
        return Message(self.template, values, self.many)

    def join(self, texts: Iterable[str]) -> Message:
        """Join texts with this message between them."""
        parts: list[str] = []
        for text in texts:
            parts += [self, text] if parts else [text]
        return Message("", parts=parts)

    def __add__(self, other: str) -> Message:
        return Message("", parts=(self, other))

    def __radd__(self, other: str) -> Message:
        return Message("", parts=(other, self))

    def __getnewargs__(self) -> tuple[str, dict[str, Any], str | None, tuple[str, ...] | None]:  # type: ignore[override]
        return self.template, self.values, self.many, self.parts


NO_TEXT = Message("")  # where there is nothing to say


def message(template: str, **values: object) -> Message:
    """A message whose `template` stands in the catalogues."""
    return Message(template, values)


def plural(singular: str, many: str, n: float, **values: object) -> Message:
    """A message for a number of things: `plural("{n} item", "{n} items", 3)`."""
    return Message(singular, {"n": n, **values}, many)


def short(text: str, most: int = 40) -> str:
    """Truncate text from a file for a message, to at most `most` characters."""
    return text if len(text) <= most else text[:most] + "…"


def number_text(value: float, spec: str) -> str:
    """Format a number with a minus sign instead of a hyphen, and without a sign where it rounds to zero.

    >>> number_text(-0.083, "+.2f"), number_text(0.083, "+.2f"), number_text(-0.001, "+.2f")
    ('−0.08', '+0.08', '0.00')
    """
    text = format(value, spec)
    if not text.strip("+-0.%"):
        return text.lstrip("+-")
    return MINUS + text[1:] if text.startswith("-") else text


class _Typesetter(string.Formatter):
    """Fills in templates with numbers as `number_text` writes them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        return number_text(value, format_spec) if is_number else str(super().format_field(value, format_spec))


def translated(text: str, language: str, *, typeset: bool = False) -> str:
    """The text in `language`; a text that is no message, or has no translation, stays as it is.

    `typeset`: the numbers among the values of a message are written by `number_text`, for pages that people read.
    """
    if not isinstance(text, Message) or (language == ENGLISH and not typeset):
        return str(text)
    if text.parts is not None:
        return _joined([translated(part, language, typeset=typeset) for part in text.parts], language)
    template, fill = _template(text, language), _Typesetter().format if typeset else str.format
    values = {n: translated(v, language, typeset=typeset) if isinstance(v, str) else v for n, v in text.values.items()}
    if language == CHINESE and values:
        template = spaced(template, values)
    filled = fill(template, **values) if values else template
    return BRACKETS.format(filled) if language == PSEUDO and filled else filled


def spaced(template: str, values: Mapping[str, object]) -> str:
    """A Chinese template with the blanks that its values need: one between a Chinese and a Latin letter or a digit, none
    between two Chinese letters.

    >>> spaced("推荐{item}的 {model} 模型", {"item": "USB hub", "model": "流行度"})
    '推荐 {item} 的{model}模型'
    """

    def fitted(match: re.Match[str]) -> str:
        before, left, name, right, after = match.groups()
        value = values.get(name)
        if not isinstance(value, str) or not value:
            return match[0]
        return f"{before}{_gap(before, value[0], left)}{{{name}}}{_gap(value[-1], after, right)}"

    return FIELD.sub(fitted, template)


def _gap(before: str, after: str, blank: str) -> str:
    """What stands between two letters where a template has `blank`, which is kept beside signs and other blanks."""
    if WIDE.match(before) and WIDE.match(after):
        return ""
    pair = before + after
    return " " if len(pair) == 2 and HAN.search(pair) and LATIN.search(pair) else blank


def _joined(texts: Iterable[str], language: str) -> str:
    """The texts in a row, in Chinese with a blank where Chinese and Latin letters meet."""
    whole = ""
    for text in texts:
        whole += (_gap(whole[-1:], text[:1], "") if language == CHINESE else "") + text
    return whole


def to_json(text: str) -> str | dict[str, Any]:
    """A text as it stands in a file: of a message the template and its values, so that it is read in any language.

    Values are texts and numbers; any other is written as the text that it is shown as.
    """
    if not isinstance(text, Message):
        return text
    if text.parts is not None:
        return {"parts": [to_json(part) for part in text.parts]}
    values = {name: to_json(value) if isinstance(value, str) else _number(value) for name, value in text.values.items()}
    return {"text": str(text), "template": text.template, "many": text.many, "values": values}


def _number(value: Any) -> Any:
    number = value.item() if hasattr(value, "item") else value  # numpy's
    return number if isinstance(number, int | float) else str(number)


def from_json(stored: Any) -> str:
    """The text that `to_json` wrote, and any text of earlier files as it is.

    A template that is not in the catalogue is not filled in: the file may be of another version, or of somebody else.
    """
    if isinstance(stored, dict) and isinstance(stored.get("parts"), list):
        return Message("", parts=[from_json(part) for part in stored["parts"]])
    if not isinstance(stored, dict):
        return stored if isinstance(stored, str) else str(stored)
    template, many, values = stored.get("template"), stored.get("many"), stored.get("values")
    if not isinstance(template, str) or not isinstance(values, dict) or not _is_known(template, many):
        return str(stored.get("text", ""))
    read = {name: from_json(value) if isinstance(value, str | dict) else value for name, value in values.items()}
    try:
        return Message(template, read, many)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        return str(stored.get("text", ""))


@cache
def _known() -> frozenset[Any]:
    """Templates of the catalogue: single ones, and (one, many)."""
    with (LOCALE / CHINESE / "LC_MESSAGES" / "recscope.po").open("rb") as file:
        return frozenset(entry.id for entry in read_po(file, locale="zh_Hans"))


def _is_known(template: str, many: object) -> bool:
    return (template if many is None else (template, many)) in _known()


def _template(text: Message, language: str) -> str:
    catalogue = _catalogue(language)
    if not text.template:  # gettext answers an empty text with the head of the catalogue
        return ""
    if text.many is None:
        return catalogue.gettext(text.template)
    return catalogue.ngettext(text.template, text.many, 1 if text.values["n"] == 1 else 2)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    path = LOCALE / language / "LC_MESSAGES" / "recscope.po"
    if not path.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale="zh_Hans"))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
