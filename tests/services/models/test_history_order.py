"""Does order matter: a model that reads order loses by a shuffle, one that ignores it loses nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys.data.importing.load import ImportRequest
from recsys.errors import SettingError
from recsys.services.models import history_order, protocol_checks
from recsys.services.models.quality import stored_ranks
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.training.config import TrainingOptions
from tests.worlds.trained_runs import import_once, train_once


def walks(folder: Path, *, with_times: bool) -> ImportRequest:
    """60 users who walk a cycle of 30 items, 9 steps each and the last user 33, so that seen items are not masked.

    Three steps share a day.
    """
    steps = [(u, step) for u in range(60) for step in range(33 if u == 59 else 9)]
    lines = [f"u{u},i{(u + step) % 30}" + f",{step // 3 * 86_400}" * with_times for u, step in steps]
    (folder / "log.csv").write_text("\n".join(["user_id,item_id" + ",timestamp" * with_times, *lines]) + "\n")
    return ImportRequest(folder / "log.csv", name="Walks")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("order")
    home = open_workspace(folder / "home")
    for with_times in (True, False):
        key = ("walks", with_times)
        request = walks(folder, with_times=with_times)
        dataset_id = import_once(home, key, lambda one, request=request: one.datasets.add(request).dataset_id)
        for model in ("markov", "ease"):
            run_id = model if with_times else f"{model}-untimed"
            train_once(home, TrainRequest(dataset_id, model, options=TrainingOptions(threads=1), run_id=run_id))
    return home


def test_order_matters_to_a_model_that_reads_it(workspace: Workspace) -> None:
    found = history_order.order_test(open_run(workspace, "markov"), 3)
    assert found.shuffled.num_users == found.shuffled.num_all == 60
    assert found.shuffled.low <= found.shuffled.mean <= found.shuffled.high < found.shuffled.true
    assert found.shuffled.paired.mean == pytest.approx(found.shuffled.true - found.shuffled.mean)
    assert found.sentence.startswith("Order matters: NDCG@10 falls from")
    assert found.sentence.endswith("(p < .001).")


def test_order_does_not_matter_to_a_model_that_ignores_it(workspace: Workspace) -> None:
    found = history_order.order_test(open_run(workspace, "ease"), 2)
    assert found.shuffled.num_changed == 0
    assert found.sentence == "Order does not matter for EASE: shuffled histories give every user the same rank."


def test_the_same_run_gives_the_same_figures(workspace: Workspace) -> None:
    run = open_run(workspace, "markov")
    assert history_order.order_test(run, 2) == history_order.order_test(run, 2)


def test_of_many_users_a_fixed_sample_is_measured_and_the_sentence_says_so(workspace: Workspace) -> None:
    run = open_run(workspace, "markov")
    found = history_order.order_test(run, 2, max_users=20)
    assert found.shuffled.num_users == 20
    assert found.sentence.endswith("Measured on 20 of 60 users.")
    assert found == history_order.order_test(run, 2, max_users=20)


def test_shuffled_ties_keep_targets_and_report_the_range(workspace: Workspace) -> None:
    run = open_run(workspace, "markov")
    before = stored_ranks(run, "test").copy()
    found = history_order.tie_test(run, 4)
    assert (found.num_tied_users, found.num_tied_targets) == (60, 60)  # days 0 0 0 1 1 1 2 2, and the target on day 2
    assert found.shuffled.low < found.shuffled.high
    assert "60 of 60 users have tied timestamps" in found.sentence
    assert "60 held-out items are tied" in found.sentence
    assert np.array_equal(stored_ranks(run, "test"), before)


def test_ties_without_times_are_refused(workspace: Workspace) -> None:
    with pytest.raises(SettingError, match="has no times"):
        history_order.tie_test(open_run(workspace, "markov-untimed"), 2)


@pytest.mark.parametrize("number", [0, 101])
def test_a_number_of_shuffles_out_of_range_is_refused(workspace: Workspace, number: int) -> None:
    for test, column in ((history_order.order_test, "shuffle_histories"), (history_order.tie_test, "shuffle_ties")):
        with pytest.raises(SettingError, match="from 1 to 100") as caught:
            test(open_run(workspace, "markov"), number)
        assert caught.value.column == column


def test_evaluate_adds_what_was_requested_and_leakage_where_there_are_times(workspace: Workspace) -> None:
    run, untimed = open_run(workspace, "markov"), open_run(workspace, "markov-untimed")
    answer = protocol_checks.as_json(workspace, run, "test", None, 2, 2)
    assert set(answer) == {"leakage", "shuffled_histories", "shuffled_ties"}
    assert answer["leakage"]["level"] == "little"
    assert answer["shuffled_ties"]["num_tied_users"] == 60
    assert protocol_checks.as_json(workspace, untimed, "test", None, None, None) == {}
