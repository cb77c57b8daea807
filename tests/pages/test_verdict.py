"""Whether a reason holds, on Explain and on Evaluate's tab on trust, driven without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys.runs.trust_record import TRUST, save_trust
from recsys.services.explain.explain_item import explain_for
from recsys.services.models import trust
from recsys.services.models.run_job import JobProgress
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.ui.shell.job_cards import progress_text
from tests.pages.drive import opened
from tests.worlds.shops import NUM_ITEMS, import_shop, train_small

pytestmark = pytest.mark.usefixtures("few_orders")
FAITHFULNESS = {"evidence": "true", "proof": "Faithfulness"}
BADGES = (":green-badge[", ":orange-badge[", ":red-badge[", ":gray-badge[")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("holds")
    workspace = open_workspace(home / "home")
    dataset_id = import_shop(workspace, home, pictures=False)
    for model in ("gru4rec", "mlp", "popularity"):
        train_small(workspace, dataset_id, model, model)
    return home / "home"


@pytest.fixture
def run(home: Path) -> OpenRun:
    found = open_run(open_workspace(home), "gru4rec")
    (found.folder.path / TRUST).unlink(missing_ok=True)
    return found


def badges(app: AppTest) -> list[str]:
    return [text.value for text in app.markdown if any(badge in text.value for badge in BADGES)]


@pytest.mark.parametrize("name", ["gru4rec", "mlp"])
def test_the_answer_and_its_evidence_say_in_words_whether_the_reason_is_faithful(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    app = opened("explain", home, monkeypatch, run=name, user="u1", **FAITHFULNESS)
    headline, verdict = badges(app)
    words = ("Faithful", "Weak", "Unfaithful", "Cannot be judged", "From the score breakdown")
    assert any(word in headline for word in words) and any(word in verdict for word in words[:-1])
    assert not any("Testing faithfulness" in text.value for text in app.markdown)
    table = next(table.value for table in app.dataframe if "required" in table.value)
    assert "deletion area" in list(table["metric"])
    curves = next(table.value for table in app.dataframe if "added back" in table.value)
    assert (curves["added back"].iloc[0], curves["removed"].iloc[-1]) == ("0%", "100%")


def test_a_method_chosen_has_a_verdict_of_its_own(home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u1", method="gradient_x_input", **FAITHFULNESS)
    table = next(table.value for table in app.dataframe if "required" in table.value)
    correlation = dict(zip(table["metric"], table["value"], strict=True))["rank correlation with exact removals"]
    assert correlation != "n/a"
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u1", **FAITHFULNESS)
    table = next(table.value for table in app.dataframe if "required" in table.value)
    assert dict(zip(table["metric"], table["value"], strict=True))["rank correlation with exact removals"] == "n/a"


def test_a_sentence_that_does_not_hold_is_replaced(home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    query = query_of(run, "u2", None)
    told = [explain_for(run, query, one.item_id) for one in recommend_items(run, query, NUM_ITEMS)]
    monkeypatch.setattr("recsys.explain.questions.faithfulness.NOISE", 1e9)
    item_id = next(one.item_id for one in told if one.names_parts)
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u2", item=item_id, **FAITHFULNESS)
    assert ["Unfaithful" in badge for badge in badges(app)] == [True, True]
    assert any("No single past item explains this" in text.value for text in app.markdown)
    assert not any("because of" in text.value for text in app.markdown)
    assert not [image for image in app.get("imgs") if "Picture of" in image.proto.imgs[0].alt][1:], "causes are sources"
    item_id = next(one.item_id for one in told if not one.names_parts)
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u2", item=item_id, **FAITHFULNESS)
    headline, verdict = badges(app)
    assert "From the score breakdown" in headline and "Unfaithful" not in headline
    assert "Unfaithful" in verdict and "the headline is from the score breakdown" in verdict


def test_where_everyone_gets_the_same_there_is_no_verdict(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert badges(opened("explain", home, monkeypatch, run="popularity", user="u1")) == []


def test_what_was_measured_is_shown_and_decides_what_explain_opens_with(
    home: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = trust.measure(run, 3)
    app = opened("models", home, monkeypatch, run="gru4rec", part="Explanations")
    assert any("Explain opens with" in text.value for text in app.markdown)
    firsts = [list(table.value.iloc[:, 0]) for table in app.dataframe]
    assert ("Leave-one-out", "random orders") in [(names[0], names[-1]) for names in firsts]
    assert "stop_trust" not in [button.key for button in app.button]
    save_trust(run.folder, measured.model_copy(update={"usual": "integrated_gradients"}))
    app = opened("explain", home, monkeypatch, run="gru4rec", user="u1", evidence="true")
    assert app.selectbox(key="method").value == "integrated_gradients"


def test_where_everyone_gets_the_same_there_is_nothing_to_measure(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened("models", home, monkeypatch, run="popularity", part="Explanations")
    assert any("recommends the same to everyone" in info.value for info in app.info)
    assert "measure_trust" not in [button.key for button in app.button]


def test_progress_names_the_users_and_the_time_that_is_left() -> None:
    now = JobProgress("gru4rec", "GRU4Rec", "running", done=5, total=20, share=0.25)
    assert progress_text(now) == "Measuring explanations: 5 of 20 users"
    assert progress_text(replace(now, eta=65.0)) == "Measuring explanations: 5 of 20 users, 1 min 05 s left"
