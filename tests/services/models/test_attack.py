"""Membership attack: planted members are found, a crowd is not, and a run that saw everybody is attacked by its twin."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recsys.__main__ import main
from recsys.errors import RunError, SettingError
from recsys.runs import jobs
from recsys.runs.attack_record import ATTACK, load_attack, save_attack
from recsys.services.models import attack, attack_job, attack_text
from recsys.services.models.attack_exposed import _reasons
from recsys.services.models.attack_twin import find_twin, needs_twin, why_no_attack
from recsys.services.models.attack_users import EVENTS, draw_users, paired
from recsys.services.models.fit_blend import blend
from recsys.services.models.leaderboard import delete_run, list_runs
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.training.config import TrainingOptions
from tests.worlds.members import OVERFITTED, import_crowd, import_pairs
from tests.worlds.shops import import_shop, train_small
from tests.worlds.small_models import small_settings
from tests.worlds.trained_runs import train_once

HALF = TrainingOptions(device="cpu", threads=1, held_out_users=0.5)


def trained(workspace: Workspace, dataset_id: str, model: str, **settings: object) -> OpenRun:
    """A run named after its model that held half of the users out."""
    train_once(workspace, TrainRequest(dataset_id, model, settings=settings, options=HALF, run_id=model))
    return open_run(workspace, model)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "home")


@pytest.mark.parametrize("model", ["sasrec", "mlp"])
def test_an_overfitted_network_gives_its_members_away(model: str, workspace: Workspace, tmp_path: Path) -> None:
    run = trained(workspace, import_pairs(workspace, tmp_path), model, **OVERFITTED)
    found = attack.measure(run, 80, workspace=workspace)
    assert (found.num_members, found.num_others) == (40, 40)
    for scores in found.attacks:
        assert scores.auc >= 0.7
        assert scores.interval[0] > 0.5
    assert "picks the member in about" in attack_text.verdict(found)
    assert found.attacked == model
    assert len(attack_text.notes(found, run.config)) == (model == "mlp")


def test_the_popularity_of_a_crowd_gives_nobody_away(workspace: Workspace, tmp_path: Path) -> None:
    run = trained(workspace, import_crowd(workspace, tmp_path), "popularity")
    found = attack.measure(run, 300, workspace=workspace)
    for scores in found.attacks:
        assert scores.interval[0] <= 0.5 <= scores.interval[1]
    assert attack_text.verdict(found).startswith("No better than guessing")


def test_members_and_others_have_events_of_the_same_number_and_kind(workspace: Workspace, tmp_path: Path) -> None:
    run = trained(workspace, import_shop(workspace, tmp_path, pictures=False), "popularity")
    users = draw_users(run, 1000)
    assert users.users[~users.is_member].tolist() == run.split.held_out_users.tolist()
    assert not np.isin(users.users[users.is_member], run.split.held_out_users).any()
    assert users.num_events.tolist() == [4] * 40  # of 7 events the last two are held out, and the first has no history
    last = users.targets.items[users.targets.users == users.users[-1]][-1]
    assert last == run.dataset.interactions.history(users.users[-1])[-3]


def test_a_member_is_paired_by_the_number_of_events() -> None:
    lengths = np.array([0, 5, 9, 30, 6, 28, 90])
    assert paired(np.array([1, 2, 3]), np.array([4, 5]), lengths).tolist() == [1, 3]
    assert paired(np.array([1, 2, 3]), np.array([6, 5]), lengths).tolist() == [3, 2]  # the nearest that is left


def test_a_run_that_saw_all_users_is_attacked_by_a_twin_which_is_used_again(
    workspace: Workspace, tmp_path: Path
) -> None:
    dataset_id = import_crowd(workspace, tmp_path)
    run = train_small(workspace, dataset_id, "ease", "all")
    assert needs_twin(workspace, run.config)
    found = attack.measure(run, 100, workspace=workspace)
    twin = find_twin(workspace, run.config)
    assert twin is not None and twin.run_id == found.attacked != "all"
    assert twin.config.options == run.config.options.model_copy(update={"held_out_users": 0.5})
    assert not needs_twin(workspace, run.config)
    assert "its twin" in attack_text.basis(found, "all")
    assert attack.measure(run, 100, workspace=workspace).attacked == found.attacked
    assert len(list_runs(workspace)) == 2
    of_twin = load_attack(twin)  # which was attacked when it was trained
    assert load_attack(run.folder) is not None and of_twin is not None and of_twin.attacked == twin.run_id


def test_a_stopped_twin_is_trained_on_by_the_next_attack(workspace: Workspace, tmp_path: Path) -> None:
    settings = small_settings("gru4rec", epochs=4, patience=4)
    run = train_small(workspace, import_shop(workspace, tmp_path, pictures=False), "gru4rec", "all", **settings)
    told: list[float] = []

    def tick(share: float, doing: str) -> None:
        told.append(share)

    with pytest.raises(RunError, match="Stopped while the twin"):
        attack.measure(run, 20, tick, workspace=workspace, should_stop=lambda: len(told) > 2)
    twin = find_twin(workspace, run.config)
    assert twin is not None and twin.record is not None and twin.record.state == "stopped"
    assert load_attack(run.folder) is None
    found = attack.measure(run, 20, tick, workspace=workspace)
    assert found.attacked == twin.run_id
    assert twin.record.state == "finished"
    assert told[-1] == 1.0 and told[3:] == sorted(told[3:])


def test_shadow_models_come_in_pairs_with_and_without_every_user(workspace: Workspace, tmp_path: Path) -> None:
    run = trained(workspace, import_pairs(workspace, tmp_path), "ease")
    users = draw_users(run, 80)
    shadows = attack.shadow_scores(
        run, users.users, 4, 1, lambda model: np.zeros(80), lambda: False, lambda number, share: None
    )
    assert shadows.is_in_SU.sum(0).tolist() == [2] * 80
    assert not (shadows.is_in_SU[0] == users.is_member).all()


def test_shadow_models_of_other_halves_show_who_was_in_this_one(workspace: Workspace, tmp_path: Path) -> None:
    run = trained(workspace, import_pairs(workspace, tmp_path), "popularity")
    plain, thorough = (attack.measure(run, 80, workspace=workspace, num_shadows=number) for number in (0, 4))
    assert (plain.num_shadows, thorough.num_shadows) == (0, 4)
    assert [scores.name for scores in thorough.attacks] == ["loss", "rank", "shadows"]
    assert thorough.attacks[:2] == plain.attacks
    assert thorough.attacks[2].auc > plain.attacks[0].auc  # some items are rare with and without the user


def test_a_stop_among_the_shadow_models_keeps_the_pairs_and_no_better_result_is_lost(
    workspace: Workspace, tmp_path: Path
) -> None:
    run = trained(workspace, import_pairs(workspace, tmp_path), "popularity")
    calls: list[str] = []

    def after(number: int) -> attack.ShouldStop:
        calls.clear()
        return lambda: calls.append("") or len(calls) > number  # type: ignore[func-returns-value]

    found = attack.measure(run, 80, workspace=workspace, num_shadows=6, should_stop=after(6))
    assert (found.num_shadows, found.stopped) == (2, True)
    assert load_attack(run.folder) == found
    worse = attack.measure(run, 80, workspace=workspace, num_shadows=6, should_stop=after(2))
    assert (worse.num_shadows, worse.stopped) == (0, True)
    assert load_attack(run.folder) == found


def test_a_stop_before_the_users_are_scored_keeps_nothing(workspace: Workspace, tmp_path: Path) -> None:
    run = trained(workspace, import_pairs(workspace, tmp_path), "popularity")
    (run.folder.path / ATTACK).unlink()  # that of the training
    with pytest.raises(RunError, match="nothing is kept"):
        attack.measure(run, 80, workspace=workspace, should_stop=lambda: True)
    assert load_attack(run.folder) is None


def test_the_most_exposed_members_are_listed_with_a_reason(workspace: Workspace, tmp_path: Path) -> None:
    run = trained(workspace, import_pairs(workspace, tmp_path), "popularity")
    found = attack.measure(run, 80, workspace=workspace)
    scores = np.array(found.strongest.scores)
    others, first = scores[~np.array(found.is_member)], found.exposed[0]
    assert first.score == scores[np.array(found.is_member)].max()
    assert first.as_high == np.mean(others >= first.score)
    assert len(found.exposed) == 20
    assert all(user.num_events == 1 for user in found.exposed)
    rare = next(user for user in found.exposed if user.reason == "rare")
    assert str(attack_text.reason(found, rare)).startswith("1 of their 1 events are of items with at most 5 users")


def test_a_member_stands_out_by_rare_items_few_events_or_good_ranks() -> None:
    rare, counts, ranks = np.zeros(20), np.full(20, 15), np.full(20, 50.0)
    rare[0], counts[1], ranks[2] = 0.5, 3, 2.0
    assert _reasons(rare, counts, ranks) == ["rare", "few", "fit", *["none"] * 17]


def test_a_stored_attack_is_used_only_with_its_weights_and_as_it_was_written(
    workspace: Workspace, tmp_path: Path
) -> None:
    run = trained(workspace, import_pairs(workspace, tmp_path), "popularity")
    found = attack.measure(run, 80, workspace=workspace)
    save_attack(run.folder, found.model_copy(update={"weights_sha256": "other"}))
    assert load_attack(run.folder) is None
    save_attack(run.folder, found)
    path = run.folder.path / ATTACK
    path.write_text(path.read_text().replace('"num_shadows": 0', '"num_shadows": 4'))
    assert load_attack(run.folder) is None


def test_a_run_under_attack_is_not_deleted(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(workspace, import_pairs(workspace, tmp_path), "popularity")
    monkeypatch.setattr(jobs, "is_running", lambda folder, kind=jobs.TRAINING: kind == jobs.ATTACK)
    with pytest.raises(RunError, match="The attack on run popularity is under way"):
        delete_run(workspace, "popularity")


def test_what_cannot_be_attacked_is_refused_with_what_to_do(workspace: Workspace, tmp_path: Path) -> None:
    dataset_id = import_shop(workspace, tmp_path, pictures=False)
    run = train_small(workspace, dataset_id, "ease", "ease")
    with pytest.raises(SettingError, match="from 4 to 4000"):
        attack.measure(run, 2, workspace=workspace)
    with pytest.raises(SettingError, match="even number"):
        attack.measure(run, 40, workspace=workspace, num_shadows=3)
    train_small(workspace, dataset_id, "popularity", "popularity")
    blend(workspace, ["ease", "popularity"], "mixed")
    assert "Attack its parts" in str(why_no_attack(workspace.runs.open("mixed").config))
    few = TrainingOptions(device="cpu", threads=1, held_out_users=0.01)
    train_once(workspace, TrainRequest(dataset_id, "ease", options=few, run_id="few"))
    with pytest.raises(RunError, match="39 users in training and 1 held-out users"):
        attack.measure(open_run(workspace, "few"), workspace=workspace)


def test_the_command_attacks_and_answers_with_area_and_interval(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(workspace, import_pairs(workspace, tmp_path), "popularity")
    words = ["attack", "popularity", "--users", "60", "--shadows", "2", "--workspace", str(workspace.path), "--json"]
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    stored = load_attack(workspace.runs.open("popularity"))
    assert stored is not None and answer["kept"]
    assert answer["attack"] == {
        "name": stored.strongest.name,
        "auc": stored.strongest.auc,
        "interval": list(stored.strongest.interval),
    }
    assert (answer["num_members"], answer["num_others"], answer["num_shadows"]) == (30, 30, 2)
    assert [row["name"] for row in answer["attacks"]] == ["loss", "rank", "shadows"]
    assert answer["attacks"][0]["curve"][0] == [0, 0] and answer["attacks"][0]["curve"][-1] == [1, 1]
    assert not (workspace.runs.open("popularity").path / attack_job.JOB.progress_file).exists()


def test_a_curve_of_many_users_is_thinned(workspace: Workspace, tmp_path: Path) -> None:
    found = attack.measure(trained(workspace, import_crowd(workspace, tmp_path), "ease"), 300, workspace=workspace)
    curve = attack_text.curve_of(found, found.attacks[0])
    assert len(curve.thresholds) <= attack_text.MOST_POINTS
    assert (curve.true_positives[0], curve.true_positives[-1]) == (0, 1)
    assert max(found.num_events) == 3 < EVENTS
