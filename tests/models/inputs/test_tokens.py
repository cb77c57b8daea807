import numpy as np
import pytest

from recsys.models.inputs import tokens
from recsys.models.inputs.tokens import ENOUGH, MAX_TOKENS, NO_TOKEN, UNKNOWN_TOKEN, Vocabulary, tokenise


def words(text):
    return [token.text for token in tokenise(text)]


def test_words_are_parted_by_blanks_and_signs_and_lowered():
    assert words("An Organic gloves, by Brook!") == ["an", "organic", "gloves", "by", "brook"]


def test_scripts_without_blanks_are_read_by_the_character():
    assert words("特点是再生 2 ไทย") == ["特", "点", "是", "再", "生", "2", "ไ", "ท", "ย"]


def test_accents_and_other_scripts_stay_words():
    assert words("Größe déjà молоко قهوة") == ["größe", "déjà", "молоко", "قهوة"]


def test_a_token_knows_where_it_stands():
    text = "  Blue 手工!"
    assert [text[token.start : token.end] for token in tokenise(text)] == ["Blue", "手", "工"]


@pytest.mark.parametrize(
    "text", ["An Organic GLOVE, déjà ＡＢ 2 手工", "tea " * 500, f"{'x' * ENOUGH}yz tea", "Größe " * 500]
)
def test_words_are_the_texts_of_the_tokens(text):
    assert tokens.words(text) == words(text)


def test_a_long_text_is_read_to_the_limit():
    assert len(tokenise("word " * 1000)) == MAX_TOKENS


def test_wide_letters_are_the_plain_ones():
    assert words("ＡＢＣ") == ["abc"]


def test_the_vocabulary_holds_words_of_two_texts_most_frequent_first():
    found = Vocabulary.of(["red tea", "red cup", "red tea once once"])
    assert found.words == ("red", "tea")
    assert len(found) == 4


def test_a_text_becomes_codes_from_the_left():
    found = Vocabulary.of(["red tea", "tea red"])
    codes = found.encode(["tea strange red", "", "red"])
    tea, red = found.words.index("tea") + 2, found.words.index("red") + 2
    expected = [[tea, UNKNOWN_TOKEN, red], [NO_TOKEN] * 3, [red, NO_TOKEN, NO_TOKEN]]
    np.testing.assert_array_equal(codes, expected)


def test_no_text_at_all_is_one_column_of_nothing():
    assert Vocabulary.of([]).encode(["", ""]).tolist() == [[NO_TOKEN], [NO_TOKEN]]
