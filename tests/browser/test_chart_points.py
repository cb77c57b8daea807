"""A click on a chart lists who or what is behind it, checked against the stored tables and ranks."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from recsys.data.profile import profile
from recsys.explain import EventContribution
from recsys.services.data.chart_selection import behind
from recsys.services.explain import contrastive, explain_item
from recsys.services.explain.explain_item import explain_for
from recsys.services.explain.score_breakdown import break_down_score
from recsys.services.models import comparison, segment_report, user_lists
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.quality import evaluate
from recsys.services.recommend.query import query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.ui.data.overview import charts_of
from tests.browser.charts import cells, lists, press
from tests.browser.tabs import Tabs

pytestmark = [pytest.mark.browser, pytest.mark.proof]


def test_the_charts_of_data_list_their_items_users_and_interactions(tabs: Tabs, sample: str, run: OpenRun) -> None:
    watched = tabs.open(f"{sample}/data")
    for chart in charts_of(profile(run.dataset)):
        trace = chart.figure.data[0]
        values = [float(value) for value in (trace.x if trace.orientation == "h" else trace.y)]
        number = max(range(len(values)), key=values.__getitem__)
        kind, table = behind(run.dataset, chart.key, chart.ids[number])
        press(watched, chart.key, number)
        dialog = watched.page.get_by_role("dialog")
        expect(dialog).to_contain_text(f"{table.total:,} {kind[:-1]}")
        expect(cells(dialog, str(table.rows.iloc[0]["user" if kind == "users" else "item"])).first).to_be_attached()
        watched.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_the_charts_of_explain_list_the_past_events_behind_them(tabs: Tabs, sample: str, run: OpenRun) -> None:
    watched = tabs.open(f"{sample}/explain?run=seen&evidence=true&proof=Methods&method=leave_one_out")
    page = watched.page
    expect(page).to_have_url(re.compile("user=.*item="))
    link = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    query = query_of(run, link["user"], None)
    explained = explain_for(run, query, link["item"])
    strongest = explain_item.strongest_first(explained.exact)
    titles = [str(explain_item.part_name(part, explained.exact, explained.titles)) for part in strongest]
    events = [part for part in explained.exact.contributions if isinstance(part, EventContribution)]
    press(watched, "bars")
    lists(page, "behind_bars", "Events behind this point", titles[:1], 1)
    press(watched, "sources", 1 + break_down_score(run, query, link["item"]).keys.index("events"))
    lists(page, "behind_sources", "Events behind this point", explained.titles[-len(events) :][:1], len(events))
    page.locator(".st-key-choose_feature_ablation button").filter(visible=True).click()
    press(watched, "by_time", len(events) - 1)
    lists(page, "behind_by_time", "Events behind this point", [explained.titles[-1]], 1)
    page.get_by_role("tab", name="Attention").click()
    press(watched, "attention", 0, ".scatterlayer")
    lists(
        page, "behind_attention", "Events behind this point", [explained.titles[len(explained.titles) - len(events)]], 1
    )
    page.get_by_role("tab", name="Faithfulness").click()
    press(watched, "curves", 1, ".scatterlayer .trace:nth-child(1)")
    expect(page.locator(".st-key-behind_curves")).to_contain_text("Events behind this point")
    best = max(events, key=lambda part: part.value)
    expect(cells(page.locator(".st-key-behind_curves"), explained.titles[best.position]).first).to_be_attached()
    other = next(item.item_id for item in recommend_items(run, query) if item.item_id != link["item"])
    page.goto(f"{page.url}&against={other}")
    contrast = contrastive.contrast(run, query, link["item"], other)
    press(watched, "versus_bars")
    lists(page, "behind_versus_bars", "Events behind this point", [str(contrastive.bars(contrast)[0][0])], 1)


def test_the_charts_of_models_list_the_users_behind_them(
    tabs: Tabs, sample: str, run: OpenRun, sample_home: Path
) -> None:
    watched = tabs.open(f"{sample}/models?run=seen")
    page = watched.page
    evaluation = evaluate(open_workspace(sample_home), run)
    ids, targets = run.dataset.interactions.user_ids, run.split.test
    names = sorted(evaluation.against, key=lambda name: -evaluation.baselines[name]["ndcg@10"])
    rows = user_lists.only_first(evaluation.baseline_ranks[names[0]], evaluation.ranks, 10)
    press(watched, "compared_test", 1)
    lists(page, "users_baselines", "and not of SASRec", [str(ids[targets.users[rows[0]]])], len(rows))
    page.locator(".st-key-rank_view").get_by_text("Ranks").click()
    rows = user_lists.between(evaluation.ranks, 1, 2)
    press(watched, "ranks_test")
    lists(page, "users_ranks", "at rank 1", [str(ids[targets.users[rows[0]]])], len(rows))
    page.get_by_role("tab", name="Segments").click()
    found = segment_report.segments(run)
    segment = next(segment for segment in found.items if segment.num_targets)
    rows = segment_report.members(run, "items", str(segment.name))
    press(watched, "segments_items")
    expect(page.locator(".st-key-users_segment")).to_contain_text(re.compile(rf"· {len(rows):,}(?!\d)"))


def test_two_models_list_who_gains_and_the_figures_of_an_epoch(
    tabs: Tabs, sample: str, sample_home: Path, quick: str
) -> None:
    watched = tabs.open(f"{sample}/models?run=seen&compare={quick}")
    page = watched.page
    workspace = open_workspace(sample_home)
    by_id = {summary.run_id: summary for summary in list_runs(workspace)}
    changes = comparison.changes(workspace, by_id["seen"], by_id[quick])
    assert changes is not None
    press(watched, "gains", 2)
    users = changes.users[changes.rows("gain")]
    run = open_run(workspace, "seen")
    lists(page, "users_gain", "better with B", [str(run.dataset.interactions.user_ids[users[0]])], len(users))
    page.get_by_role("tab", name="Learning curves").click()
    press(watched, "compared_curves")
    losses = comparison.curves(workspace, [by_id["seen"]])["seen"].loss
    says_epoch(page, losses[0])
    page.get_by_role("link", name="Train", exact=True).first.click()
    press(watched, "learning_curves", 0, ".scatterlayer")
    says_epoch(page, losses[0])


def says_epoch(page: Page, loss: float) -> None:
    """The first epoch's figures are listed; a table fills its cells once it is in view."""
    page.get_by_text("Epoch 1", exact=True).scroll_into_view_if_needed()
    expect(page.locator("td").filter(has_text=str(loss)[:6]).first).to_be_attached()
