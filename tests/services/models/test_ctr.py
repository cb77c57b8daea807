"""Yes or no: against scikit-learn and hand counts on the scores that the models give the whole catalogue."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as oracle
from sklearn.linear_model import LogisticRegression

from recsys.data.importing.load import ImportRequest
from recsys.errors import RecsysError, SettingError
from recsys.sequences.relevance import thresholds, usual_threshold
from recsys.services.models.ctr import (
    as_json,
    half_of,
    in_a_sentence,
    label_quality,
)
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import NUM_USERS, import_shop, train_small

RUNS = ("mlp", "sasrec", "ease")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("labels")


@pytest.fixture(scope="module")
def home(folder: Path) -> Workspace:
    return open_workspace(folder / "home")


@pytest.fixture(scope="module")
def runs(home: Workspace, folder: Path) -> dict[str, OpenRun]:
    dataset_id = import_shop(home, folder)
    return {name: train_small(home, dataset_id, name, name) for name in RUNS}


def held_out(run: OpenRun, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Scores and ratings of each user's held-out event, the history ending before it."""
    log, place = run.dataset.interactions, -1 if split == "test" else -2
    users = range(1, log.num_users + 1)
    scores = run.model.scores([log.history(user)[:place] for user in users], users).numpy()
    items = [int(log.history(user)[place]) for user in users]
    ratings = np.array([1 + int(str(log.item_ids[item])[1:]) % 5 for item in items])
    return scores[np.arange(len(items)), items].astype(float), ratings


def test_the_dense_network_gives_chances_of_its_own_for_validation_and_test_events(runs: dict[str, OpenRun]) -> None:
    found = label_quality(runs["mlp"], "ratings", 4)
    parts = [held_out(runs["mlp"], split) for split in ("validation", "test")]
    scores, ratings = (np.concatenate(pair) for pair in zip(*parts, strict=True))
    labels, p = ratings >= 4, 1 / (1 + np.exp(-scores))
    assert found.scale is None and "own output" in found.probability
    assert (found.num_events, found.num_users, found.num_yes) == (80, 40, labels.sum())
    assert found.accuracy == pytest.approx(oracle.accuracy_score(labels, p >= 0.5))
    assert found.auc == pytest.approx(oracle.roc_auc_score(labels, scores), abs=1e-6)
    assert found.log_loss == pytest.approx(oracle.log_loss(labels, p), rel=1e-5)
    own = [
        oracle.roc_auc_score(labels[[u, u + 40]], scores[[u, u + 40]]) for u in range(40) if labels[u] != labels[u + 40]
    ]
    assert (found.user_auc, found.num_auc_users) == (pytest.approx(np.mean(own)), len(own))


@pytest.mark.parametrize("name", ["sasrec", "ease"])
def test_another_models_scale_is_fitted_on_validation_and_measured_on_the_test(
    runs: dict[str, OpenRun], name: str
) -> None:
    found = label_quality(runs[name], "ratings", 4)
    (to_fit, fit_ratings), (scores, ratings) = (held_out(runs[name], split) for split in ("validation", "test"))
    regression = LogisticRegression(C=1e12, tol=1e-12, max_iter=10_000).fit(to_fit[:, None], fit_ratings >= 4)
    labels, p = ratings >= 4, regression.predict_proba(scores[:, None])[:, 1]
    assert found.scale is not None and found.scale.slope == pytest.approx(regression.coef_[0, 0], rel=1e-2, abs=1e-3)
    assert found.num_events == 40
    assert found.log_loss == pytest.approx(oracle.log_loss(labels, p), rel=1e-3)
    assert found.auc == pytest.approx(oracle.roc_auc_score(labels, scores), abs=1e-6)
    assert found.user_auc is None and "No user has both" in found.why_none["user_auc"]
    low, high = found.intervals["auc"]
    assert low < found.auc < high


