"""Power and false alarms of the fairness report: `python -m benchmarks.fairness`.

Users and the ranks of their held-out items are drawn, so the true NDCG@10 of every group is known; grouping, test and
Holm's correction are those of the app (services/models/groupings.py, evaluation/group_fairness.py). Stated before the first
run: with 500 women and 500 men, a group whose NDCG@10 is SIZE lower than BASE is significant in at least POWER of
SIMULATIONS, beside age and activity in the same correction; without a difference at most ALPHA of NULL_SIMULATIONS have any
significant group, also with 60 against 900 users. Other sizes and a larger family of groups are reported beside these, and
so are equal means with unequal variances, where the test is only asymptotically valid. Shares have Wilson intervals.

`calibration` compares three tests of a single group at level ALPHA without a difference of means: the permutation of the
difference of means, Welch's t test, and the permutation of Welch's statistic, which the app uses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.record import provenance
from recsys.data.dataset import AGE, GENDER, TITLE, Dataset
from recsys.data.files import write_json
from recsys.data.interactions import Interactions
from recsys.evaluation.group_fairness import DRAWS, ColumnMeans, compare_groups, welch_permutation_p
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, per_user
from recsys.evaluation.significance import ALPHA
from recsys.services.models.groupings import of_users, user_groupings

RESULT = Path(__file__).parent / "results" / "fairness.json"
SEED, SIMULATIONS, NULL_SIMULATIONS, CALIBRATIONS = 20_261_211, 200, 2000, 2000
BASE, SIZE, POWER = 0.10, 0.05, 0.9
SIZES = (0.04, 0.05, 0.06, 0.08)
NUM_JOBS, NUM_ITEMS = 12, 20
TOP, LOW, ALL = range(1, 4), range(6, 11), range(1, 11)  # ranks of hits, equally likely

Ranks = Callable[[np.random.Generator, np.ndarray], np.ndarray]  # (generator, is_woman) -> ranks


def main() -> None:
    result = provenance("python -m benchmarks.fairness", SEED)
    result |= {"base": BASE, "size": SIZE, "alpha": ALPHA, "permutations": DRAWS, "calibration": calibration()}
    rng = np.random.default_rng(SEED)
    result["power"] = {
        family: {f"{size:g}": found(rng, size, jobs=jobs) for size in SIZES}
        for family, jobs in (("gender, age, activity", False), ("gender, age, activity, job", True))
    }
    result["false_alarms"] = {
        "500 / 500": alarms(rng, 500, 500, lower(0)),
        "60 / 900": alarms(rng, 60, 900, lower(0)),
        "60 / 900, job as well": alarms(rng, 60, 900, lower(0), jobs=True),
        "60 / 900, hits of the 60 at ranks 1-3, of the 900 at 6-10": alarms(rng, 60, 900, equal_means(TOP, LOW)),
        "60 / 900, hits of the 60 at ranks 6-10, of the 900 at 1-3": alarms(rng, 60, 900, equal_means(LOW, TOP)),
        "500 / 500, women lower: other columns": alarms(rng, 500, 500, lower(SIZE), beside=(GENDER,)),
    }
    print(result)
    write_json(RESULT, result)


def lower(size: float) -> Ranks:
    """Ranks with NDCG@10 of BASE for men and BASE - size for women on average; hits are at any rank alike."""
    return lambda rng, is_woman: draw_ranks(rng, np.where(is_woman, BASE - size, BASE), ALL)


def equal_means(of_women: Sequence[int], of_men: Sequence[int]) -> Ranks:
    """Ranks with NDCG@10 of BASE for both, from hits at other ranks: rare high values or frequent low ones."""

    def draw(rng: np.random.Generator, is_woman: np.ndarray) -> np.ndarray:
        means = np.full(len(is_woman), BASE)
        return np.where(is_woman, draw_ranks(rng, means, of_women), draw_ranks(rng, means, of_men))

    return draw


def draw_ranks(rng: np.random.Generator, means: np.ndarray, hits: Sequence[int]) -> np.ndarray:
    """Ranks with these expected NDCG@10 [num_users]: at one of `hits`, all equally likely, else beyond the list."""
    gain = np.mean(1 / np.log2(np.array(hits) + 1.0))
    return np.where(rng.random(len(means)) < means / gain, rng.choice(hits, len(means)), CUT_OFF + 1)


def report(
    rng: np.random.Generator, num_women: int, num_men: int, ranks: Ranks, *, jobs: bool
) -> tuple[ColumnMeans, ...]:
    """The fairness of one draw of users and ranks."""
    num_users = num_women + num_men
    is_woman = rng.permutation(num_users) < num_women
    table = {GENDER: np.where(is_woman, "F", "M"), AGE: rng.integers(15, 75, num_users).astype(float)}
    if jobs:  # the most frequent has about a third of the users
        shares = 1 / np.arange(1, NUM_JOBS + 1)
        table["job"] = rng.choice([f"job {job}" for job in range(NUM_JOBS)], num_users, p=shares / shares.sum())
    users = pd.DataFrame({name: [values[0], *values] for name, values in table.items()})
    num_events = np.concatenate([[0], rng.integers(2, 60, num_users)])
    groupings = of_users(
        user_groupings(replace(blank(num_users), users=users), num_events), np.arange(1, num_users + 1)
    )
    return compare_groups(per_user(ranks(rng, is_woman), (CUT_OFF,))[HEADLINE], groupings)


def blank(num_users: int) -> Dataset:
    """A dataset of two events a user, for the table of users."""
    log = Interactions.from_frame(
        pd.DataFrame(
            {
                "user_id": np.repeat([f"u{user:05}" for user in range(num_users)], 2),
                "item_id": [f"i{event % NUM_ITEMS:02}" for event in range(2 * num_users)],
            }
        )
    )
    items = pd.DataFrame({TITLE: log.item_ids.astype(str)})
    return Dataset("simulated", "Simulated", log, items, pd.DataFrame(index=range(num_users + 1)))


def found(rng: np.random.Generator, size: float, *, jobs: bool) -> dict[str, Any]:
    """How often women, whose NDCG@10 is `size` lower, are significantly lower."""
    hits = 0
    for _ in range(SIMULATIONS):
        columns = report(rng, 500, 500, lower(size), jobs=jobs)
        (gender,) = (column for column in columns if column.column == GENDER)
        hits += any(
            group.name == "F" and group.is_significant and (group.difference or 0) < 0 for group in gender.groups
        )
    return counted(hits, SIMULATIONS) | {"comparisons": comparisons(columns)}


def alarms(
    rng: np.random.Generator,
    num_women: int,
    num_men: int,
    ranks: Ranks,
    *,
    jobs: bool = False,
    beside: Sequence[str] = (),
) -> dict[str, Any]:
    """How often any group is significant, other than those of the columns `beside`."""
    hits = 0
    for _ in range(NULL_SIMULATIONS):
        columns = report(rng, num_women, num_men, ranks, jobs=jobs)
        hits += any(group.is_significant for c in columns if c.column not in beside for group in c.groups)
    return counted(hits, NULL_SIMULATIONS) | {"comparisons": comparisons(columns)}


def comparisons(columns: Sequence[ColumnMeans]) -> int:
    return sum(1 if len(column.groups) == 2 else len(column.tested) for column in columns)


def counted(hits: int, simulations: int) -> dict[str, Any]:
    interval = stats.binomtest(hits, simulations).proportion_ci(method="wilson")
    return {
        "share": hits / simulations,
        "interval": [float(interval.low), float(interval.high)],
        "simulations": simulations,
    }


def calibration() -> dict[str, dict[str, float]]:
    """Share of rejections at ALPHA of three tests where the means are equal, by sizes and ranks of the hits."""
    cases = {
        "500 / 500": (500, 500, ALL, ALL),
        "60 / 900": (60, 900, ALL, ALL),
        "20 / 900": (20, 900, ALL, ALL),
        "10 / 900": (10, 900, ALL, ALL),
        "60 / 900, larger variance in the 60": (60, 900, TOP, LOW),
        "60 / 900, smaller variance in the 60": (60, 900, LOW, TOP),
        "200 / 800, larger variance in the 200": (200, 800, TOP, LOW),
        "200 / 800, smaller variance in the 200": (200, 800, LOW, TOP),
    }
    rng = np.random.default_rng(SEED)
    return {name: rejections(rng, *case) for name, case in cases.items()}


def rejections(
    rng: np.random.Generator, num_members: int, num_others: int, hits: Sequence[int], others_hits: Sequence[int]
) -> dict[str, float]:
    is_member = np.arange(num_members + num_others) < num_members
    p_values = []
    for _ in range(CALIBRATIONS):
        values = per_user(equal_means(hits, others_hits)(rng, is_member), (CUT_OFF,))[HEADLINE]
        welch = stats.ttest_ind(values[is_member], values[~is_member], equal_var=False).pvalue
        p_values.append(
            (means_permutation_p(values, is_member, rng), welch, welch_permutation_p(values, is_member, rng))
        )
    shares = (np.nan_to_num(np.array(p_values), nan=1.0) <= ALPHA).mean(0)
    names = ("permutation of the difference of means", "Welch's t test", "permutation of Welch's statistic")
    return dict(zip(names, shares.tolist(), strict=True))


def means_permutation_p(values: np.ndarray, is_member: np.ndarray, rng: np.random.Generator) -> float:
    """Two-sided p-value of the difference of means, by permuting the users."""
    distinct, counts = np.unique(values, return_counts=True)
    sums = rng.multivariate_hypergeometric(counts, int(is_member.sum()), size=1000, method="marginals") @ distinct
    expected = values.mean() * is_member.sum()
    observed = abs(values[is_member].sum() - expected)
    return float(((np.abs(sums - expected) >= observed - 1e-9).sum() + 1) / 1001)


if __name__ == "__main__":
    main()
