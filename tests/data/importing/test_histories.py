"""Files with one line a user: the user, then their items, oldest first."""

import pytest

from recsys.data.importing.read import read_table
from recsys.errors import DataError


def table_of(folder, text):
    path = folder / "log.txt"
    path.write_text(text, encoding="utf-8")
    return read_table(path)


@pytest.mark.parametrize("separator", [" ", "\t", ","])
def test_a_line_for_each_user_is_read_as_a_row_for_each_item(tmp_path, separator):
    table = table_of(tmp_path, "1 7 8 9\n2 7\n3 9 8\n".replace(" ", separator))
    assert table.frame.to_numpy().tolist() == [["1", "7"], ["1", "8"], ["1", "9"], ["2", "7"], ["3", "9"], ["3", "8"]]
    assert table.lines.tolist() == [1, 1, 1, 2, 3, 3]
    assert [repair.kind for repair in table.repairs] == ["histories"]


@pytest.mark.parametrize("text", ["1 7 8 9\n1 7\n3 9 8\n", "1 7 8 9\n2 x\n3 9 8\n", "1 7 8\n2 7\n3 9 8\n"])
def test_a_user_twice_a_word_or_only_two_lengths_are_no_histories(tmp_path, text):
    with pytest.raises(DataError):
        table_of(tmp_path, text)