@pytest.mark.parametrize("name", RUNS)
def test_ctr_at_k_is_a_hand_count_over_the_file(runs: dict[str, OpenRun], folder: Path, name: str) -> None:
    run = runs[name]
    log, shown = run.dataset.interactions, defaultdict(list)
    with (folder / "impressions.csv").open() as file:
        for row in csv.DictReader(file):
            user, item = log.user_index[row["user_id"]], log.item_index[row["item_id"]]
            assert log.times is not None
            own = log.times[log.offsets[user] : log.offsets[user + 1]]
            history = log.history(user)[: int((own < int(row["timestamp"])).sum())]
            if run.candidates.scorable[item]:
                shown[user].append((-float(run.model.scores([history], [user])[0, item]), item, int(row["clicked"])))
    found = label_quality(run, "clicks", cut_offs=[1, 3])
    for k in (1, 3):
        counted = [np.mean([clicked for _, _, clicked in sorted(own)[:k]]) for own in shown.values()]
        assert found.ctr[k] == pytest.approx(np.mean(counted), abs=1e-12)
        low, high = found.intervals[f"ctr@{k}"]
        assert low <= found.ctr[k] <= high
    assert found.num_ctr_users == len(shown) == NUM_USERS
    assert found.ctr_any_order == pytest.approx(np.mean([np.mean([one[2] for one in own]) for own in shown.values()]))


