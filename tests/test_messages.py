"""Messages: English at once, another language when shown."""

from __future__ import annotations

import copy

import pytest

from recsys.messages import PSEUDO, message, plural, translated


def test_a_message_is_its_english_text():
    assert message("{first} and {last}", first="tea", last=message("a {what}", what="cup")) == "tea and a cup"


def test_values_that_are_messages_are_translated_too():
    whole = message("{first} and {last}", first="tea", last=message("a {what}", what="cup"))
    assert translated(whole, PSEUDO) == "⟦tea and ⟦a cup⟧⟧"


def test_sums_and_joins_stay_messages():
    whole = "(" + message(", ").join([message("one"), "two"]) + ")"
    assert whole == "(one, two)"
    assert translated(whole, PSEUDO) == "(⟦one⟧⟦, ⟧two)"


def test_text_that_is_no_message_stays_as_it_is():
    assert translated("Heat {1995}", PSEUDO) == "Heat {1995}"


@pytest.mark.parametrize(("n", "text"), [(1, "1 item"), (0, "0 items"), (1200, "1,200 items")])
def test_one_and_many(n, text):
    assert plural("{n:,} item", "{n:,} items", n) == text


def test_a_copy_remembers_its_template():
    assert translated(copy.deepcopy(message("Rank {rank}", rank=3)), PSEUDO) == "⟦Rank 3⟧"
