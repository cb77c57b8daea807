"""The import in a browser beyond a clean file: weights, filters, new events, an import among the jobs, and a large file."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from recsys.services.workspace import Workspace, open_workspace
from tests.browser.tabs import Server, Tabs, Watched, settled
from tests.browser.test_accessibility import serious
from tests.browser.test_import_wizard import WIDTHS, dropped, fits, pressable
from tests.worlds.small_shop import import_small_shop

pytestmark = [pytest.mark.browser, pytest.mark.proof]
EVENTS = "user,item,event,time\n" + "".join(
    f"u{u},i{i},{('view', 'view', 'cart', 'buy')[i % 4]},{1_700_000_000 + i}\n" for u in range(20) for i in range(12)
)
LOG = "user,item,rating,time\n" + "".join(  # 3 to 11 events of a user
    f"u{u},i{i},{(u + i) % 5 + 1},{1_700_000_000 + 86_400 * i}\n" for u in range(18) for i in range(3 + u % 9)
)
MEGABYTES = 120  # of a large file
GROWTH = 50e6  # bytes


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = open_workspace(tmp_path_factory.mktemp("choices"))
    import_small_shop(workspace)
    return workspace


@pytest.fixture(scope="module")
def server_of(workspace: Workspace) -> Iterator[Server]:
    running = Server(Path(workspace.path))
    yield running
    running.kill()


@pytest.fixture
def address(server_of: Server) -> str:
    return server_of.address


def pressed(watched: Watched, key: str) -> None:
    pressable(watched.page, key).click()
    settled(watched)


def top_of_step(page: Page, step: str) -> int:
    return int(page.locator(f".st-key-import_body_{step}").evaluate("step => step.scrollTop"))


@pytest.mark.parametrize("width", WIDTHS)
def test_types_of_events_are_weighed(tabs: Tabs, address: str, width: int) -> None:
    watched = dropped(tabs, address, width, f"events{width}.csv", EVENTS + f"only{width},i1,view,1700000000\n")
    page = watched.page
    expect(pressable(page, "import_next")).to_have_text(re.compile("Next: 1 problem"))
    settled(watched)
    pressed(watched, "import_next")
    assert top_of_step(page, "problems") == 0, "the step begins at its top"
    card = page.locator(".st-key-card_event_types")
    expect(card).to_contain_text("Values: view (121), cart (60), buy (60)")
    card.get_by_text("Choose types and weights").click()
    expect(card.get_by_role("checkbox")).to_have_count(3)
    settled(watched)
    assert fits(page, width)
    assert serious(watched) == []
    card.get_by_text("cart · 60 events").click()
    settled(watched)
    weight = card.get_by_label("Weight of buy")
    weight.fill("5")
    weight.press("Enter")
    settled(watched)
    pressable(page, "import_next").scroll_into_view_if_needed()
    pressed(watched, "import_next")
    expect(page.locator(".st-key-import_counts")).to_contain_text("60 of 241 left out")
    settled(watched)
    assert top_of_step(page, "preview") == 0
    pressed(watched, "import")
    expect(page.get_by_text(f"Imported events{width}: 181 interactions, 21 users, 9 items.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_active_users_are_kept_with_the_effect_in_view(tabs: Tabs, address: str, width: int) -> None:
    watched = dropped(
        tabs, address, width, f"active{width}.csv", LOG.replace("u8,", f"kept{width},") + "rare,i0,1,1700000000\n"
    )
    page = watched.page
    expect(pressable(page, "import")).to_be_visible()
    settled(watched)
    field = page.locator("[class*=st-key-filter_user] input")
    expect(field).not_to_be_visible()
    page.locator(".st-key-keep_only summary").click()
    field.fill("6")
    field.press("Enter")
    expect(pressable(page, "import")).to_be_disabled()
    settled(watched)
    assert fits(page, width)
    assert serious(watched) == []
    pressable(page, "apply_filters").click()
    expect(page.locator(".st-key-import_counts")).to_contain_text("25 of 127 left out")
    expect(page.locator(".st-key-keep_only")).to_contain_text("kept 102 of 127 events, 12 of 19 users")
    settled(watched)
    pressed(watched, "import")
    expect(page.get_by_text(f"Imported active{width}: 102 interactions, 12 users, 11 items.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_new_events_are_added_to_a_dataset(tabs: Tabs, address: str, workspace: Workspace, width: int) -> None:
    older = next(one.dataset_id for one in workspace.datasets.list() if one.name == "Shop")
    later = "user_id,item_id,rating,timestamp\n" + f"u{width},i0,5,1700000300\nu{width},i1,4,1700000301\n"
    watched = tabs.open(f"{address}/data?dataset={older}", width=width, height=844)
    page = watched.page
    expect(pressable(page, "open_append")).to_be_enabled()
    settled(watched)
    pressed(watched, "open_append")
    expect(page.get_by_role("dialog")).to_contain_text("Add new events to “Shop”")
    file = {"name": "may.csv", "mimeType": "text/csv", "buffer": later.encode()}
    page.locator(".st-key-upload input[type=file]").set_input_files(files=[file])  # type: ignore[list-item]
    expect(pressable(page, "import")).to_be_visible()
    expect(page.locator(".st-key-import_counts")).to_contain_text("180 so far")
    settled(watched)
    assert fits(page, width)
    assert serious(watched) == []
    page.get_by_label("Name of the dataset").fill(f"Shop of {width}")
    page.keyboard.press("Tab")
    settled(watched)
    pressed(watched, "import")
    expect(page.get_by_text(f"2 interactions added. Shop of {width} now has 182 interactions")).to_be_visible()
    page.goto(f"{address}/data?dataset={older}")
    expect(page.get_by_text(f"Newer events were added: Shop of {width} has 182 interactions.")).to_be_visible()
    settled(watched)
    pressed(watched, "open_newer")
    expect(page.locator(".st-key-newer_dataset")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_import_whose_page_was_left_leads_back_from_the_jobs(tabs: Tabs, address: str, width: int) -> None:
    watched = dropped(tabs, address, width, f"left{width}.csv", LOG + f"left{width},i0,1,1700000000\n")
    page = watched.page
    expect(pressable(page, "import")).to_be_visible()
    settled(watched)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    settled(watched)
    open_sidebar(page, width)
    page.get_by_role("link", name="Train").locator("visible=true").first.click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    settled(watched)
    open_sidebar(page, width)
    line = page.get_by_role("button", name=f"left{width}.csv · ready to import").locator("visible=true")
    expect(line).to_be_visible()
    line.click()
    expect(page.get_by_role("dialog")).to_contain_text(f"left{width}.csv")
    expect(pressable(page, "import")).to_be_visible()
    settled(watched)
    pressed(watched, "import")
    expect(page.get_by_text(f"Imported left{width}: 127 interactions")).to_be_visible()
    expect(page.get_by_text("ready to import")).to_have_count(0)


def open_sidebar(page: Page, width: int) -> None:
    """On a phone the sidebar is folded."""
    if width < 500:
        page.locator(".st-key-open_context button, .st-key-open_context_again button").locator(
            "visible=true"
        ).first.click()


def test_a_large_file_goes_to_disk_and_not_into_the_memory_of_the_server(
    tabs: Tabs, server_of: Server, workspace: Workspace, tmp_path: Path
) -> None:
    path, rows = (
        tmp_path / "large.csv",
        "".join(f"u{n % 5_000},i{n % 400},{n % 5 + 1},{10**9 + n}\n" for n in range(10_000)),
    )
    with path.open("w") as file:
        file.write("user,item,rating,time\n")
        for _ in range(MEGABYTES * 1_000_000 // len(rows)):
            file.write(rows)
    watched = dropped(tabs, server_of.address, 1280, "small.csv", LOG + "large,i0,1,1700000000\n")
    page = watched.page
    expect(pressable(page, "import")).to_be_visible()
    settled(watched)
    pressable(page, "import_over").click()
    pressed(watched, "import_over_now")
    process, largest, done = psutil.Process(server_of.process.pid), [0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.02):
            largest[0] = max(largest[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    page.locator(".st-key-upload input[type=file]").set_input_files(path)
    expect(page.locator(".st-key-file_interactions")).to_contain_text("large.csv")
    time.sleep(1)
    done.set()
    watcher.join()
    assert path.stat().st_size > 2 * GROWTH
    assert largest[0] - before < GROWTH
    assert not list(workspace.datasets.root.glob("*received*")), "the file was moved, not copied"
    pressable(page, "import_over").click()
    pressable(page, "import_over_now").click()
