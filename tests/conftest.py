"""What many tests share: small logs and, where it lies beside the project, the MovieLens 100K log."""

from pathlib import Path

import pandas as pd
import pytest

from recsys.data.interactions import ITEM, RATING, TIME, USER, Interactions
from tests.sequences.logs import walking_a_cycle, without_a_rule

ML_100K = Path(__file__).resolve().parents[2] / "shared" / "data" / "ml-100k" / "u.data"


@pytest.fixture(scope="session")
def cycle() -> Interactions:
    """60 users who walk a cycle of 30 items, 9 steps each."""
    return walking_a_cycle()


@pytest.fixture(scope="session")
def noise() -> Interactions:
    """300 users who touch 9 of 30 items without any rule."""
    return without_a_rule()


@pytest.fixture(scope="session")
def ml_100k() -> Interactions:
    if not ML_100K.exists():
        pytest.skip(f"needs the MovieLens 100K log at {ML_100K}, which is not part of the project")
    return Interactions.from_frame(pd.read_csv(ML_100K, sep="\t", names=[USER, ITEM, RATING, TIME]))
