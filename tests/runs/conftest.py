import pytest

from recsys.runs.store import RunStore


@pytest.fixture
def runs(tmp_path):
    return RunStore(tmp_path / "runs")
