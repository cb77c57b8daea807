"""Clicks on the points of charts, and the lists of what is behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from recsys.services.workspace import Workspace
from recsys.services.workspace.saved_slices import picked_sets
from recsys.services.workspace.slices import Slice
from tests.browser.tabs import Watched, settled

IN_VIEW = 6  # rows of a list
POINT = """([chart, id]) => {
  const data = document.querySelector(`[class*='st-key-${chart}'] .js-plotly-plot`).data;
  const ids = (trace) => (trace.customdata || []).map((values) => [values].flat().join(" "));
  const of_id = data.findIndex((trace) => ids(trace).includes(id));
  const of_type = data.filter((trace, index) => index < of_id && trace.type === data[of_id].type);
  return [data[of_id].type, of_type.length, ids(data[of_id]).indexOf(id)];
}"""  # (type, trace among those of its type, number) of the first point that carries an id


def press(watched: Watched, chart: str, number: int = 0, trace: str = "") -> None:
    """Click a point of a chart; the chart takes the click, whatever lies on the point."""
    points = watched.page.locator(f"[class*='st-key-{chart}'] {trace} .point")
    expect(points.nth(number)).to_be_attached()
    settled(watched)
    points.nth(number).scroll_into_view_if_needed()
    bars = points.nth(number).locator("path")
    (bars if bars.count() else points.nth(number)).first.click(force=True)


def press_id(watched: Watched, chart: str, *point_id: object) -> None:
    """Click the point that carries this id."""
    page = watched.page
    expect(page.locator(f"[class*='st-key-{chart}'] .point").first).to_be_attached()
    settled(watched)
    layer, trace, number = page.evaluate(POINT, [chart, " ".join(map(str, point_id))])
    press(watched, chart, number, f".{layer}layer .trace:nth-child({trace + 1} of .trace)")


def drawn(page: Page, chart: str, trace: int = 0) -> list[float]:
    """The values of a trace as the browser has them: the lengths of bars, or the heights of points."""
    path = f"[class*='st-key-{chart}'] .js-plotly-plot"
    values: list[float] = page.locator(path).evaluate(
        "(plot, trace) => plot.data[trace].orientation === 'h' ? plot.data[trace].x : plot.data[trace].y", trace
    )
    return values


def lists(page: Page, key: str, title: str, names: Sequence[str], total: int) -> None:
    """The list is there, with its heading, how many it is of, and these among its rows."""
    listed = page.locator(f".st-key-{key}")
    expect(listed).to_contain_text(title)
    expect(listed).to_contain_text(re.compile(rf"· {total:,}(?!\d)"))
    for name in names:
        expect(cells(listed, name).first).to_be_attached()


def cells(inside: Locator, text: str) -> Locator:
    return inside.locator("td").filter(has_text=re.compile(f"^{re.escape(text)}$"))


def lists_rows(page: Page, key: str, rows: Sequence[Iterable[object]]) -> None:
    """The list is of so many rows, and those in view are the first of them, in this order; the last cell is the button."""
    listed = page.locator(f".st-key-{key}")
    expect(listed).to_contain_text(re.compile(rf"· {len(rows):,}(?!\d)"))
    listed.scroll_into_view_if_needed()  # a table fills its cells once it is in view
    for number, row in enumerate(rows[:IN_VIEW]):
        expect(listed.locator("tbody tr").nth(number).locator("td")).to_have_text([*map(str, row), "Open"])


def picked_ids(page: Page, workspace: Workspace, facet: str) -> set[str]:
    """The ids of the picked set that the link names, once it names one."""
    expect(page).to_have_url(re.compile(f"slice={facet}"))
    chosen = Slice.read(parse_qs(urlsplit(page.url).query)["slice"][0])
    (dataset,) = workspace.datasets.list()
    return {user_or_item for ids in picked_sets(workspace, dataset.dataset_id, chosen).values() for user_or_item in ids}
