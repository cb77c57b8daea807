"""Train and Models in the pseudo-language: nothing is shown that cannot be translated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from recsys.messages import PSEUDO
from recsys.runs.store import RunFolder
from recsys.runs.trust_record import CauseTrust, Figure, GroupTrust, MethodTrust, PlantedTrust, Trust, save_trust
from recsys.services.train.estimate import Estimate
from recsys.services.workspace import open_workspace
from tests.pages.drive import opened
from tests.pages.pseudo_language import NAMES, literals, raw_texts, templates_shown
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs that differ in what they hold out, one of them failed, one with measured explanations."""
    folder = tmp_path_factory.mktemp("language_of_models")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder)
    train_small(workspace, dataset_id, "sasrec", "sasrec")
    train_small(workspace, dataset_id, "gru4rec", "seen", content="title, category, price, picture")
    train_small(workspace, dataset_id, "popularity", "pop")
    train_small(workspace, dataset_id, "ease", "held", cold_share=0.2)
    train_small(workspace, dataset_id, "markov", "lost")
    (workspace.runs.open("lost").path / "run.json").unlink()
    save_trust(workspace.runs.open("sasrec"), measured_trust(workspace.runs.open("sasrec")))
    return workspace.path


def measured_trust(folder: RunFolder) -> Trust:
    """A measurement with all that the Explanations tab can show."""
    assert folder.record is not None
    zero, more = Figure(mean=0.1, interval=(-0.1, 0.3)), Figure(mean=0.3, interval=(0.1, 0.5))

    def method(name: str, gain: Figure) -> MethodTrust:
        return MethodTrust(
            method=name, deletion=zero, insertion=more, undoes=zero, rebuilds=more, gain=gain, beyond_exact=more,
            verdicts={"holds": 2, "weak": 1}, correlation=0.5, randomised=0.9, seconds=2.0,
        )  # fmt: skip

    causes = CauseTrust(method="leave_one_out", recall={1: 0.5, 3: 0.7}, precision={3: 0.3})
    return Trust(
        weights_sha256=folder.record.weights_sha256, seed=1, num_users=3, num_asked=5, random=zero, stopped=True, seconds=70,
        methods=(method("leave_one_out", zero), method("attention", more), method("attention_rollout", zero)),
        groups=tuple(
            GroupTrust(kind=kind, name=name, num_users=3, gain=zero, holds=0.5)
            for kind, name in (("gender", "unknown"), ("events of the item", "cold"))
        ),
        usual="attention_rollout", why_not_randomised="", measured="2026-01-01T10:00:00+00:00",
        planted=PlantedTrust(cases=3, chance=0.2, methods=(causes,)),
    )  # fmt: skip


class AnyRequest(dict[str, Any]):
    """The same value for every key."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> Any:
        return Estimate("gru4rec", 60, 2.0, 4.0, 124.0, 9 * 10**9, 8 * 10**9, "cpu", 1, content_seconds=3.0)


def estimated(app: AppTest) -> None:
    """The first batch is open and the estimate is made; it is above the memory that is free."""
    app.session_state["first_batch"] = True
    app.session_state["session"].estimates = AnyRequest()
    app.run()


def several(app: AppTest) -> None:
    app.session_state["session"].estimates = AnyRequest()
    app.segmented_control(key="train_mode").set_value("several").run()
    app.pills(key="models").set_value(["gru4rec", "ease"]).run()


def labelled(app: AppTest) -> None:
    for kind in ("ratings", "clicks"):
        app.toggle(key=f"labels_{kind}").set_value(True)
    app.run()


def untouched(app: AppTest) -> None:
    """The page as it opens."""


PARTS = ("Quality", "Segments", "Fairness", "Explanations", "Calibration & CTR", "Privacy", "Settings", "Export")
MODELS_VISITS: tuple[tuple[str, dict[str, str], Callable[[AppTest], None]], ...] = (
    ("train", {"run": "sasrec"}, estimated),
    ("train", {"run": "pop"}, several),
    ("train", {"run": "lost"}, untouched),
    *(("models", {"run": "sasrec", "part": part}, labelled if "CTR" in part else untouched) for part in PARTS),
    ("models", {"run": "held", "part": "Segments"}, untouched),
    ("models", {"run": "lost"}, untouched),
    *(
        ("models", {"run": "sasrec", "compare": "seen,pop", "versus": tab}, untouched)
        for tab in ("Verdict", "Settings", "Learning curves", "Overlap")
    ),
    ("models", {"run": "sasrec", "compare": "pop"}, untouched),
    ("models", {"run": "sasrec", "compare": "held"}, untouched),
)


def test_every_text_of_train_and_models_is_a_message(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = templates_shown(monkeypatch)
    raw: set[str] = set()
    for page, query, act in MODELS_VISITS:
        app = opened(page, home, monkeypatch, lang=PSEUDO, **query)
        act(app)
        assert not app.exception
        raw |= raw_texts(app, f"{page} {query}")
    for page in ("train", "models"):
        raw |= raw_texts(opened(page, tmp_path, monkeypatch, lang=PSEUDO), f"{page} without data")
    assert not raw, "\n".join(sorted(raw))
    assert sorted(shown - literals() - {*NAMES}) == [], "no template of the code, so no catalogue has it"
