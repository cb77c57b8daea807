"""Privacy series: its members are found by their work, none is queued twice, and its sentences have the numbers of the runs."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from recsys.__main__ import main
from recsys.errors import RunError, SettingError
from recsys.runs.attack_record import ATTACK, load_attack
from recsys.services.models import privacy_series, privacy_series_text, quality
from recsys.services.models.privacy_series import find_members, members, series, start, stop
from recsys.services.train.planning import TrainRequest, config_of
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions
from tests.worlds.privacy_runs import AUCS, RANKS, SECONDS, add_run, finish_member
from tests.worlds.small_shop import import_small_shop

NAMES = ["central", "epsilon-8", "epsilon-3", "epsilon-1", "federated", "federated-8"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with the run `seen`, whose queue starts nothing, and a popularity baseline of NDCG@10 = .1."""
    monkeypatch.setattr(privacy_series, "start_due_jobs", lambda workspace: None)
    monkeypatch.setattr(privacy_series, "open_run", lambda workspace, run_id: None)
    monkeypatch.setattr(quality, "popularity_score", lambda workspace, run: 0.1)
    workspace = open_workspace(tmp_path)
    add_run(workspace, import_small_shop(workspace))
    return workspace


def states(home: Workspace) -> dict[str, str]:
    return {result.name: result.state for result in series(home, "seen").results}


def test_the_members_differ_in_protection_only_and_hold_the_same_users_out(home: Workspace) -> None:
    found = members(home.runs.open("seen").config)
    assert [member.name for member in found] == NAMES
    assert {member.options.held_out_users for member in found} == {0.2}
    assert [member.options.threads for member in found] == [None, *[1] * 5]
    budgets = [member.options.privacy and member.options.privacy.epsilon for member in found]
    assert budgets == [None, 8, 3, 1, None, 8]
    assert [member.options.federated is not None for member in found] == [False] * 4 + [True] * 2


@pytest.mark.parametrize("model", ["mlp", "gru4rec", "sasrec"])
def test_every_member_can_be_trained(home: Workspace, model: str) -> None:
    dataset_id = home.datasets.list()[0].dataset_id
    add_run(home, dataset_id, model, model)
    assert len(start(home, model)) == 6


def test_all_members_are_queued_in_their_order_and_none_twice(home: Workspace) -> None:
    run_ids = start(home, "seen")
    assert home.queue.waiting() == run_ids
    assert set(states(home).values()) == {"waiting"}
    assert start(home, "seen") == []
    assert home.queue.waiting() == run_ids


