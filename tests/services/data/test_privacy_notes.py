"""Privacy in words."""

from __future__ import annotations

import pytest

from recsys.services.data.privacy_notes import epsilon_limits, epsilon_note, federated_note, pseudonym_note


@pytest.mark.parametrize(
    ("epsilon", "factor"), [(1.0, "= 2.7,"), (3.0, "= 20,"), (8.0, "= 2,981,"), (20.0, "= 5e+08,")]
)
def test_epsilon_is_a_bound_on_odds_per_user(epsilon: float, factor: str) -> None:
    note = epsilon_note(epsilon, 1e-5)
    assert factor in note and f"ε = {epsilon:.3g} per user" in note and "δ = 1e-05" in note


def test_an_infinite_budget_can_be_said() -> None:
    assert "ε = inf" in epsilon_note(float("inf"), 1e-5)


def test_the_notes_say_what_is_not_protected() -> None:
    assert "tuning" in epsilon_limits() and "not protected" in epsilon_limits()
    assert "still reveal events" in federated_note()
    assert "99%" in pseudonym_note() and "2008" in pseudonym_note()
