"""The import in a browser, on a large screen and on a phone: a clean file, conflicts that are decided, a file that is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from recsys.services.workspace import open_workspace
from tests.browser.tabs import Server, Tabs, Watched, settled
from tests.browser.test_accessibility import serious
from tests.worlds.small_shop import import_small_shop

pytestmark = [pytest.mark.browser, pytest.mark.proof]
WIDTHS = [1280, 390]
CLEAN = "user,item,rating,time\n" + "".join(
    f"u{user},i{item},{(user + item) % 5 + 1},{1_700_000_000 + 3600 * item}\n" for user in range(9) for item in range(7)
)
WRONG = "user,item,rating\na,x,1\nb,y,2,9\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a workspace with one dataset, so that the import is a dialog."""
    folder = tmp_path_factory.mktemp("door")
    import_small_shop(open_workspace(folder))
    running = Server(folder)
    yield running.address
    running.kill()


def pressable(page: Page, key: str) -> Locator:
    """The button of a key; with a tooltip there is a second one for other screens, which is hidden."""
    return page.locator(f".st-key-{key} button").locator("visible=true")


def dropped(tabs: Tabs, address: str, width: int, name: str, content: str) -> Watched:
    """The dialog with a file dropped into its first field."""
    watched = tabs.open(f"{address}/data", width=width, height=844)
    page = watched.page
    expect(pressable(page, "open_import")).to_be_enabled()
    settled(watched)
    pressable(page, "open_import").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.locator(".st-key-upload input[type=file]").set_input_files(files=[file])
    return watched


def fits(page: Page, width: int) -> bool:
    """Whether nothing is wider than the screen: neither the page nor the dialog scrolls sideways."""
    inside = page.evaluate(
        "document.querySelector('[role=dialog]').scrollWidth - document.querySelector('[role=dialog]').clientWidth"
    )
    return int(page.evaluate("document.documentElement.scrollWidth")) <= width and inside <= 1


def conflicts() -> str:
    """Ratings without times: two rated again, and one that is no number."""
    rows = [",".join(line.split(",")[:3]) for line in CLEAN.splitlines()]
    more = [f"v{user},i{item},{item % 5 + 1}" for user in range(40) for item in range(7)]
    return "\n".join([*rows, *more, "u0,i0,5", "u1,i0,4", "u8,i7,bad"]) + "\n"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_clean_file_takes_two_presses(tabs: Tabs, address: str, width: int) -> None:
    watched = dropped(tabs, address, width, f"clean{width}.csv", CLEAN + f"only{width},i0,1,1700000000\n")
    page = watched.page
    expect(pressable(page, "import")).to_be_visible()
    settled(watched)
    expect(page.locator(".st-key-import_columns")).to_contain_text("User: user · Item: item · Rating: rating")
    expect(page.locator(".st-key-import_counts")).to_contain_text("64")
    assert fits(page, width)
    assert serious(watched) == []
    pressable(page, "import").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(f"Imported clean{width}: 64 interactions, 10 users, 7 items.")).to_be_visible()
    expect(page).to_have_url(re.compile("dataset="))


@pytest.mark.parametrize("width", WIDTHS)
def test_conflicts_are_decided_in_the_dialog(tabs: Tabs, address: str, width: int) -> None:
    watched = dropped(tabs, address, width, f"again{width}.csv", conflicts() + f"only{width},i0,1\n")
    page = watched.page
    expect(pressable(page, "import_next")).to_have_text(re.compile("Next: 2 problems"))
    settled(watched)
    pressable(page, "import_next").click()
    cards = page.locator("[class*=st-key-card_]")
    expect(cards).to_have_count(2)
    settled(watched)
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    expect(pressable(page, "import_next")).to_be_disabled()
    assert fits(page, width)
    assert serious(watched) == []
    pressable(page, "accept_all").click()
    expect(page.get_by_role("radio", checked=True)).to_have_count(2)
    cards.last.get_by_text("The highest counts").click()
    expect(cards.last).to_contain_text("2 of 346 rows are left out.")
    pressable(page, "import_next").click()
    expect(pressable(page, "import")).to_be_visible()
    settled(watched)
    expect(page.locator(".st-key-import_counts")).to_contain_text("3 of 347 left out")
    assert fits(page, width)
    page.get_by_label("Name of the dataset").fill(f"Decided {width}")
    page.keyboard.press("Tab")
    settled(watched)
    pressable(page, "import").click()
    expect(page.get_by_text(f"Imported Decided {width}: 344 interactions, 50 users, 7 items.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_refused_file_is_named_with_its_line(tabs: Tabs, address: str, width: int) -> None:
    watched = dropped(tabs, address, width, "wrong.csv", WRONG)
    page = watched.page
    expect(page.get_by_role("alert").get_by_text("Line 3 has 4 fields where 3 are expected.")).to_be_visible()
    expect(page.get_by_text("File wrong.csv · Line 3")).to_be_visible()
    settled(watched)
    expect(pressable(page, "import")).to_have_count(0)
    assert fits(page, width)
    assert serious(watched) == []
    pressable(page, "import_over").click()
    pressable(page, "import_over_now").click()
    expect(page.locator(".st-key-upload input[type=file]")).to_have_count(1)


def test_the_dialog_is_used_by_keyboard_alone(tabs: Tabs, address: str) -> None:
    watched = dropped(tabs, address, 1280, "keys.csv", CLEAN + "keys,i0,1,1700000000\n")
    page = watched.page
    expect(pressable(page, "import")).to_be_visible()
    settled(watched)
    watched.reach("Import")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Imported keys: 64 interactions, 10 users, 7 items.")).to_be_visible()


def test_a_closed_dialog_opens_again_where_it_was(tabs: Tabs, address: str) -> None:
    watched = dropped(tabs, address, 1280, "closed.csv", CLEAN + "closed,i0,1,1700000000\n")
    page = watched.page
    expect(pressable(page, "import")).to_be_visible()
    settled(watched)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    settled(watched)
    pressable(page, "open_import").click()
    expect(pressable(page, "import")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("closed.csv")
