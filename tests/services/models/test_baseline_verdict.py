"""What the headline says about all baselines."""

import pytest

from recsys.evaluation.significance import PairedDifference
from recsys.services.models.baseline_verdict import p_text, verdict


def difference(mean, p_holm):
    return PairedDifference(mean, mean - 0.01, mean + 0.01, p_holm / 2, p_holm)


def test_every_baseline_is_beaten_only_where_each_difference_is_significant():
    rivals = {"EASE": difference(0.03, 0.012), "Markov chain": difference(0.02, 0.004)}
    assert verdict("GRU4Rec", rivals) == (
        "GRU4Rec beats every baseline (p ≤ .012). "
        "Closest: Markov chain (+0.020 NDCG@10, 95% interval +0.010 to +0.030)."
    )


def test_a_baseline_that_is_not_beaten_is_named_though_the_best_one_is_beaten():
    rivals = {"EASE": difference(0.02, 0.004), "Markov chain": difference(0.05, 0.31)}
    assert verdict("GRU4Rec", rivals) == (
        "No significant difference between GRU4Rec and Markov chain (p = .31). GRU4Rec beats EASE (p = .004)."
    )


def test_a_loss_is_named_before_what_is_open():
    rivals = {"A": difference(-0.02, 0.0001), "B": difference(-0.001, 0.9), "C": difference(0.001, 0.999)}
    assert verdict("Mine", rivals) == (
        "Mine loses to A (-0.020 NDCG@10, 95% interval -0.030 to -0.010, p < .001). "
        "No significant difference between Mine and B (p = .90) or C (p = 1)."
    )


def test_without_a_rival_there_is_nothing_to_say():
    assert verdict("Popularity", {}) == ""


@pytest.mark.parametrize(
    ("p", "text"), [(0.31, "p = .31"), (0.0496, "p = .050"), (0.1, "p = .10"), (0.0002, "p < .001"), (1.0, "p = 1")]
)
def test_p_is_written_as_papers_do(p, text):
    assert p_text(p) == text


def test_a_baseline_that_could_not_be_measured_is_named():
    said = verdict("GRU4Rec", {"Markov chain": difference(0.02, 0.004)}, ["EASE"])
    assert said.startswith("GRU4Rec beats every baseline that was measured (p = .004).")
    assert said.endswith("Not measured, as the catalogue is too large for it: EASE.")
    lost = verdict("GRU4Rec", {"Markov chain": difference(-0.02, 0.004)}, ["EASE"])
    assert lost.endswith("Not measured, as the catalogue is too large for it: EASE.")
