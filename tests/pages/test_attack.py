"""The Privacy tab: an attack started, watched and stopped, its result in words, and the users behind it."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from recsys.messages import PSEUDO
from recsys.runs import jobs
from recsys.runs.attack_record import ATTACK, Attack, load_attack
from recsys.runs.record import PrivacySpent, RunRecord
from recsys.services.models import attack, attack_job, attack_text
from recsys.services.models.fit_blend import blend
from recsys.services.models.run_job import JobWriter
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.training.config import TrainingOptions
from recsys.ui.models import roc
from tests.pages.drive import opened, table, texts
from tests.pages.pseudo_language import raw_texts
from tests.pages.test_trust_job import wait_until
from tests.worlds.shops import import_shop, train_small
from tests.worlds.trained_runs import train_once


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Runs that saw all users, `seen` and `thorough`, and one that held half of them out and was attacked, `held`."""
    folder = tmp_path_factory.mktemp("attack-page")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder, pictures=False)
    train_small(workspace, dataset_id, "ease", "seen")
    train_small(workspace, dataset_id, "popularity", "pop")
    train_small(workspace, dataset_id, "gru4rec", "thorough")
    options = TrainingOptions(device="cpu", threads=1, held_out_users=0.5)
    train_once(workspace, TrainRequest(dataset_id, "popularity", options=options, run_id="held"))
    attack.measure(open_run(workspace, "held"), 40, workspace=workspace, num_shadows=2)
    return workspace


def privacy(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, run: str, **query: str) -> AppTest:
    return opened("models", workspace.path, monkeypatch, run=run, part="Privacy", **query)


def stored(workspace: Workspace, run_id: str) -> Attack:
    found = load_attack(workspace.runs.open(run_id))
    assert found is not None
    return found


def test_the_result_begins_with_one_sentence_in_plain_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = privacy(workspace, monkeypatch, "held")
    strongest = stored(workspace, "held").strongest
    assert f"picks the member in about {100 * strongest.auc:.0f} of 100 cases" in texts(app)
    rows = table(app, "Attack", "AUC", "AUC, 95%")
    assert list(rows["Attack"]) == ["Loss threshold", "Rank threshold", "Shadow models"]
    assert f"{strongest.auc:.2f}" in list(rows["AUC"])
    assert "no proof of privacy" in texts(app)


def test_the_most_exposed_members_are_rows_that_say_why(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, found = table(privacy(workspace, monkeypatch, "held"), "user", "why"), stored(workspace, "held")
    assert list(rows["user"]) == [user.user for user in found.exposed]
    assert list(rows["why"]) == [str(attack_text.reason(found, user)) for user in found.exposed]
    held_out = {user for user, is_member in zip(found.users, found.is_member, strict=True) if not is_member}
    assert not held_out & set(rows["user"])


def test_a_click_on_the_curve_lists_the_users_above_its_threshold(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = stored(workspace, "held")
    scores = np.array(found.attacks[0].scores)
    threshold = np.sort(scores)[-5]
    monkeypatch.setattr(roc, "show", lambda attacked: ("loss", float(threshold)))
    rows = table(privacy(workspace, monkeypatch, "held"), "user", "membership")
    assert len(rows) == (scores >= threshold).sum()
    expected = {user: "in training" if inside else "held out" for user, inside in zip(found.users, found.is_member, strict=True)}  # fmt: skip
    assert [expected[user] for user in rows["user"]] == list(rows["membership"])


def test_a_point_of_the_curve_carries_its_attack_and_threshold(workspace: Workspace) -> None:
    found = stored(workspace, "held")
    guess, *lines = roc.figure(found).data
    assert guess.customdata is None
    assert [line.customdata[0][0] for line in lines] == ["loss", "rank", "shadows"]
    curve = attack_text.curve_of(found, found.attacks[0])
    assert [float(point[1]) for point in lines[0].customdata] == curve.thresholds.tolist()
    assert len(roc.table(found)) == sum(len(line.x) for line in lines)


def test_the_button_says_what_it_will_train(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Trains a twin" not in texts(privacy(workspace, monkeypatch, "held"))
    app = privacy(workspace, monkeypatch, "seen")
    assert "Trains a twin without half of the users first" in texts(app)
    app.toggle(key="attack_thorough").set_value(True).run()
    assert "Trains 4 shadow models" in texts(app)
    plan = attack_job.planned(workspace, workspace.runs.open("seen").config, open_run(workspace, "seen").record, 4)
    assert plan.seconds == pytest.approx(2.5 * open_run(workspace, "seen").record.seconds)


def test_an_attack_goes_on_when_the_page_is_left_and_is_stopped_from_any_page(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = workspace.runs.open("thorough")
    app = privacy(workspace, monkeypatch, "thorough")
    app.toggle(key="attack_thorough").set_value(True).run()
    app.button(key="measure_attack").click().run()
    assert not app.exception
    assert jobs.is_running(folder, jobs.ATTACK)
    assert [button.key for button in app.main.button if "attack" in (button.key or "")] == ["stop_attack"]
    home = opened("home", workspace.path, monkeypatch)
    assert home.button(key="watch_attack_thorough")
    home.button(key="stop_attack_thorough").click().run()
    wait_until(lambda: not jobs.is_running(folder, jobs.ATTACK))
    assert attack_job.JOB.progress(workspace, "thorough").state == "none"
    assert not privacy(workspace, monkeypatch, "thorough").error
    for twin in [run.run_id for run in workspace.runs.list() if run.run_id.startswith("gru4rec-")]:
        workspace.runs.delete(twin)


def test_the_progress_names_the_step_and_the_time_left(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, folder = [1000.0], workspace.runs.open("seen")
    monkeypatch.setattr("time.time", lambda: clock[0])
    monkeypatch.setattr(jobs, "is_running", lambda *_: True)
    writer = JobWriter(attack_job.JOB, folder, 40)
    writer.tick(0.0, attack_text.NAMES["loss"])
    now = attack_job.JOB.progress(workspace, "seen")
    assert (now.step, now.eta) == ("Loss threshold", None)
    clock[0] += 30
    writer.tick(0.25, attack_text.NAMES["rank"])
    writer.write()
    now = attack_job.JOB.progress(workspace, "seen")
    assert (now.step, now.eta) == ("Rank threshold", 90.0)
    attack_job.JOB.forget(workspace, "seen")


def test_a_blend_of_runs_that_saw_all_users_says_why_it_is_not_attacked(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    blend(workspace, ["seen", "pop"], "mixed")
    app = privacy(workspace, monkeypatch, "mixed")
    assert "Attack its parts one by one" in texts(app)
    assert "measure_attack" not in [button.key for button in app.button]
    workspace.runs.delete("mixed")


def test_the_budget_of_a_private_run_stands_beside(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    spent = PrivacySpent(epsilon=2.5, delta=1e-5, noise=1.0, clip=0.5, rate=0.1, steps=80)
    monkeypatch.setattr(RunRecord, "privacy", property(lambda record: spent), raising=False)
    assert "ε = 2.50, δ = 1e-05" in texts(privacy(workspace, monkeypatch, "held"))


def test_a_damaged_result_is_said_and_not_used(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workspace.runs.open("seen").path / ATTACK
    path.write_text('{"sha256": "0"}')
    app = privacy(workspace, monkeypatch, "seen")
    assert "damaged" in texts(app) and "of 100 cases" not in texts(app)
    path.unlink()


def test_every_text_is_a_message(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    raw: set[str] = set()
    for run_id in ("held", "seen"):
        raw |= raw_texts(privacy(workspace, monkeypatch, run_id, lang=PSEUDO), run_id)
    assert raw == set()