def test_a_scale_for_clicks_is_measured_on_users_who_did_not_set_it(runs: dict[str, OpenRun]) -> None:
    everyone = np.arange(1, NUM_USERS + 1)
    half = half_of(everyone)
    assert len(half) == len(set(half)) == NUM_USERS // 2
    assert half.tolist() == half_of(everyone).tolist() != everyone[: NUM_USERS // 2].tolist()
    assert label_quality(runs["ease"], "clicks").num_users == NUM_USERS // 2
    assert label_quality(runs["mlp"], "clicks").num_users == NUM_USERS


def test_impressions_of_what_the_user_chose_in_training_are_counted(runs: dict[str, OpenRun]) -> None:
    run = runs["mlp"]
    shown, train = run.dataset.impressions, run.split.train
    assert shown is not None
    counted = sum(item in train.history(user) for user, item in zip(shown["user_id"], shown["item_id"], strict=True))
    assert label_quality(run, "clicks").num_known == counted > 0


def test_events_of_items_that_the_model_was_not_trained_on_are_left_out(runs: dict[str, OpenRun]) -> None:
    run = runs["mlp"]
    scorable = run.candidates.scorable.copy()
    item = int(run.split.test.items[0])
    scorable[item] = False
    without = replace(run, candidates=replace(run.candidates, scorable=scorable))
    lost = int((run.split.test.items == item).sum() + (run.split.validation.items == item).sum())
    found = label_quality(without, "ratings", 4)
    assert (found.num_left_out, found.num_events) == (lost, 80 - lost)


def test_what_is_said_beside_it_is_always_saying_the_commoner_label(runs: dict[str, OpenRun]) -> None:
    found = label_quality(runs["mlp"], "ratings", 2)
    assert found.commoner == "liked"
    assert found.base_rate == found.num_yes / found.num_events
    assert found.difference[0] == pytest.approx(found.accuracy - found.base_rate)
    assert f'always answering "liked" would be right for {found.base_rate:.1%}' in found.verdict


def test_the_calibration_error_follows_from_the_curve(runs: dict[str, OpenRun]) -> None:
    found = label_quality(runs["mlp"], "ratings", 4)
    distance = sum(b.count * abs(b.observed - b.predicted) for b in found.calibration) / found.num_events
    assert found.calibration_error == pytest.approx(distance)


@pytest.mark.parametrize(
    ("accuracy", "spread", "words"),
    [(0.9, 0, "the model is better"), (0.1, 0, "the model is worse"), (0.5, 1, "no significant difference")],
)
def test_the_sentence_says_whether_the_difference_can_be_told(accuracy: float, spread: float, words: str) -> None:
    labels = np.array([True, False] * 50)
    mean = accuracy - 0.5
    said = in_a_sentence("SASRec", np.ones(100), labels, "not liked", (mean, mean - spread, mean + spread))
    assert f"SASRec is right for {accuracy:.1%}" in said and words in said


def test_a_model_that_always_says_the_commoner_label_is_told_so(runs: dict[str, OpenRun]) -> None:
    run = runs["ease"]
    shown = run.dataset.impressions
    assert shown is not None
    rare = replace(run, dataset=replace(run.dataset, impressions=shown.assign(clicked=np.arange(len(shown)) % 7 == 0)))
    assert 'says "not clicked" every time, too' in label_quality(rare, "clicks").verdict


def test_the_answer_is_json(runs: dict[str, OpenRun]) -> None:
    told = json.loads(json.dumps(as_json(label_quality(runs["sasrec"], "clicks", cut_offs=[2]))))
    assert set(told["ctr"]) == {"ctr@2"} and set(told["intervals"]) == {"auc", "user_auc", "ctr@2"}
    assert {"slope", "bias", "accuracy", "base_rate", "auc", "user_auc", "log_loss", "calibration_error"} <= set(told)
    assert sum(one["count"] for one in told["calibration"]) == told["num_events"]


# What counts as liked


def test_any_rating_but_the_lowest_may_be_where_liking_begins(runs: dict[str, OpenRun]) -> None:
    log = runs["ease"].dataset.interactions
    choices = thresholds(log)
    assert choices == (2, 3, 4, 5)
    assert usual_threshold(log, choices) == 4
    assert label_quality(runs["ease"], "ratings").threshold == 4


def with_ratings(run: OpenRun, ratings: np.ndarray | None) -> OpenRun:
    log = replace(run.dataset.interactions, ratings=ratings)
    return replace(run, dataset=replace(run.dataset, interactions=log))


def test_many_different_ratings_give_a_few_thresholds(runs: dict[str, OpenRun]) -> None:
    size = len(runs["ease"].dataset.interactions)
    choices = thresholds(with_ratings(runs["ease"], np.arange(size, dtype=np.float32)).dataset.interactions)
    assert 10 < len(choices) <= 20
    assert min(choices) > 0 and max(choices) == size - 1


@pytest.mark.parametrize("ratings", [None, np.full(280, 3, dtype=np.float32)])
def test_without_ratings_that_differ_nobody_can_say_what_was_liked(
    runs: dict[str, OpenRun], ratings: np.ndarray | None
) -> None:
    run = with_ratings(runs["ease"], ratings)
    log = run.dataset.interactions
    assert thresholds(log) == () and usual_threshold(log, ()) is None
    with pytest.raises(SettingError, match="nobody can say what was liked"):
        label_quality(run, "ratings")


# What is refused


def test_without_impressions_there_are_no_clicks(runs: dict[str, OpenRun]) -> None:
    run = replace(runs["ease"], dataset=replace(runs["ease"].dataset, impressions=None))
    with pytest.raises(SettingError, match="has no impressions") as refused:
        label_quality(run, "clicks")
    assert refused.value.column == "labels"


def test_with_one_label_a_scale_cannot_be_fitted_and_the_dense_network_has_no_auc(runs: dict[str, OpenRun]) -> None:
    with pytest.raises(RecsysError, match=r"40 validation events .* all have the same label"):
        label_quality(runs["ease"], "ratings", 6)
    found = label_quality(runs["mlp"], "ratings", 6)
    assert (found.auc, found.user_auc) == (None, None)
    assert 'All 80 events have the label "no"' in found.why_none["auc"]
    assert "auc" not in found.intervals


@pytest.mark.parametrize("cut_offs", [[], [0], [1001]])
def test_a_cut_off_out_of_bounds_is_refused(runs: dict[str, OpenRun], cut_offs: list[int]) -> None:
    with pytest.raises(SettingError, match="from 1 to 1000"):
        label_quality(runs["ease"], "clicks", cut_offs=cut_offs)


def test_with_short_histories_there_are_no_held_out_events_and_clicks_can_still_be_measured(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "home")
    (tmp_path / "log.csv").write_text("user,item,rating\n" + "".join(f"u{u},i{u % 3},{u % 5}\n" for u in range(12)))
    shown = "".join(f"u{u},i{i},{1_700_000_000 + i},{int((u + i) % 2)}\n" for u in range(12) for i in range(3))
    (tmp_path / "shown.csv").write_text("user,item,time,clicked\n" + shown)
    request = ImportRequest(tmp_path / "log.csv", impressions=tmp_path / "shown.csv")
    dataset = workspace.datasets.add(request)
    run = open_run(workspace, train(workspace, TrainRequest(dataset.dataset_id, "popularity")).run_id)
    with pytest.raises(RecsysError, match="No held-out events"):
        label_quality(run, "ratings")
    found = label_quality(run, "clicks")
    assert (found.num_events, found.num_ctr_users) == (18, 12)
    assert "history: training events" in found.protocol
