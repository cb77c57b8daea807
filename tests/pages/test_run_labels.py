"""Runs of one name in a list to choose from differ in their labels by time, settings or id."""

from __future__ import annotations

from typing import Any

from recsys.services.models.leaderboard import RunSummary
from recsys.ui.shell.run_labels import run_labels


def run(run_id: str, created: str = "2026-01-01T10:00:00+00:00", title: str = "SASRec", **more: Any) -> RunSummary:
    unset = dict.fromkeys(("seconds", "epochs", "best_validation_ndcg", "targets_per_second", "peak_memory", "device"))
    values = {"settings": {}, "metrics": {"ndcg@10": 0.25}, "list_metrics": {}, "seed": 1, **unset, **more}
    return RunSummary(run_id, "sasrec", title, "d", "Shop", "finished", created=created, **values)


def test_a_name_that_is_the_only_one_stands_alone() -> None:
    assert run_labels([run("a"), run("b", title="EASE")]) == {
        "a": "SASRec · NDCG@10 0.250",
        "b": "EASE · NDCG@10 0.250",
    }


def test_runs_of_one_name_have_their_time_before_the_quality_even_where_that_differs() -> None:
    runs = [run("a"), run("b", "2026-01-02T11:30:00+00:00", metrics={"ndcg@10": 0.3})]
    labels = run_labels(runs)
    assert labels == {
        "a": "SASRec · Jan 1, 2026 10:00 · NDCG@10 0.250",
        "b": "SASRec · Jan 2, 2026 11:30 · NDCG@10 0.300",
    }


def test_runs_of_one_name_and_minute_have_the_settings_that_differ() -> None:
    alike = {"dropout": 0.2, "embedding_dim": 64}
    labels = run_labels(
        [run("a", settings=alike), run("b", settings={**alike, "dropout": 0.4}), run("c", title="EASE")]
    )
    assert labels["a"].startswith("SASRec · 10:00 · Dropout (share): 0.2 · NDCG")
    assert "Dropout (share): 0.4" in labels["b"] and "64" not in labels["b"]
    seeds = run_labels([run("a"), run("b", seed=2)])
    assert "Seed: 2" in seeds["b"]


def test_the_id_tells_the_same_training_apart() -> None:
    assert run_labels([run("a"), run("b")])["b"] == "SASRec · 10:00 (b) · NDCG@10 0.250"
