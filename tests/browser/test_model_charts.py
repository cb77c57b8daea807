"""Clicks on the charts of a model's tabs: what they list is recomputed from the stored ranks, lists and measurements."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from recsys.runs.trust_record import load_trust
from recsys.services.models.ctr import Kind, label_quality
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.browser.charts import lists, lists_rows, picked_ids, press_id
from tests.browser.tabs import Tabs

pytestmark = [pytest.mark.browser, pytest.mark.proof]
K = 10
WORDS: dict[Kind, tuple[str, str]] = {"ratings": ("not liked", "liked"), "clicks": ("not clicked", "clicked")}


def ranked(run: OpenRun) -> pd.DataFrame:
    """A row a user of the test: index, id, title of the held-out item, and its stored rank, the best first."""
    frame, log = run.folder.load_ranks(), run.dataset.interactions
    assert frame is not None
    frame["id"] = log.user_ids[frame["user"]]
    frame["title"] = [run.dataset.title(int(log.history(user)[-1])) for user in frame["user"]]
    return frame.sort_values("test", kind="stable")


def test_a_bar_of_ranks_becomes_a_slice_of_all_its_users_not_only_of_those_listed(
    tabs: Tabs, sample: str, sample_home: Path, run: OpenRun
) -> None:
    watched = tabs.open(f"{sample}/models?run=seen")
    watched.page.locator(".st-key-rank_view").get_by_text("Ranks").click()
    press_id(watched, "ranks_test", 101)
    users = ranked(run).query("101 <= test <= 500")["id"]
    expect(watched.page.locator(".st-key-users_ranks")).to_contain_text(f"{len(users)}, the first 200 shown")
    watched.page.locator(".st-key-users_ranks_as_slice button").click()
    assert picked_ids(watched.page, open_workspace(sample_home), "user_ids") == set(users)


def test_a_segment_lists_the_users_with_so_many_training_events(tabs: Tabs, sample: str, run: OpenRun) -> None:
    frame = ranked(run)
    num_training = np.diff(run.dataset.interactions.offsets)[frame["user"]] - 2  # validation and test are held out
    watched = tabs.open(f"{sample}/models?run=seen&part=Segments")
    watched.page.locator(".st-key-segment_view").get_by_text("Users").click()
    press_id(watched, "segments_users", "6-20", "all")
    rows = frame[(num_training >= 6) & (num_training <= 20)]
    lists_rows(watched.page, "users_segment", rows[["id", "title", "test"]].to_numpy())


def test_a_group_of_users_is_listed_with_the_ranks_of_its_quality(tabs: Tabs, shop: str, shop_run: OpenRun) -> None:
    watched = tabs.open(f"{shop}/models?run=gru4rec&part=Fairness")
    watched.page.locator(".st-key-fairness_users").get_by_text("Gender").click()
    press_id(watched, "fairness_quality", "f")
    frame = ranked(shop_run)
    women = frame[shop_run.dataset.users["gender"].to_numpy()[frame["user"]] == "f"]
    lists_rows(watched.page, "fairness_members", women[["id", "title", "test"]].to_numpy())


def test_a_group_of_items_is_listed_by_its_exposure(tabs: Tabs, shop: str, shop_run: OpenRun) -> None:
    dataset, lists_TK = shop_run.dataset, shop_run.folder.load_lists()
    assert lists_TK is not None
    items = pd.DataFrame({
        "item": dataset.interactions.item_ids, "title": [dataset.title(item) for item in range(len(dataset.items))],
        "events": shop_run.split.train.item_counts, "in_lists": np.bincount(lists_TK.ravel(), minlength=len(dataset.items)),
    })[dataset.items["category"].astype(str).to_numpy() == "red"]  # fmt: skip
    watched = tabs.open(f"{shop}/models?run=gru4rec&part=Fairness")
    watched.page.locator(".st-key-fairness_items").get_by_text("Category").click()
    press_id(watched, "fairness_exposure", "red")
    rows = items.sort_values("in_lists", ascending=False, kind="stable")
    lists_rows(watched.page, "fairness_behind", rows.to_numpy())


def test_the_users_that_lose_with_the_second_model_are_listed_with_both_ranks(
    tabs: Tabs, shop: str, shop_home: Path, shop_run: OpenRun
) -> None:
    both = ranked(shop_run).merge(ranked(open_run(open_workspace(shop_home), "ease")), on=["user", "id", "title"])
    ndcg = both[["test_x", "test_y"]].apply(lambda ranks: np.where(ranks <= K, 1 / np.log2(ranks + 1), 0))
    loss = ndcg["test_x"] - ndcg["test_y"]
    watched = tabs.open(f"{shop}/models?run=gru4rec&compare=ease")
    press_id(watched, "gains", "lose")
    worst = both.loc[loss.idxmax()]
    listed = watched.page.locator(".st-key-users_lose")
    expect(listed).to_contain_text(f"better with A · {(loss > 0).sum()} users")
    expect(listed.locator("tbody tr").first.locator("td")).to_have_text(
        [worst["id"], str(worst["test_x"]), str(worst["test_y"]), worst["title"], "Open"]
    )


def test_the_users_of_the_same_quality_are_listed_with_both_ranks(
    tabs: Tabs, shop: str, shop_home: Path, shop_run: OpenRun
) -> None:
    both = ranked(shop_run).merge(ranked(open_run(open_workspace(shop_home), "ease")), on=["user", "id", "title"])
    is_same = (both["test_x"] == both["test_y"]) | ((both["test_x"] > K) & (both["test_y"] > K))
    rows = both[is_same].sort_values("user")[["id", "test_x", "test_y", "title"]]
    watched = tabs.open(f"{shop}/models?run=gru4rec&compare=ease")
    press_id(watched, "gains", "same")
    lists(watched.page, "users_same", "the same", rows["id"].to_list()[:3], len(rows))
    expect(watched.page.locator(".st-key-users_same tbody tr").first.locator("td")).to_have_text(
        [*map(str, rows.iloc[0]), "Open"]
    )


@pytest.mark.parametrize("key", ["undoes", "rebuilds"])
def test_a_mean_of_the_faithfulness_tests_lists_its_users_the_least_faithful_first(
    tabs: Tabs, shop: str, shop_run: OpenRun, key: str
) -> None:
    measured = load_trust(shop_run.folder)
    assert measured is not None
    method = measured.methods[-1]
    rows = pd.DataFrame({"user": measured.users, "gain": np.round(getattr(method, f"{key}_by_user"), 3)})
    watched = tabs.open(f"{shop}/models?run=gru4rec&part=Explanations")
    press_id(watched, f"trust_{key}", method.method)
    rows = rows.sort_values("gain", kind="stable")
    lists_rows(watched.page, f"users_{key}", rows.to_numpy())


@pytest.mark.parametrize("kind", WORDS)
def test_a_point_of_the_calibration_lists_its_events_the_most_probable_first(
    tabs: Tabs, shop: str, shop_run: OpenRun, kind: Kind
) -> None:
    quality, log = label_quality(shop_run, kind, 4 if kind == "ratings" else None), shop_run.dataset.interactions
    assert quality.events is not None and quality.probabilities is not None
    edges = np.quantile(quality.probabilities, np.arange(0.1, 1, 0.1))
    highest = np.flatnonzero(quality.probabilities > edges[-1])
    order = highest[np.argsort(-quality.probabilities[highest], kind="stable")]
    events = quality.events
    rows = [
        (log.user_ids[events.users[row]], shop_run.dataset.title(int(events.items[row])), WORDS[kind][int(events.labels[row])])
        for row in order
    ]  # fmt: skip
    watched = tabs.open(f"{shop}/models?run=gru4rec&part=Calibration+%26+CTR")
    watched.page.locator(f".st-key-labels_{kind} label").first.click()
    press_id(watched, f"calibration_{kind}", 9)
    lists_rows(watched.page, f"users_{kind}", rows)
