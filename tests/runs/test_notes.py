import pytest

from recsys.errors import SettingError
from recsys.runs.notes import ABOUT, LONGEST_NAME, LONGEST_NOTE, RunNotes, about, save_notes
from recsys.runs.store import RunFolder


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path)


def test_a_run_has_no_name_and_no_note_at_first(folder):
    assert about(folder) == RunNotes(name="", note="")


def test_a_name_and_a_note_come_back(folder):
    save_notes(folder, "  The   best ", "first line\nsecond line\n")
    assert about(folder) == RunNotes(name="The best", note="first line\nsecond line")


def test_they_stand_in_a_file_of_their_own_and_nothing_else_is_written(folder):
    save_notes(folder, "a", "b")
    assert [path.name for path in folder.path.iterdir()] == [ABOUT]


def test_signs_that_turn_or_hide_text_are_left_out(folder):
    assert save_notes(folder, "a\u202eb\0c", "d\u202ee\nf\x1b") == RunNotes(name="abc", note="de\nf")


@pytest.mark.parametrize(
    ("name", "note", "word"), [("x" * (LONGEST_NAME + 1), "", "name"), ("", "x" * (LONGEST_NOTE + 1), "note")]
)
def test_what_is_too_long_is_refused_and_the_old_one_stays(folder, name, note, word):
    save_notes(folder, "old", "old")
    with pytest.raises(SettingError, match=f"The {word} has .* characters; at most") as refused:
        save_notes(folder, name, note)
    assert refused.value.column == word
    assert about(folder) == RunNotes(name="old", note="old")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"name": 1}', b'{"other": ""}'])
def test_a_damaged_file_means_no_name(folder, content):
    (folder.path / ABOUT).write_bytes(content)
    assert about(folder) == RunNotes()
