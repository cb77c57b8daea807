import numpy as np
import pytest

from recsys.training.private.streams import SecretStream, new_key

KEY = bytes(range(32))


def test_a_stream_is_a_function_of_key_and_epoch():
    first = SecretStream(KEY, 3).uniform(5)
    assert np.array_equal(first, SecretStream(KEY, 3).uniform(5))
    assert not np.array_equal(first, SecretStream(KEY, 4).uniform(5))
    assert not np.array_equal(first, SecretStream(bytes(32), 3).uniform(5))


def test_two_keys_differ():
    assert len(new_key()) == 32
    assert new_key() != new_key()


def test_normal_draws_have_the_moments_of_a_normal_distribution():
    drawn = SecretStream(KEY, 1).normal(200_001)
    assert len(drawn) == 200_001
    assert [np.mean(drawn), np.var(drawn), np.mean(drawn**4)] == pytest.approx([0, 1, 3], abs=0.05)


def test_uniform_draws_fill_the_unit_interval():
    drawn = SecretStream(KEY, 1).uniform(100_000)
    assert 0 <= drawn.min() < drawn.max() < 1
    assert np.histogram(drawn, 4, (0, 1))[0] == pytest.approx([25_000] * 4, rel=0.05)
