"""What many tests share: small logs, and a workspace full of hostile names."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from recsys.data.interactions import Interactions
from recsys.training.towers import EPOCHS
from tests.worlds.hostile import hostile_workspace
from tests.worlds.logs import walking_a_cycle
from tests.worlds.trained_runs import Shared

# How fast examples are drawn depends on what else the machine does, and is no property of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Torch and Streamlit fill the heap with what stays: walking all of it at each collection takes a tenth of the time.
gc.set_threshold(50_000, 20, 100)

# A process takes one file at a time: the slowest folders first, the quick ones last, so that all processes end together.
SLOWEST_FIRST = ("browser", "services", "pages", "explain", "models", "training")
# A browser waits half of its time: one process drives it while the other computes. This file has a server of its own.
ALONE = "test_hostile_titles.py"


class ByFile(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.split("::")[0])
        return "browser" if file.parent.name == "browser" and file.name != ALONE else str(file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> tuple[int, bool]:
    folder = path.relative_to(Path(__file__).parent).parts[0]
    return SLOWEST_FIRST.index(folder) if folder in SLOWEST_FIRST else len(SLOWEST_FIRST), path.name == ALONE


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A training sets the threads of its whole process; the next test, and what it shares with others, starts with one."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def shared_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where the runs lie that several tests use; each worker has a folder of its own."""
    Shared.folder = tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def few_orders() -> Iterator[None]:
    """Shapley values from 6 orders, for tests of what is done with them; how many orders there are is tested in
    test_shapley.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recsys.explain.methods.shapley.MOST_ORDERS", 6)
        yield


@pytest.fixture(scope="session", autouse=True)
def few_passes() -> Iterator[None]:
    """Towers of texts and pictures learn for 10 passes; what holds for a few passes holds for many."""
    with pytest.MonkeyPatch.context() as patch:
        for part in EPOCHS:
            patch.setitem(EPOCHS, part, 10)
        yield


@pytest.fixture(scope="session")
def cycle() -> Interactions:
    """60 users who walk a cycle of 30 items, 9 steps each."""
    return walking_a_cycle()


@pytest.fixture(scope="session")
def hostile_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of hostile names with the runs `ease` and `sasrec`; nobody may change it."""
    workspace, _, _ = hostile_workspace(tmp_path_factory.mktemp("hostile"))
    return workspace.path
