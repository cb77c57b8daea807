"""A history that is edited, and the text that stands for it in an address."""

import numpy as np
import pytest

from recsys.errors import RecsysError
from recsys.services.recommend.history_edits import MAX_TEXT, Draft, ids_text, read_draft, read_ids

OWN = np.array([11, 12, 13, 14])


def test_adding_removing_and_moving_do_what_they_say():
    draft = Draft.untouched(4)
    assert draft.added(7).items(OWN).tolist() == [11, 12, 13, 14, 7]
    assert draft.removed(1).items(OWN).tolist() == [11, 13, 14]
    assert draft.moved(0, 1).items(OWN).tolist() == [12, 11, 13, 14]
    assert draft.moved(3, -1).items(OWN).tolist() == [11, 12, 14, 13]


def test_no_event_moves_beyond_the_ends():
    draft = Draft.untouched(4)
    assert draft.moved(3, 1) == draft
    assert draft.moved(0, -1) == draft


def test_a_history_moved_there_and_back_is_not_edited():
    draft = Draft.untouched(4)
    assert draft.moved(1, 1).is_edited
    assert not draft.moved(1, 1).moved(2, -1).is_edited


def test_it_says_what_was_done():
    draft = Draft.untouched(4)
    assert draft.added(7).added(8).removed(0).summary() == "2 added, 1 removed"
    assert draft.moved(0, 2).summary() == "order changed"
    assert draft.added(7).moved(4, -2).summary() == "1 added, order changed"


@pytest.mark.parametrize(
    ("draft", "text"),
    [
        (Draft(40, tuple(range(39))), "0-38"),
        (Draft.untouched(4).removed(1).added(17), "0.2-3.n17"),
        (Draft.untouched(4).moved(3, -3), "3.0-2"),
        (Draft.untouched(2).added(5).added(5).removed(0), "1.n5.n5"),
        (Draft(2, ()), "none"),
    ],
)
def test_its_text_is_short_and_brings_it_back(draft: Draft, text: str):
    assert draft.text() == text
    assert read_draft(text, draft.num_own, num_items=20) == draft


def test_any_draft_comes_back_from_its_text():
    rng = np.random.default_rng(0)
    for _ in range(200):
        own = int(rng.integers(0, 30))
        entries = [*rng.permutation(own)[: rng.integers(0, own + 1)], *-rng.integers(1, 50, rng.integers(0, 5))]
        draft = Draft(own, tuple(int(e) for e in rng.permutation(entries)))
        assert read_draft(draft.text() or "", own, 50) == draft


@pytest.mark.parametrize(
    "text", ["0-99", "4", "n0", "n21", "3-1", "0.0", "0-2.1", "x", "-1", "0..1", "1e3", "<b>", "n1." * 1000, "9" * 40]
)
def test_a_text_that_fits_no_such_history_is_refused_in_words(text: str):
    with pytest.raises(RecsysError, match=r"[Ee]dit it again"):
        read_draft(text, num_own=4, num_items=20)


def test_a_draft_too_long_for_a_link_has_no_text():
    assert Draft(0, tuple([-12345] * MAX_TEXT)).text() is None


def test_ids_with_commas_and_other_signs_come_back():
    ids = ["a,b", "c d", "100%", "第一辑", "x&y=z", "p/q"]
    assert read_ids(ids_text(ids) or "") == ids
    assert read_ids(ids_text([]) or "lost") == []
    assert ids_text(["x" * 500] * 4) is None


def test_the_newest_events_are_the_last_ones() -> None:
    draft = Draft.untouched(4).added(9)
    assert draft.newest(2).entries == (3, -9)
    assert draft.newest(0).entries == ()
    assert draft.newest(9) == draft


def test_several_events_go_or_stay_at_once():
    draft = Draft.untouched(4).added(7)
    assert draft.without([0, 2]).items(OWN).tolist() == [12, 14, 7]
    assert draft.keep_only([1, 4]).items(OWN).tolist() == [12, 7]
    assert draft.without([]) == draft
