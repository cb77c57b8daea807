import pytest

from recsys.training.federated import shamir


@pytest.mark.parametrize("secret", [0, 1, 2**256 - 1])
def test_any_three_shares_of_a_threshold_of_three_give_the_secret(secret):
    shares = shamir.split(secret, 3, [1, 2, 5, 9])
    assert shamir.combine({holder: shares[holder] for holder in (1, 5, 9)}) == secret
    assert shamir.combine({holder: shares[holder] for holder in (2, 1, 5)}) == secret
    assert shamir.combine(shares) == secret


def test_fewer_shares_give_another_number():
    shares = shamir.split(7, 3, [1, 2, 5])
    assert shamir.combine({holder: shares[holder] for holder in (1, 2)}) != 7


def test_a_line_through_the_secret_is_right_by_hand(monkeypatch):
    monkeypatch.setattr("recsys.training.federated.shamir.secrets.randbelow", lambda limit: 10)
    assert shamir.split(4, 2, [1, 3]) == {1: 14, 3: 34}  # 4 + 10 x
