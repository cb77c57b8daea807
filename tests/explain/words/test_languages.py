"""Sentences of explanations are messages: a catalogue reaches every word but titles and the user's own names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recsys.explain.questions.breakdown import ScoreBreakdown, Source
from recsys.explain.words.headline import WORDS as HEADLINES
from recsys.explain.words.judgement import WORDS as JUDGEMENTS
from recsys.explain.words.judgement import in_words, of_parts, replacement_sentence
from recsys.explain.words.sentence import WORDS as SENTENCES
from recsys.explain.words.sentence import because, sentence, versus
from recsys.messages import Message
from tests.explain.words.test_judgement import found
from tests.explain.words.test_sentence import TITLES, removal, traits
from tests.worlds.texts import outside, untranslated

NAMES = {*TITLES, "Fargo"}
BREAKDOWN = ScoreBreakdown("margin", 0.0, 4.0, (Source("popularity", 3.0), Source("events", 1.0)))


@pytest.mark.parametrize("table", [SENTENCES, HEADLINES, JUDGEMENTS])
def test_every_wording_is_a_message(table):
    assert all(isinstance(text, Message) for text in table.values())


@pytest.mark.parametrize(
    "said",
    [
        sentence(removal([0.1, 2.0, 0.2], [2, 37, 3]), TITLES, "Fargo"),
        sentence(removal([1.0, 1.0, -2.0], [9, 9, 1]), TITLES, "Fargo"),
        sentence(replace(removal([0.3] * 9 + [0.4], rank=11), baseline=2.0), TITLES * 2, "Fargo"),
        sentence(replace(removal([0.1, 2.0]), is_seen=True), TITLES, "Fargo"),
        sentence(removal([]), TITLES, "Fargo"),
        sentence(traits(user=1.0, item=0.9, category=-2.0), [], "Fargo"),
        because(removal([0.1, 2.0, 0.2]), TITLES),
        versus(removal([0.1, 2.0, -1.0]), TITLES, ("Fargo", "Dune"), (1, 2)),
        versus(removal([-0.1, -2.0]), TITLES, ("Fargo", "Dune"), (1, 2)),
        replacement_sentence(BREAKDOWN, 2, 41),
        replacement_sentence(BREAKDOWN, 2, 2, of_fields=True),
        of_parts(in_words(found())),
        in_words(replace(found(), verdict="does not hold", deletion_beaten=0.1, insertion_beaten=0.1, gap=0.08)),
    ],
)
def test_a_catalogue_reaches_every_word_but_titles(said):
    assert outside(said) == ""
    assert untranslated(said) <= NAMES
