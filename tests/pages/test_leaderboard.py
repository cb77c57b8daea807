"""The Models page: empty, one model, two compared, named, deleted, and a file that is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.evaluation.significance import PairedDifference
from recsys.runs import jobs
from recsys.services.models import comparison
from recsys.services.models.leaderboard import list_runs, rename_run
from recsys.services.models.transfer import import_run
from recsys.services.workspace import Workspace, open_workspace
from tests.pages.drive import address, opened, table, texts
from tests.worlds.shops import import_shop, train_small


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found = open_workspace(tmp_path / "home")
    dataset_id = import_shop(found, tmp_path)
    for model in ("ease", "popularity"):
        train_small(found, dataset_id, model, f"{model}-1")
    train_small(found, dataset_id, "sasrec", "sasrec-1")
    return found


def page(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    return opened("models", workspace.path, monkeypatch, **query)


def test_the_empty_page_says_what_to_do_and_still_takes_a_run_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened("models", tmp_path, monkeypatch)
    assert "Train one on the sample, or import a model" in app.info[0].value
    assert app.button(key="go_home").label == "Go to Home"
    assert len(app.get("file_uploader")) == 1


def test_the_leaderboard_begins_with_what_decides_the_best_validation_first(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = table(page(workspace, monkeypatch), "model", "validation")
    assert list(frame.columns)[:3] == ["model", "validation", "test"]
    assert set(frame["model"]) == {"SASRec", "Popularity", "EASE"}
    assert list(frame["validation"]) == sorted(frame["validation"], reverse=True)
    by_name = {run.title: run.metrics for run in list_runs(workspace) if run.metrics}
    for name, cell in zip(frame["model"], frame["test"], strict=True):
        assert cell.startswith(f"{by_name[name]['ndcg@10']:.3f} ±0.")
    assert frame["faithful"].isna().all()


def test_models_of_other_data_are_not_on_the_leaderboard(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = import_shop(workspace, tmp_path / "more", pictures=False, name="Other")
    train_small(workspace, other, "ease", "other-1")
    assert len(table(page(workspace, monkeypatch, run="ease-1"), "validation")) == 3
    assert len(table(page(workspace, monkeypatch, run="other-1"), "validation")) == 1


def test_models_that_hold_out_other_events_come_after_and_say_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dataset_id,) = {run.dataset_id for run in list_runs(workspace)}
    train_small(workspace, dataset_id, "ease", "held", cold_share=0.2)
    app = page(workspace, monkeypatch, run="ease-1")
    frame = table(app, "validation")
    assert list(frame["protocol"]) == [*["all events"] * 3, "20% of the items held out"]
    assert "Ranked among models evaluated on the same events" in texts(app)


def test_the_best_is_named_in_a_sentence(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(workspace, monkeypatch)
    best = table(app, "model", "validation")["model"].iloc[0]
    assert f"**Best on validation: {best}**, NDCG@10" in texts(app)


def test_the_sidebar_and_the_leaderboard_select_the_same_model(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(workspace, monkeypatch, run="ease-1")
    assert app.selectbox(key="run_choice").value == "ease-1"
    app.selectbox(key="run_choice").set_value("popularity-1").run()
    assert app.subheader[0].value == "Popularity"
    assert address(app, "run") == "popularity-1"


def test_a_model_that_has_failed_can_be_selected_and_deleted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.runs.open("ease-1").path / "run.json").unlink()
    app = page(workspace, monkeypatch, run="ease-1")
    assert app.subheader[0].value == "EASE"
    assert "not finished" in texts(app)
    app.button(key="delete_run").click().run()
    assert not app.exception
    assert len(list_runs(workspace)) == 2


def test_without_a_link_the_newest_run_is_chosen(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(workspace, monkeypatch)
    assert app.subheader[0].value == "SASRec"
    assert address(app, "run") == "sasrec-1"


def test_a_link_chooses_a_run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page(workspace, monkeypatch, run="ease-1").subheader[0].value == "EASE"


def test_a_link_to_a_run_that_is_gone_shows_the_newest(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(workspace, monkeypatch, run="gone")
    assert app.subheader[0].value == "SASRec"
    assert "**gone**, which is not here" in app.warning[0].value


def test_a_link_compares_models_and_says_who_gains(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(workspace, monkeypatch, compare="sasrec-1,ease-1")
    assert app.subheader[0].value == r"A · SASRec vs B · EASE"
    metrics = table(app, "Metric")
    assert list(metrics.columns) == ["Metric", "A · SASRec", "B · EASE", "B − A"]
    by_id = {run.run_id: run for run in list_runs(workspace)}
    ndcg = [(by_id[run_id].metrics or {})["ndcg@10"] for run_id in ("sasrec-1", "ease-1")]
    assert list(metrics.iloc[0]) == [
        "NDCG@10", *(f"{one:.3f}" for one in ndcg), f"{ndcg[1] - ndcg[0]:+.3f}".replace("-", "−"),
    ]  # fmt: skip
    assert "the same 40 users" in texts(app)
    assert "Largest gains with B" in texts(app)
    assert (address(app, "run"), address(app, "compare")) == ("sasrec-1", "ease-1")


@pytest.mark.parametrize(("mean", "winner"), [(-0.19, "A · SASRec"), (0.19, "B · EASE")])
def test_the_better_of_two_models_is_better_by_a_positive_number(
    mean: float, winner: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    paired = PairedDifference(mean, mean - 0.01, mean + 0.02, 0.001, 0.001)
    difference = {"ease-1": comparison.Difference(paired, 40)}
    monkeypatch.setattr("recsys.ui.models.comparison.cache.differences", lambda *_: difference)
    shown = texts(page(workspace, monkeypatch, compare="sasrec-1,ease-1"))
    interval = "+0.170 to +0.200" if mean < 0 else "+0.180 to +0.210"
    assert f"**{winner}** is better than" in shown
    assert f"+0.190 NDCG@10 (95% interval {interval}" in shown


@pytest.mark.parametrize(
    ("tab", "columns", "words"),
    [
        ("Settings", ("Setting", "A · SASRec"), "L2 regularisation"),
        ("Learning curves", (), "does not learn by epochs"),
        ("Overlap", ("Jaccard",), "of 10"),
    ],
)
def test_a_comparison_has_a_tab_for_settings_curves_and_overlap(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tab: str, columns: tuple[str, ...], words: str
) -> None:
    app = page(workspace, monkeypatch, compare="sasrec-1,ease-1", versus=tab)
    shown = texts(app) + "".join(str(frame.value) for frame in app.dataframe)
    assert words in shown
    if columns:
        assert not table(app, *columns).empty


def test_who_gains_and_who_loses_is_listed_with_both_ranks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(workspace, monkeypatch, run="popularity-1", compare="ease-1")
    lists = [frame.value for frame in app.dataframe if "Rank A" in frame.value.columns]
    gains, losses = lists
    better = [first > second for first, second in zip(gains["Rank A"], gains["Rank B"], strict=True)]
    assert better and all(better)
    assert all(first < second for first, second in zip(losses["Rank A"], losses["Rank B"], strict=True))


def test_models_with_other_held_out_items_are_shown_with_a_warning_and_without_a_verdict(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dataset_id,) = {run.dataset_id for run in list_runs(workspace)}
    train_small(workspace, dataset_id, "ease", "held", cold_share=0.2)
    app = page(workspace, monkeypatch, compare="sasrec-1,held")
    assert "cannot be compared" in app.warning[0].value
    assert "interval" not in texts(app)


def test_a_link_that_compares_with_other_data_shows_the_models_of_one_dataset(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = import_shop(workspace, tmp_path / "more", pictures=False, name="Other")
    train_small(workspace, other, "ease", "other-1")
    app = page(workspace, monkeypatch, compare="sasrec-1,other-1,ease-1")
    assert app.subheader[0].value == r"A · SASRec vs B · EASE"


def test_a_name_is_shown_wherever_the_run_is_named(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(workspace, monkeypatch, run="ease-1")
    app.text_input(key="name_ease-1").set_value("Summer *sale*")
    app.text_area(key="note_ease-1").set_value("[x](http://example.com)")
    app.button(key="save_ease-1").click().run()
    assert not app.exception
    assert app.subheader[0].value == r"Summer \*sale\* \(EASE\)"
    assert app.text[0].value == "[x](http://example.com)"
    assert any("Summer" in text.value for text in opened("home", workspace.path, monkeypatch).main.markdown)
    app = opened("recommend", workspace.path, monkeypatch, run="ease-1")
    assert any(option.startswith("Summer *sale* (EASE)") for option in app.selectbox(key="run_choice").options)
    assert any(r"\[x\]" in caption.value for caption in app.caption)


def test_runs_that_would_read_the_same_are_told_apart_by_their_ids(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dataset_id,) = {run.dataset_id for run in list_runs(workspace)}
    for run_id in ("twin-1", "twin-2"):
        train_small(workspace, dataset_id, "markov", run_id)
        path = workspace.runs.open(run_id).path / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "created": "2026-01-01T10:00:00+00:00"}))
    options = opened("recommend", workspace.path, monkeypatch).selectbox(key="run_choice").options
    assert len(set(options)) == len(options) == 5
    assert [option for option in options if "10:00 (twin-2) · NDCG@10" in option]
    assert not [option for option in options if "(ease-1)" in option]


def test_a_long_name_does_not_widen_a_table_and_notes_stand_below_the_title(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename_run(workspace, "ease-1", "A name of very many words", "warm")
    app = page(workspace, monkeypatch, compare="sasrec-1,ease-1")
    assert "B · A name of very many words" in app.subheader[0].value
    assert list(table(app, "Metric").columns) == ["Metric", "A · SASRec", "B · A name of ver…", "B − A"]
    assert "**B**: warm" in texts(app)


def test_deleting_says_what_goes_and_what_stays(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(workspace, monkeypatch, run="ease-1")
    assert "files of **EASE**" in texts(app)
    assert "The dataset Shop is kept" in texts(app)
    app.button(key="delete_run").click().run()
    assert not app.exception
    assert [run.run_id for run in list_runs(workspace)] == ["sasrec-1", "popularity-1"]
    assert app.subheader[0].value == "SASRec"


def test_the_last_row_of_the_table_can_be_deleted_again_and_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for left in (2, 1, 0):
        app = page(workspace, monkeypatch, run=list_runs(workspace)[-1].run_id)
        app.button(key="delete_run").click().run()
        assert not app.exception
        assert len(list_runs(workspace)) == left
    assert app.info[0].value.startswith("No trained model on this dataset yet")


def test_a_run_that_trains_cannot_be_deleted_or_exported(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(workspace, monkeypatch, run="ease-1", part="Report")
    monkeypatch.setattr(jobs, "is_running", lambda folder, kind=jobs.TRAINING: folder.run_id == "ease-1")
    app.button(key="delete_run").click().run()  # it began after the page was drawn
    assert not app.exception
    assert len(list_runs(workspace)) == 3
    assert "Stop it first" in texts(app)
    assert not [button for button in app.button if button.key == "delete_run"]
    assert not [button for button in app.get("download_button") if button.key == "export_run"]


def test_the_download_is_an_export_that_can_be_taken_in(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recsys.ui.models.export import packed

    monkeypatch.setenv("RECSCOPE_HOME", str(workspace.path))
    (tmp_path / "run.zip").write_bytes(packed("ease-1", data=True, pictures=True))
    assert import_run(open_workspace(tmp_path / "empty"), tmp_path / "run.zip") == "ease-1"


def test_an_export_without_data_says_what_that_means(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(workspace, monkeypatch, run="ease-1", part="Report")
    app.checkbox(key="data_ease-1").uncheck().run()
    assert "only where the same data are" in texts(app)
    assert app.checkbox(key="pictures_ease-1").disabled


def test_a_file_that_is_no_export_is_refused_in_words(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(workspace, monkeypatch)
    app.file_uploader(key="upload_run").set_value(("run.zip", b"no zip", "application/zip")).run()
    app.button(key="import_run").click().run()
    assert not app.exception
    assert "not an exported run" in app.error[0].value
