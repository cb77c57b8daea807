from __future__ import annotations

import numpy as np
import pytest

from recsys.services.explore.crossfilter import histograms
from recsys.services.explore.slice_cases import cases, confused, confusion, missed_items
from recsys.services.models.slice_report import RankedTargets, ranked_targets
from recsys.services.recommend.history_edits import read_draft
from recsys.services.workspace import open_workspace
from recsys.services.workspace.facets import facets
from recsys.services.workspace.slices import Slice
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> RankedTargets:
    folder = tmp_path_factory.mktemp("crossfilter")
    workspace = open_workspace(folder / "home")
    return ranked_targets(train_small(workspace, import_shop(workspace, folder, pictures=False), "ease", "ease"))


def by_facet(targets: RankedTargets, text: str) -> dict[str, dict[str, tuple[int, int]]]:
    """Facet -> value -> (everyone, passing)."""
    found = histograms(targets, facets(targets.dataset), Slice.read(text), {})
    return {
        one.facet: dict(zip(one.values, zip(one.everyone.tolist(), one.passing.tolist(), strict=True), strict=True))
        for one in found
    }


def test_without_a_slice_everyone_passes(targets: RankedTargets) -> None:
    shown = by_facet(targets, "")
    assert {"rank", "popularity", "age"} <= set(shown)
    for bars in shown.values():
        assert all(everyone == passing for everyone, passing in bars.values())
    assert sum(everyone for everyone, _ in shown["rank"].values()) == 40


def test_a_histogram_is_filtered_by_the_others_and_not_by_itself(targets: RankedTargets) -> None:
    whole, part = by_facet(targets, ""), by_facet(targets, "rank=1&rank=2..5")
    assert part["rank"] == whole["rank"]
    best = targets.ranks <= 5
    assert sum(passing for _, passing in part["popularity"].values()) == best.sum()
    both = by_facet(targets, "rank=1&rank=2..5&popularity=warm")
    of_warm = targets.facet_rows(targets.members({}), "popularity", ["warm"])
    assert sum(passing for _, passing in both["rank"].values()) == of_warm.sum()
    assert both["popularity"] == part["popularity"]


def test_bars_within_a_chosen_range_are_in_the_slice(targets: RankedTargets) -> None:
    chosen = Slice.read("rank=1..10")
    (ranks,) = (one for one in histograms(targets, facets(targets.dataset), chosen, {}) if one.facet == "rank")
    assert dict(zip(ranks.values, ranks.in_slice.tolist(), strict=True)) == {
        value: value in ("1", "2..5", "6..10") for value in ranks.values
    }


def test_the_worst_users_have_the_highest_ranks_and_a_link_to_what_was_known_then(targets: RankedTargets) -> None:
    everyone = np.ones(40, dtype=bool)
    worst, best = cases(targets, everyone, "worst", 3), cases(targets, everyone, "best", 3)
    assert [case.rank for case in worst] == sorted(targets.ranks.tolist())[:-4:-1]
    assert [case.rank for case in best] == sorted(targets.ranks.tolist())[:3]
    log, case = targets.dataset.interactions, worst[0]
    history = log.history(log.user_index[case.user_id])
    assert (*case.history, case.item) == tuple(history)
    assert case.edit is not None
    assert read_draft(case.edit, len(history), log.num_items).items(history).tolist() == list(case.history)
    assert len(case.recommended) == 10


def test_random_users_are_the_same_at_each_visit_and_in_the_slice(targets: RankedTargets) -> None:
    mask = targets.ranks > 5
    first, second = (cases(targets, mask, "random", 4) for _ in range(2))
    assert first == second
    assert all(case.rank is not None and case.rank > 5 for case in first)


def test_missed_items_are_counted(targets: RankedTargets) -> None:
    table = missed_items(targets, np.ones(40, dtype=bool))
    assert table["missed"].sum() == (targets.ranks > 10).sum()
    first = targets.dataset.interactions.item_index[table["item"].iloc[0]]
    assert table["missed"].iloc[0] == ((targets.items == first) & (targets.ranks > 10)).sum()


def test_categories_are_counted_by_held_out_and_first_item(targets: RankedTargets) -> None:
    everyone = np.ones(40, dtype=bool)
    found = confusion(targets, everyone)
    assert found is not None
    assert (found.rows, found.columns) == (("red",), ("red",))
    red = targets.dataset.items["category"].to_numpy() == "red"
    assert targets.lists is not None
    both = red[targets.items] & red[targets.lists[:, 0]]
    assert found.counts.tolist() == [[both.sum()]]
    assert sorted(confused(targets, everyone, "red", "red")) == np.flatnonzero(both).tolist()
