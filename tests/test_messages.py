"""Messages: English at once, another language when shown."""

from __future__ import annotations

import copy
import doctest
import string

import numpy as np
import orjson
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from recsys import messages
from recsys.messages import CHINESE, LANGUAGES, LOCALE, PSEUDO, from_json, message, plural, spaced, to_json, translated
from tests.pages.pseudo_language import literals

KEYWORDS = {"message": (1,), "tr": (1,), "plural": (1, 2)}


def test_a_message_is_its_english_text():
    assert message("{first} and {last}", first="tea", last=message("a {what}", what="cup")) == "tea and a cup"


def test_values_that_are_messages_are_translated_too():
    whole = message("{first} and {last}", first="tea", last=message("a {what}", what="cup"))
    assert translated(whole, PSEUDO) == "⟦tea and ⟦a cup⟧⟧"


def test_sums_and_joins_stay_messages():
    whole = "(" + message(", ").join([message("one"), "two"]) + ")"
    assert whole == "(one, two)"
    assert translated(whole, PSEUDO) == "(⟦one⟧⟦, ⟧two)"


def test_typeset_numbers_have_minus_signs_and_hyphens_of_texts_stay():
    inner = message("{low:+.2f} to {high:+.2f}", low=-0.5, high=-0.001)
    whole = message("{title}: {inner}, {n:,}", title="Item -3", inner=inner, n=-1200)
    assert translated(whole, "en", typeset=True) == "Item -3: \u22120.50 to 0.00, \u22121,200"
    assert translated(whole, PSEUDO, typeset=True) == "⟦Item -3: ⟦\u22120.50 to 0.00⟧, \u22121,200⟧"
    assert translated(whole, "en") == "Item -3: -0.50 to -0.00, -1,200"
    assert doctest.testmod(messages).failed == 0


@pytest.mark.parametrize(
    ("template", "value", "filled"),
    [
        ("默认使用 {x}：精确", "逐个移除", "默认使用逐个移除：精确"),
        ("{x} 只使用物品 ID", "近期流行度", "近期流行度只使用物品 ID"),
        ("{x} 只使用物品 ID", "GRU4Rec", "GRU4Rec 只使用物品 ID"),
        ("推荐{x}。", "USB hub", "推荐 USB hub。"),
        ("类别 {x} {x}", "家居", "类别家居 家居"),  # a blank between two values stays
        ("**{x}** 已训练完成", "流行度", "**流行度** 已训练完成"),
    ],
)
def test_blanks_of_chinese_fit_the_values(template, value, filled):
    assert spaced(template, {"x": value}).format(x=value) == filled


def test_joined_chinese_has_blanks_beside_latin_letters():
    whole = message(" or ").join(["EASE", "流行度", "MLP"])
    assert translated(whole, CHINESE) == "EASE 或流行度或 MLP"


def test_text_that_is_no_message_stays_as_it_is():
    assert translated("Heat {1995}", PSEUDO) == "Heat {1995}"


@pytest.mark.parametrize(("n", "text"), [(1, "1 item"), (0, "0 items"), (1200, "1,200 items")])
def test_one_and_many(n, text):
    assert plural("{n:,} item", "{n:,} items", n) == text


def test_a_copy_remembers_its_template():
    assert translated(copy.deepcopy(message("Rank {rank}", rank=3)), PSEUDO) == "⟦Rank 3⟧"


def test_a_stored_message_is_read_in_any_language():
    text = message("Column {column!r} was read as {key}.", column="when", key="time") + " " + "{x}"
    stored = orjson.loads(orjson.dumps(to_json(text)))
    assert from_json(stored) == text
    assert translated(from_json(stored), CHINESE) == translated(text, CHINESE) != text
    counted = plural("{n:,} item", "{n:,} items", np.int64(1200))
    assert translated(from_json(orjson.loads(orjson.dumps(to_json(counted)))), PSEUDO) == "⟦1,200 items⟧"


def test_a_stored_text_of_an_earlier_version_stays_as_it_is():
    assert from_json("Column {when} was read.") == "Column {when} was read."
    assert translated(from_json("Column {when} was read."), CHINESE) == "Column {when} was read."


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("{n:>9999999999}", {"n": 1}),
        ("{n.__class__}", {"n": 1}),
        ("Column {column!r} was read as {key}.", {"column": "x"}),
        (7, {}),
    ],
)
def test_a_stored_template_that_is_not_ours_is_not_filled_in(template, values):
    assert from_json({"text": "as it was", "template": template, "many": None, "values": values}) == "as it was"


def templates() -> dict[str, str]:
    """All templates in the code, each with the form that has all its values: itself, or of a plural the form for many."""
    found = {}
    for folder in ("recsys", "pages"):
        for _, _, texts, _, _ in extract_from_dir(LOCALE.parent / folder, [("**.py", "python")], keywords=KEYWORDS):
            one, *many = (texts,) if isinstance(texts, str) else texts
            found[one] = many[0] if many else one
    return found


def test_every_template_is_found_by_babel():
    """Calls within an f-string are not, before Python 3.12: such a text would stay English."""
    assert sorted(filter(None, literals() - {text for pair in templates().items() for text in pair})) == []


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_template_is_translated_with_the_same_values(language):
    with (LOCALE / language / "LC_MESSAGES" / "recscope.po").open("rb") as file:
        entries = read_po(file)
    missing, differing = [], []
    for template, whole in templates().items():
        entry = entries.get(template)
        texts = [] if entry is None else [entry.string] if isinstance(entry.string, str) else [*entry.string]
        if not texts or not all(texts):
            missing.append(template)
        elif any(fields(text) != fields(whole) for text in texts):
            differing.append(template)
    assert (missing, differing) == ([], [])


def test_chinese_is_shown_with_its_values():
    assert translated(plural("{n:,} item", "{n:,} items", 1200), "zh") == "1,200 个物品"
