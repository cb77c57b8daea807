"""What many tests share: small logs."""

import pytest

from recsys.data.interactions import Interactions
from tests.sequences.logs import walking_a_cycle, without_a_rule


@pytest.fixture(scope="session")
def cycle() -> Interactions:
    """60 users who walk a cycle of 30 items, 9 steps each."""
    return walking_a_cycle()


@pytest.fixture(scope="session")
def noise() -> Interactions:
    """300 users who touch 9 of 30 items without any rule."""
    return without_a_rule()
