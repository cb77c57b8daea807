"""What an import keeps for a later log."""

import pandas as pd

from recsys.data.importing.originals import Originals, originals_of
from recsys.data.interactions import ITEM, RATING, USER

ROWS = pd.DataFrame({USER: list("aab"), ITEM: list("xyx"), RATING: [1.0, 2, 3], "line": [2, 3, 4]})


def test_rows_that_the_dataset_keeps_whole_are_not_kept_twice():
    assert originals_of(ROWS, ROWS, None, None).rows is None


def test_rows_of_which_some_were_dropped_or_changed_are_kept():
    assert originals_of(ROWS, ROWS[1:], None, None).rows is not None
    assert originals_of(ROWS, ROWS.assign(**{RATING: [1.0, 2, 4]}), None, None).rows is not None
    empty = ROWS.assign(**{RATING: [1.0, float("nan"), 3]})
    assert originals_of(empty, empty, None, None).rows is not None


def test_a_forgotten_person_is_in_no_byte_of_the_rows(tmp_path):
    rows = pd.DataFrame({USER: pd.Categorical(["anna", "bert", "anna"]), ITEM: list("xyz")})
    Originals(rows).write(tmp_path / "before")
    Originals.read(tmp_path / "before").without("anna").write(tmp_path / "after")
    assert b"anna" in (tmp_path / "before" / "rows.parquet").read_bytes()
    assert b"anna" not in (tmp_path / "after" / "rows.parquet").read_bytes()
    assert Originals.read(tmp_path / "after").rows[ITEM].tolist() == ["y"]


def test_a_person_whose_rows_were_all_left_out_is_in_no_byte_of_the_rows(tmp_path):
    rows = ROWS.assign(**{USER: pd.Categorical(["anna", "bert", "anna"])})[lambda frame: frame[USER] != "bert"]
    originals_of(rows, rows[1:], None, None).write(tmp_path / "kept")
    assert b"bert" not in (tmp_path / "kept" / "rows.parquet").read_bytes()
