"""What was measured of a run's explanations counts for its very weights and the present rules, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.data.files import read_json, write_json
from recsys.runs.trust_record import TRUST, Figure, MethodTrust, Trust, is_damaged, load_trust, save_trust
from recsys.services.models.transfer import export_run, import_run
from recsys.services.models.trust import trust_of, usual_method
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.shops import import_shop, train_small

ONE = Figure(mean=0.5, interval=(0.4, 0.6))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("trust")
    workspace = open_workspace(folder / "home")
    train_small(workspace, import_shop(workspace, folder, pictures=False), "gru4rec", "run")
    return workspace


@pytest.fixture
def run(home: Workspace) -> OpenRun:
    from recsys.services.workspace.open_run import open_run

    found = open_run(home, "run")
    (found.folder.path / TRUST).unlink(missing_ok=True)
    return found


def measured(run: OpenRun, usual: str = "integrated_gradients") -> Trust:
    method = MethodTrust(method=usual, deletion=ONE, insertion=ONE, undoes=ONE, rebuilds=ONE, gain=ONE, beyond_exact=None, verdicts={"holds": 3},
                         correlation=None, randomised=0.1, seconds=0.1)  # fmt: skip
    return Trust(weights_sha256=run.record.weights_sha256, seed=1, num_users=3, num_asked=3, random=ONE, methods=(method,),
                 usual=usual, groups=(), why_not_randomised="", seconds=1.0, measured="2024-01-01T00:00:00+00:00")  # fmt: skip


def test_what_was_saved_is_read_and_decides_what_is_shown_first(run: OpenRun) -> None:
    assert usual_method(run) == "leave_one_out"
    save_trust(run.folder, measured(run))
    assert load_trust(run.folder) == measured(run)
    assert usual_method(run) == "integrated_gradients"


@pytest.mark.parametrize(
    "change",
    [{"weights_sha256": "0" * 64}, {"version": 0}, {"more": 1}, {"seconds": "soon"}, {"usual": None}],
)
def test_other_weights_other_rules_and_what_is_no_such_file_are_passed_over(run: OpenRun, change: dict) -> None:  # type: ignore[type-arg]
    save_trust(run.folder, measured(run))
    write_json(run.folder.path / TRUST, read_json(run.folder.path / TRUST) | change)
    assert load_trust(run.folder) is None
    assert usual_method(run) == "leave_one_out"


def test_a_changed_file_does_not_fit_its_checksum_and_is_called_damaged(run: OpenRun) -> None:
    save_trust(run.folder, measured(run))
    assert not is_damaged(run.folder)
    write_json(run.folder.path / TRUST, read_json(run.folder.path / TRUST) | {"num_users": 300})
    assert load_trust(run.folder) is None
    assert is_damaged(run.folder)


def test_a_file_of_an_earlier_version_has_no_checksum_and_is_used(run: OpenRun) -> None:
    content = measured(run).model_dump(mode="json", exclude={"stopped"})
    write_json(run.folder.path / TRUST, content)
    assert load_trust(run.folder) == measured(run)
    assert not is_damaged(run.folder)


def test_half_a_file_is_passed_over(run: OpenRun) -> None:
    (run.folder.path / TRUST).write_text('{"version": 1,')
    assert load_trust(run.folder) is None


def test_a_method_that_the_model_has_not_is_never_shown_first(run: OpenRun) -> None:
    save_trust(run.folder, measured(run, "attention"))
    assert trust_of(run) is None
    assert usual_method(run) == "leave_one_out"


def test_it_is_not_handed_on_with_the_run(run: OpenRun, home: Workspace, tmp_path: Path) -> None:
    save_trust(run.folder, measured(run))
    export_run(home, "run", tmp_path / "run.zip")
    elsewhere = open_workspace(tmp_path / "elsewhere")
    import_run(elsewhere, tmp_path / "run.zip")
    assert not (elsewhere.runs.open("run").path / TRUST).exists()
