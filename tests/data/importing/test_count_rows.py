"""Where the rows of a file went: the numbers add up to the rows of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.data.balance import Balance
from recsys.data.importing.faults import UndecidedError
from recsys.data.importing.import_choices import Choices, Filters
from recsys.data.importing.load import ImportRequest, load_dataset

HEADER = "user,item,rating,time\n"
GOOD = [f"u{n % 5},i{n},{n % 5 + 1},{1_700_000_000 + n}\n" for n in range(20)]
BROKEN = ["u1,i3,4\n", "u1,i4,four,1700000100\n"]


def balance(folder: Path, text: str, **choices: object) -> Balance:
    path = folder / "log.csv"
    path.write_text(text)
    found = load_dataset(ImportRequest(path, choices=Choices(most_dropped=1, **choices)), folder / "images")
    assert found.report.balance is not None
    assert found.report.balance.kept == len(found.interactions)
    return found.report.balance


def test_the_header_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    assert balance(tmp_path, HEADER + "\n" + "".join(GOOD) + "\n") == Balance(rows=20)


def test_broken_rows_are_left_out_and_repeats_merged(tmp_path: Path) -> None:
    found = balance(
        tmp_path, HEADER + "".join(GOOD + BROKEN + GOOD[:3]), treatments={"bad_rows": "drop", "bad_number": "drop"}
    )
    assert found == Balance(rows=25, left_out=2, repeats=3)
    assert found.in_words() == "25 rows in the file: 20 kept, 2 left out, 3 repeats merged."


def test_all_faults_of_a_file_are_shares_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + "".join(GOOD + BROKEN))
    with pytest.raises(UndecidedError) as error:
        load_dataset(ImportRequest(path), tmp_path / "images")
    assert [(fault.kind, fault.count, fault.rows) for fault in error.value.faults] == [
        ("bad_rows", 1, 22), ("bad_number", 1, 22),
    ]  # fmt: skip


def test_a_footer_of_totals_is_a_row_that_is_left_out(tmp_path: Path) -> None:
    found = balance(tmp_path, HEADER + "".join(GOOD) + "Total,,60,\n", treatments={"footer": "drop"})
    assert found == Balance(rows=21, left_out=1)


def test_filters_are_counted_by_themselves(tmp_path: Path) -> None:
    found = balance(tmp_path, HEADER + "".join(GOOD), filters=Filters(least_rating=2))
    assert found == Balance(rows=20, filtered=4)
    assert found.in_words() == "20 rows in the file: 16 kept, 4 left out by filters."


def test_types_without_weight_are_left_out_and_weaker_events_merged(tmp_path: Path) -> None:
    rows = [f"u{n % 5},i{n},{('view', 'buy', 'look')[n % 3]},{1_700_000_000 + n}\n" for n in range(21)]
    again = [row.replace("view", "buy") for row in rows[:6:3]]
    found = balance(tmp_path, "user,item,event,time\n" + "".join(rows + again), events={"view": 1, "buy": 5, "look": 0})
    assert found == Balance(rows=23, left_out=7, repeats=2)


def test_conflicts_that_are_left_out_are_no_repeats(tmp_path: Path) -> None:
    rows = [f"u{n % 5},i{n},{n % 5 + 1}\n" for n in range(20)]
    log = "user,item,rating\n" + "".join([*rows, "u0,i0,1\n", "u1,i1,5\n"])
    assert balance(tmp_path, log, treatments={"conflict": "drop"}) == Balance(rows=22, left_out=2, repeats=1)
    assert balance(tmp_path, log, treatments={"conflict": "last"}) == Balance(rows=22, repeats=2)