def test_a_press_in_another_tab_at_the_same_time_creates_no_run_twice(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = find_members(home, home.runs.open("seen").config)
    first = start(home, "seen")
    monkeypatch.setattr(privacy_series, "find_members", lambda *_: before)  # as the other tab has read it
    assert start(home, "seen") == first == home.queue.waiting()
    assert len(home.runs.list()) == 7


def test_only_what_is_missing_or_failed_or_never_attacked_is_queued(home: Workspace) -> None:
    finish_member(home, "seen", "central")
    unattacked = finish_member(home, "seen", "epsilon-8", attacked=False)
    failed = home.runs.create(find_members(home, home.runs.open("seen").config)[2].config)
    assert states(home) == dict(
        zip(NAMES, ["finished", "finished", "failed", "missing", "missing", "missing"], strict=True)
    )
    queued = start(home, "seen")
    assert queued[:2] == [unattacked.run_id, failed.run_id]
    assert len(queued) == 5


def test_a_run_that_was_trained_by_hand_is_a_member(home: Workspace) -> None:
    config = home.runs.open("seen").config
    options = TrainingOptions(device="cpu", threads=2, held_out_users=0.2)
    home.runs.create(config_of(TrainRequest(config.dataset_id, config.model, "quick", {}, options, "by-hand")))
    assert find_members(home, config)[0].config.run_id == "by-hand"
    finish_member(home, "seen", "central")
    assert series(home, "seen").results[0].run_id == series(home, "by-hand").results[0].run_id == "by-hand"


def test_stop_takes_the_waiting_members_off_the_queue_and_the_next_press_brings_them_back(home: Workspace) -> None:
    finish_member(home, "seen", "central")
    queued = start(home, "seen")
    stop(home, "seen")
    assert home.queue.waiting() == []
    assert list(states(home).values()) == ["finished", *["missing"] * 5]
    assert start(home, "seen") == queued


def test_a_member_that_cannot_be_trained_leaves_nothing_behind(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(workspace: Workspace, config: object) -> None:
        raise SettingError("no")

    monkeypatch.setattr("recsys.services.train.planning.check", refuse)
    with pytest.raises(SettingError):
        start(home, "seen")
    assert home.queue.waiting() == [] and len(home.runs.list()) == 1


def test_a_model_without_privacy_has_no_series_and_is_told_which_have(home: Workspace) -> None:
    add_run(home, home.datasets.list()[0].dataset_id, "plain", "ease")
    with pytest.raises(RunError, match="GRU4Rec"):
        start(home, "plain")


def test_the_results_are_those_of_the_records(home: Workspace) -> None:
    for name in NAMES:
        finish_member(home, "seen", name)
    done = series(home, "seen")
    for result in done.results:
        rank = RANKS[result.name]
        assert result.ndcg is not None
        assert result.ndcg.mean == pytest.approx(1 / math.log2(rank + 1) if rank <= 10 else 0)
        assert (result.auc, result.seconds) == (AUCS[result.name], SECONDS[result.name])
        assert result.num_bytes == (40_000_000 if result.is_federated else 0)
    assert [result.epsilon for result in done.results] == pytest.approx([math.inf, 7.92, 2.97, 0.99, math.inf, 7.92])
    assert done.popularity == 0.1


def test_the_caption_says_what_protection_costs_and_when_intervals_overlap(home: Workspace) -> None:
    finish_member(home, "seen", "central")
    assert privacy_series_text.caption(series(home, "seen")) == ""
    finish_member(home, "seen", "epsilon-8")
    finish_member(home, "seen", "epsilon-1")
    finish_member(home, "seen", "federated")
    assert privacy_series_text.caption(series(home, "seen")) == (
        "With GRU4Rec, ε ≤ 1: NDCG@10 falls from 1.000 to 0.000; the attack's AUC falls from 0.70 to 0.50. "
        "With GRU4Rec, federated: NDCG@10 is 1.000 instead of 1.000, and the intervals overlap; the attack's AUC is 0.69 "
        "instead of 0.70, and the intervals overlap; 40 MB go to clients and back. "
        "No clear gain over the list of the most popular items (0.100): ε ≤ 1."
    )


def test_the_time_left_follows_from_a_finished_member_and_else_from_the_run(home: Workspace) -> None:
    config, cost = home.runs.open("seen").config, privacy_series_text.COST
    total = cost["central"] + 3 * cost["epsilon"] + 2 * cost["federated"]
    left = privacy_series_text.seconds_left
    assert left(find_members(home, config), "central", 5.0) == pytest.approx(5 * total)
    assert left(find_members(home, config), "federated", 5.0) == pytest.approx(5 * total / cost["federated"])
    finish_member(home, "seen", "central")
    assert left(find_members(home, config), "central", 5.0) == pytest.approx(SECONDS["central"] * (total - 1))


def test_the_command_trains_what_is_left_and_prints_the_series(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = open_workspace(tmp_path / "home")
    dataset_id = import_small_shop(workspace)
    short = {"epochs": 1, "embedding_dim": 8, "hidden_dim": 8}
    full = members

    def shorter(config: object) -> list[privacy_series.Member]:
        found = [full(config)[index] for index in (0, 3, 5)]  # type: ignore[arg-type]
        return [privacy_series.Member(m.name, m.label, m.settings | short, m.options) for m in found]

    monkeypatch.setattr(privacy_series, "members", shorter)
    command = ["privacy", dataset_id, "--model", "gru4rec", "--preset", "quick", "--device", "cpu", "--json"]
    assert main([*command, "--workspace", str(workspace.path)]) == 0
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert [row["name"] for row in answer["members"]] == ["central", "epsilon-1", "federated-8"]
    assert {row["state"] for row in answer["members"]} == {"finished"}
    assert [row["epsilon"] is None for row in answer["members"]] == [True, False, False]
    for row in answer["members"]:
        attack = load_attack(workspace.runs.open(row["run_id"]))
        assert attack is not None and row["auc"] == attack.strongest.auc
        assert row["epsilon"] is None or row["epsilon"] <= 8
    assert answer["members"][2]["bytes"] > 0 and 0 <= answer["popularity"]["ndcg@10"] <= 1
    assert "Member 2 of 3: GRU4Rec, ε ≤ 1" in told.err
    (workspace.runs.open(answer["members"][0]["run_id"]).path / ATTACK).unlink()  # as if killed before the attack
    assert main([*command, "--workspace", str(workspace.path)]) == 0
    again = capsys.readouterr()
    assert "Member 1 of 3" in again.err and "Member 2 of 3" not in again.err
    assert json.loads(again.out)["members"][0]["auc"] == answer["members"][0]["auc"]


def test_a_run_with_held_out_users_is_attacked_when_it_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_workspace(tmp_path / "home")
    dataset_id = import_small_shop(workspace)
    from recsys.services.train.training import train

    held = TrainingOptions(device="cpu", threads=1, held_out_users=0.3)
    train(workspace, TrainRequest(dataset_id, "popularity", options=held, run_id="held"))
    found = load_attack(workspace.runs.open("held"))
    assert found is not None and found.num_others == 9 and found.num_shadows == 0
    train(workspace, TrainRequest(dataset_id, "popularity", options=TrainingOptions(threads=1), run_id="all"))
    assert load_attack(workspace.runs.open("all")) is None
