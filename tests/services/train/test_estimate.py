import contextlib
import functools
import io
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import torch

from recsys.__main__ import main
from recsys.errors import NotFoundError, RunError, SettingError
from recsys.messages import CHINESE, translated
from recsys.services.train import estimate as estimates
from recsys.services.train import trial
from recsys.services.train.estimate import Estimate
from recsys.services.train.pending_estimate import REST, PendingEstimate
from recsys.services.train.similar_run import similar_run
from recsys.services.train.training import TrainRequest, train
from recsys.services.train.trial import estimate
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions
from tests.worlds.small_shop import import_small_shop

SMALL = {"epochs": 4, "embedding_dim": 16, "max_length": 8}


def made(**values: object) -> Estimate:
    told = {"model": "gru4rec", "epochs": 10, "epoch_seconds": 2.0, "once_seconds": 3.0, "seconds": 23.0, "memory": 10**9,
            "memory_free": 8 * 10**9, "device": "cpu", "threads": 1} | values  # fmt: skip
    return Estimate(**told)  # type: ignore[arg-type]


@pytest.fixture(scope="module", autouse=True)
def short_trial() -> Iterator[None]:
    """A tenth of a second of training instead of one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "probe", functools.partial(trial.probe, seconds=0.1))
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return open_workspace(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def shop(home: Workspace) -> str:
    return import_small_shop(home, ages=True)


@pytest.mark.parametrize("model", ["gru4rec", "mlp"])
def test_an_estimate_is_for_all_epochs_and_what_comes_once(home: Workspace, shop: str, model: str) -> None:
    settings = {name: value for name, value in SMALL.items() if model != "mlp" or name != "max_length"}
    found = estimate(home, TrainRequest(shop, model, settings=settings))
    assert found.epochs == 4
    assert found.epoch_seconds > 0
    assert found.seconds == pytest.approx(4 * found.epoch_seconds + found.once_seconds)
    assert found.seconds == pytest.approx(found.seconds_for(4))


def test_an_estimate_writes_nothing_and_leaves_the_threads_as_they_were(home: Workspace, shop: str) -> None:
    before = torch.get_num_threads(), sorted(p for p in home.path.rglob("*"))
    asked = TrainRequest(shop, "gru4rec", settings=SMALL, options=TrainingOptions(threads=before[0] + 1))
    assert estimate(home, asked).threads == before[0] + 1
    assert (torch.get_num_threads(), sorted(p for p in home.path.rglob("*"))) == before


def test_a_model_with_a_closed_form_has_no_epochs(home: Workspace, shop: str) -> None:
    found = estimate(home, TrainRequest(shop, "ease"))
    assert (found.epochs, found.epoch_seconds) == (0, 0.0)
    assert found.seconds == found.once_seconds > 0


def test_a_process_of_its_own_answers_within_a_factor_of_the_truth(home: Workspace, shop: str) -> None:
    asked = TrainRequest(shop, "gru4rec", settings=SMALL, options=TrainingOptions(threads=1))
    found = estimates.answer(estimates.start(home, asked))
    assert (found.model, found.epochs, found.threads) == ("gru4rec", 4, 1)
    assert 100e6 < found.memory < 2e9  # Python and torch are most of it


class InThisProcess:
    """A process of the command line that runs within this one."""

    def __init__(self, arguments: list[str], **more: object) -> None:
        assert arguments[1:3] == ["-m", "recsys"]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.returncode = main(arguments[3:])
        self.output = said.getvalue().encode()

    def communicate(self) -> tuple[bytes, None]:
        return self.output, None


def test_what_the_process_refuses_is_said_in_its_words(
    home: Workspace, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", InThisProcess)
    with pytest.raises(SettingError, match="learning_rate") as caught:
        estimates.answer(estimates.start(home, TrainRequest(shop, "gru4rec", settings={"learning_rate": 7})))
    assert caught.value.column == "learning_rate"
    assert "learning_rate" in translated(caught.value.message, CHINESE) != caught.value.message


def test_a_trial_can_be_ended_and_then_says_that_memory_is_short(home: Workspace, shop: str) -> None:
    process = estimates.start(home, TrainRequest(shop, "gru4rec"))
    process.kill()
    assert process.wait(10) != 0
    with pytest.raises(RunError, match="memory"):
        estimates.answer(process)


def test_a_trial_that_crashes_is_said_with_its_last_line() -> None:
    crash = [sys.executable, "-c", "raise ValueError('no such file')"]
    process = subprocess.Popen(crash, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with pytest.raises(RunError, match="The trial failed: ValueError: no such file"):
        estimates.answer(process)


def test_the_part_that_reads_content_is_named(home: Workspace, shop: str) -> None:
    found = estimate(home, TrainRequest(shop, "gru4rec", settings=SMALL | {"content": "title"}))
    assert 0 < found.content_seconds <= found.once_seconds


def test_a_trial_starts_when_the_settings_are_at_rest(
    home: Workspace, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "start", lambda workspace, request: subprocess.Popen([sys.executable, "-c", ""]))
    monkeypatch.setattr(estimates, "answer", lambda process: made())
    pending = PendingEstimate(TrainRequest(shop, "gru4rec"), since=time.monotonic() - REST + 60)
    assert pending.poll(home) is None
    assert pending.process is None
    pending.since -= 60
    assert pending.poll(home) is None
    assert pending.process is not None
    pending.process.wait(20)
    assert pending.poll(home) == made()


def test_an_earlier_run_of_the_same_kind_says_what_it_took(home: Workspace, shop: str) -> None:
    train(home, TrainRequest(shop, "popularity", run_id="before"))
    found = similar_run(home, TrainRequest(shop, "popularity"))
    assert found is not None
    assert (found.title, found.epochs) == ("Popularity", 0)
    assert similar_run(home, TrainRequest(shop, "popularity", "quick")) is None


def test_an_estimate_above_the_free_memory_names_what_to_lower() -> None:
    too_large = made(memory=9 * 10**9)
    assert estimates.to_lower(too_large, {"epochs": 1, "max_length": 200, "batch_size": 64}) == (
        "batch_size",
        "max_length",
    )
    assert estimates.to_lower(too_large, {"l2": 500}) == ()
    assert estimates.to_lower(made(), {"batch_size": 64}) is None


def test_a_run_keeps_its_estimate_beside_what_it_took(home: Workspace, shop: str) -> None:
    request = TrainRequest(shop, "ease", run_id="kept")
    train(home, request)
    assert estimates.check_estimate(home, "kept") is None
    estimates.save_estimate(home, "kept", made(model="ease", epochs=0, memory=5))
    found = estimates.check_estimate(home, "kept")
    assert found is not None
    assert (found.epochs, found.estimated_seconds, found.estimated_memory) == (0, 3.0, 5)
    assert found.seconds == train(home, request).seconds  # the same work: the run is only reported
    with pytest.raises(NotFoundError):
        estimates.save_estimate(home, "nothing", made())
