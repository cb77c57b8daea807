"""Records of sweeps: written once, and never mixed up."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.errors import NotFoundError, RunError
from recsys.runs.sweep_record import SweepRecord, SweepStore
from recsys.training.config import TrainingOptions


def record(sweep_id: str = "s1", created: str = "2024-05-01", threads: int = 1, *rates: float) -> SweepRecord:
    return SweepRecord(
        sweep_id=sweep_id,
        model="gru4rec",
        title="GRU4Rec",
        dataset_id="tiny",
        preset="quick",
        searched=("learning_rate",),
        settings=tuple({"learning_rate": rate} for rate in rates or (0.1, 0.2)),
        options=TrainingOptions(threads=threads),
        created=created,
    )


@pytest.fixture
def sweeps(tmp_path: Path) -> SweepStore:
    return SweepStore(tmp_path / "sweeps")


def test_a_record_is_read_as_it_was_written(sweeps: SweepStore) -> None:
    assert sweeps.create(record()) == record() == sweeps.open("s1")


def test_the_same_work_gives_the_first_record_and_other_work_is_refused(sweeps: SweepStore) -> None:
    sweeps.create(record())
    assert sweeps.create(record(created="2025-01-01", threads=2)) == record()
    with pytest.raises(RunError, match="number of runs"):
        sweeps.create(record("s1", "2024-05-01", 1, 0.1, 0.2, 0.3))


def test_a_run_of_a_sweep_is_known_by_its_id(sweeps: SweepStore) -> None:
    sweeps.create(record())
    assert sweeps.of_run("s1-02") == (record(), 2)
    for run_id in ("s1-03", "s1-2", "s1", "gru4rec-20240501-1234", "s1-ab"):
        assert sweeps.of_run(run_id) is None


def test_the_config_of_a_run_holds_its_settings(sweeps: SweepStore) -> None:
    config = record().config(2)
    assert (config.run_id, config.settings, config.preset) == ("s1-02", {"learning_rate": 0.2}, "quick")


def test_sweeps_are_listed_newest_first_and_a_damaged_one_is_passed_over(sweeps: SweepStore) -> None:
    for name, created in (("old", "2024-01-01"), ("new", "2024-02-01"), ("bad", "2024-03-01")):
        sweeps.create(record(name, created))
    (sweeps.root / "bad.json").write_text("{")
    assert [found.sweep_id for found in sweeps.list()] == ["new", "old"]
    assert sweeps.of_run("bad-01") is None


@pytest.mark.parametrize("sweep_id", ["nothing", "../x", "x" * 61])
def test_there_is_no_sweep_of_that_id(sweeps: SweepStore, sweep_id: str) -> None:
    with pytest.raises(NotFoundError):
        sweeps.open(sweep_id)


def test_sweeps_go_with_their_dataset(sweeps: SweepStore) -> None:
    sweeps.create(record())
    sweeps.delete_on("other")
    assert len(sweeps.list()) == 1
    sweeps.delete_on("tiny")
    assert sweeps.list() == []
