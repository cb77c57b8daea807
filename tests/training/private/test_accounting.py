"""Golden numbers: RDP and PRV of Opacus 1.6. The second accountant: privacy loss distributions of dp-accounting."""

import math

import pytest
from dp_accounting.pld import privacy_loss_distribution as pld
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.training.private.accounting import epsilon_spent, noise_for, prv_epsilon, rdp_epsilon

NOISE, RATE, STEPS, DELTA = 1.5, 0.04, 2250, 1e-5


def by_dp_accounting(noise: float, rate: float, steps: int, delta: float, *, is_upper: bool) -> float:
    distribution = pld.from_gaussian_mechanism(
        noise, pessimistic_estimate=is_upper, sampling_prob=rate, use_connect_dots=is_upper
    )
    return distribution.self_compose(steps).get_epsilon_for_delta(delta)


def test_rdp_and_prv_have_their_golden_numbers():
    by_rdp = rdp_epsilon(NOISE, RATE, STEPS, DELTA)
    assert by_rdp == pytest.approx(7.32911117143)
    assert prv_epsilon(NOISE, RATE, STEPS, DELTA, by_rdp) == pytest.approx(6.777395712150674, rel=0.01)


def test_the_lower_of_two_upper_bounds_counts_and_agrees_with_a_second_accountant():
    epsilon = epsilon_spent(NOISE, RATE, STEPS, DELTA)
    assert epsilon < 7
    assert epsilon == pytest.approx(by_dp_accounting(NOISE, RATE, STEPS, DELTA, is_upper=True), rel=0.01)


@settings(max_examples=6, deadline=None)
@given(
    noise=st.floats(0.6, 8),
    rate=st.floats(0.01, 1),
    steps=st.integers(1, 200),
    delta=st.sampled_from([1e-7, 1e-5, 1e-3]),
)
def test_epsilon_is_never_under_reported(noise, rate, steps, delta):
    assert epsilon_spent(noise, rate, steps, delta) >= by_dp_accounting(noise, rate, steps, delta, is_upper=False)


def test_the_noise_for_a_target_has_its_golden_number():
    assert noise_for(8, RATE, STEPS, DELTA) == pytest.approx(1.34765625, rel=0.001)


@pytest.mark.parametrize(("epsilon", "rate", "steps"), [(1, 0.3, 40), (8, 0.05, 300)])
def test_the_noise_for_a_target_never_overshoots_it_and_wastes_little(epsilon, rate, steps):
    noise = noise_for(epsilon, rate, steps, DELTA)
    assert epsilon_spent(noise, rate, steps, DELTA) <= epsilon
    assert epsilon_spent(noise / 1.01, rate, steps, DELTA) > epsilon


def test_no_step_spends_nothing_and_no_noise_everything():
    assert epsilon_spent(1.0, RATE, 0, DELTA) == 0
    assert epsilon_spent(0.0, RATE, 1, DELTA) == math.inf


def test_a_target_that_no_noise_reaches_has_an_infinite_one():
    assert noise_for(1e-6, 1.0, 1_000_000, 1e-12) == math.inf
