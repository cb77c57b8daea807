"""A run that recommends what will be liked: every reader of it asks for the same events, and it is not mixed with others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recsys.data.importing.load import ImportRequest
from recsys.errors import RecsysError, SettingError
from recsys.evaluation.metrics import NOT_EVALUATED, means
from recsys.models import BASELINES, MODELS
from recsys.models.inputs.features import shape_of
from recsys.sequences.split import leave_one_out
from recsys.services.explain.explain_item import explain_for
from recsys.services.explain.html_report import render_html
from recsys.services.models import quality
from recsys.services.models.ctr import label_quality
from recsys.services.models.segment_report import segments
from recsys.services.models.transfer import export_run, import_run
from recsys.services.recommend.cold_start import recommendation_list
from recsys.services.recommend.query import query_of
from recsys.services.train.batch_preview import NOT_LIKED, first_batch
from recsys.services.train.training import NOBODY, TrainRequest, plan, train, why_no_targets
from recsys.services.train.trial import estimate as tried
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import open_run
from recsys.training.config import TrainingOptions
from tests.worlds.shops import (
    LIKED_FROM,
    LIKED_RUNS,
    liked_users,
    train_small,
)
from tests.worlds.small_models import small_settings

OPTIONS = TrainingOptions(device="cpu", threads=1, liked_from=LIKED_FROM)


@pytest.mark.parametrize("name", LIKED_RUNS)
def test_only_who_liked_the_held_out_event_is_asked(liked_workspace: Workspace, name: str) -> None:
    run = open_run(liked_workspace, name)
    frame = run.folder.load_ranks()
    assert frame is not None
    for split, place in (("test", -1), ("validation", -2)):
        wanted = liked_users(open_run(liked_workspace, "whole"), place)
        assert 0 < len(wanted) < 40
        assert frame["user"][frame[split] != NOT_EVALUATED].tolist() == wanted
    assert run.record.metrics == means(frame["test"][frame["test"] != NOT_EVALUATED].to_numpy())


def test_the_ranks_are_those_of_the_whole_catalogue_after_all_that_was_done(liked_workspace: Workspace) -> None:
    run = open_run(liked_workspace, "gru4rec")
    frame, log = run.folder.load_ranks(), run.dataset.interactions
    assert frame is not None
    for user in liked_users(open_run(liked_workspace, "whole"), -1):
        history, target = log.history(user)[:-1], log.history(user)[-1]
        scores = run.model.scores([history], [user])[0].numpy()
        allowed = run.candidates.mask([history])[0]
        ahead = int((scores[allowed] > scores[target]).sum())
        assert frame.set_index("user")["test"][user] == 1 + ahead


def test_the_protocol_says_who_is_asked(liked_workspace: Workspace) -> None:
    told = quality.evaluate(liked_workspace, open_run(liked_workspace, "gru4rec"), split="validation")
    assert "last event but one of each user, validation, only where rated 4 or more" in told.protocol
    assert told.num_users == len(liked_users(open_run(liked_workspace, "whole"), -2))


def test_baselines_are_fitted_to_the_same_events_and_kept_apart(
    liked_workspace: Workspace, liked_dataset_id: str
) -> None:
    whole, liked = (
        quality.evaluate(liked_workspace, open_run(liked_workspace, name)) for name in ("whole", "popularity")
    )
    assert liked.metrics == liked.baselines["popularity"] != whole.baselines["popularity"]
    assert set(liked.baselines) == set(BASELINES)
    names = {path.name for path in liked_workspace.datasets.folder(liked_dataset_id).glob("baselines*")}
    assert names == {"baselines.parquet", "baselines-liked-4.0.parquet"}


def test_segments_are_over_the_same_targets(liked_workspace: Workspace) -> None:
    found = segments(open_run(liked_workspace, "gru4rec"))
    for told in (found.items, found.users):
        assert sum(one.num_targets for one in told) == len(liked_users(open_run(liked_workspace, "whole"), -1))


def test_cold_targets_and_their_floor_are_of_liked_events(liked_workspace: Workspace, liked_dataset_id: str) -> None:
    run = train_small(liked_workspace, liked_dataset_id, "ease", "cold", cold_share=0.3, liked_from=LIKED_FROM)
    assert (run.dataset.interactions.ratings[run.split.cold.ends] >= LIKED_FROM).all()
    cold = segments(run).cold
    assert cold is not None
    assert cold.own.num_targets == cold.baselines[0].num_targets == len(run.split.cold)


def test_yes_or_no_is_asked_of_every_held_out_event(liked_workspace: Workspace) -> None:
    liked, whole = (label_quality(open_run(liked_workspace, name), "ratings") for name in ("ease", "whole"))
    assert (liked.num_events, liked.num_yes) == (whole.num_events, whole.num_yes)
    assert 0 < liked.num_yes < liked.num_events


def test_without_a_history_what_people_liked_lately_is_listed(liked_workspace: Workspace) -> None:
    run = open_run(liked_workspace, "gru4rec")
    told = recommendation_list(run, query_of(run, None, []))
    assert "among everybody, counting what was rated 4 or more." in told.why
    assert all(1 + int(one.item_id[1:]) % 5 >= LIKED_FROM for one in told.items)


def test_a_page_to_hand_on_says_what_the_run_suggests(liked_workspace: Workspace) -> None:
    for name, there in (("ease", True), ("whole", False)):
        run = open_run(liked_workspace, name)
        query = query_of(run, "u1", None)
        item = next(i for i in ("i3", "i4", "i8", "i9") if run.item(i) not in query.history)
        assert (
            "items that would be rated 4 or more" in render_html(run, query, explain_for(run, query, item))
        ) == there


def test_the_first_batch_says_which_targets_were_not_liked(liked_workspace: Workspace, liked_dataset_id: str) -> None:
    found = first_batch(liked_workspace, TrainRequest(liked_dataset_id, "gru4rec", options=OPTIONS))
    assert found is not None
    assert 0 < (found.table["→ target"] == NOT_LIKED).sum() < len(found.table)
    assert "the cell to the right, where that was rated 4 or more" in found.words
    titles = found.table["→ target"][found.table["→ target"] != NOT_LIKED]
    assert all(1 + int(title.removeprefix("Thing ")) % 5 >= LIKED_FROM for title in titles)


def test_the_first_batch_of_pairs_has_liked_not_liked_and_not_touched(
    liked_workspace: Workspace, liked_dataset_id: str
) -> None:
    found = first_batch(
        liked_workspace, TrainRequest(liked_dataset_id, "mlp", settings={"negatives": 1}, options=OPTIONS)
    )
    assert found is not None
    assert set(found.table["label"]) == {"liked", "not liked", "not touched"}
    events = found.table.iloc[::2]
    is_liked = [1 + int(title.removeprefix("Thing ")) % 5 >= LIKED_FROM for title in events["item"]]
    assert (events["label"] == "liked").tolist() == is_liked
    assert "each that was rated 4 or more with 1 sampled item that" in found.words


@pytest.mark.parametrize("name", ["ease", "gru4rec"])
def test_a_trial_tries_the_same_work(liked_workspace: Workspace, liked_dataset_id: str, name: str) -> None:
    told = tried(liked_workspace, TrainRequest(liked_dataset_id, name, settings=small_settings(name), options=OPTIONS))
    assert told.seconds > 0
    assert told.memory > 0


def test_ease_of_the_run_is_ease_of_the_liked_training_events(liked_workspace: Workspace) -> None:
    run = open_run(liked_workspace, "ease")
    model = MODELS["ease"](shape_of(run.dataset), run.model.config)
    train_log = leave_one_out(run.dataset.interactions).train
    model.fit(train_log.keep(train_log.ratings >= LIKED_FROM))
    assert torch.equal(model.weights, run.model.weights)


# What is refused


def tiny(folder: Path, rows: str) -> tuple[Workspace, str]:
    (folder / "tiny.csv").write_text(rows)
    found = open_workspace(folder / "home")
    return found, found.datasets.add(ImportRequest(folder / "tiny.csv")).dataset_id


def test_a_log_without_ratings_is_refused(tmp_path: Path) -> None:
    home, dataset_id = tiny(tmp_path, "user_id,item_id\na,x\na,y\na,z\nb,x\n")
    with pytest.raises(SettingError, match=r"this dataset has no ratings\. Import data with a rating column"):
        plan(home, TrainRequest(dataset_id, "popularity", options=OPTIONS))


def test_liked_events_that_are_all_held_out_leave_nothing_to_learn(tmp_path: Path) -> None:
    rows = "user_id,item_id,rating\na,x,1\na,y,2\na,z,5\nb,x,1\nb,z,3\nb,y,2\n"
    home, dataset_id = tiny(tmp_path, rows)
    with pytest.raises(
        SettingError, match="None of the 2 training events is rated 4 or more: all that are, are held out"
    ):
        plan(home, TrainRequest(dataset_id, "popularity", options=OPTIONS))


def test_with_nobody_to_ask_the_reason_is_the_right_one(tmp_path: Path) -> None:
    rows = "user_id,item_id,rating\na,x,5\na,y,5\na,z,1\nb,x,1\nb,z,3\nb,y,2\n"
    home, dataset_id = tiny(tmp_path, rows)
    record = train(home, TrainRequest(dataset_id, "popularity", options=OPTIONS, run_id="p"))
    assert record.metrics is None
    assert record.why_no_metrics == "no user has a last event that is rated 4 or more, so no user can be evaluated"
    run = open_run(home, "p")
    with pytest.raises(RecsysError, match=r"rated 4 or more, so .* Look at the validation instead"):
        quality.evaluate(home, run)
    assert quality.evaluate(home, run, split="validation").num_users == 1
    export_run(home, "p", tmp_path / "run.zip")
    assert import_run(open_workspace(tmp_path / "other"), tmp_path / "run.zip") == "p"
    short = leave_one_out(replace(run.dataset.interactions.keep(np.array([1, 1, 0, 1, 0, 0], bool))))
    assert why_no_targets(short, "test") == NOBODY
