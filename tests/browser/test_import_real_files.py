"""Files of public datasets as they come, and Chinese ones, through the dialog with choices and without editing them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from recsys.services.workspace import Workspace, open_workspace
from tests.browser.tabs import Server, Tabs, settled
from tests.browser.test_import_wizard import fits, pressable
from tests.worlds.small_shop import import_small_shop

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.browser, pytest.mark.proof, pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not there"),
]  # fmt: skip
SLOWEST = 240_000  # milliseconds for the largest file on a slow machine
DAYS = [f"2024年{month}月{day}日" for month in (1, 2) for day in (3, 20)]
CHINESE = "用户编号,商品,评分,时间\n" + "".join(
    f"用户{user},商品{item},{(user + item) % 5 + 1},{DAYS[(user + item) % 4]}\n"
    for user in range(12)
    for item in range(6)
)


@dataclass(frozen=True)
class Case:
    """Files by their uploader, the treatments that are pressed, and what must be stored."""

    name: str
    files: dict[str, Path | FilePayload]
    rows: int
    users: int
    items: int  # of the catalogue
    treatment: str = ""  # label of the radio
    language: str = "en"
    width: int = 1280
    pictures: int = 0


def text(name: str, content: str, encoding: str) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content.encode(encoding)}


CASES = [
    Case(
        "book-crossing",
        {"upload": DATA / "book-crossing/BX-Book-Ratings.csv", "upload_users": DATA / "book-crossing/BX-Users.csv"},
        99_978, 9_424, 63_773, "The last one counts",
    ),
    Case(
        "steam", {"upload": DATA / "steam-hours/game_play.dat", "upload_items": DATA / "steam-hours/item_info.dat"},
        70_477, 11_350, 5_155, "The highest counts", width=390,
    ),
    Case("yoochoose", {"upload": DATA / "yoochoose-100k/yoochoose-clicks-100k_train_full.txt"}, 70_277, 17_794, 2_933),
    Case(
        "movielens",
        {"upload": DATA / "ml-1m/ratings.csv.gz", "upload_items": DATA / "ml-1m/movies.dat",
         "upload_users": DATA / "ml-1m/users.dat", "upload_images": DATA / "ml-1m/posters_64x96.zip"},
        999_611, 6_040, 3_883, language="zh", pictures=3_000,
    ),
    Case("gbk", {"upload": text("gbk.csv", CHINESE, "gbk")}, 72, 12, 6, language="zh", width=390),
    Case("utf-8", {"upload": text("utf8.csv", CHINESE.replace("用户1", "顾客1"), "utf-8")}, 72, 12, 6, language="zh"),
]  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a dataset, so that the import is a dialog."""
    workspace = open_workspace(tmp_path_factory.mktemp("real"))
    import_small_shop(workspace)
    return workspace


@pytest.fixture(scope="module")
def address(workspace: Workspace) -> Iterator[str]:
    running = Server(Path(workspace.path))
    yield running.address
    running.kill()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_file_comes_in_with_choices_and_unedited(tabs: Tabs, address: str, workspace: Workspace, case: Case) -> None:
    before = {summary.dataset_id for summary in workspace.datasets.list()}
    watched = tabs.open(f"{address}/data?lang={case.language}", width=case.width, height=900)
    page = watched.page
    expect(pressable(page, "open_import")).to_be_enabled(timeout=60_000)
    settled(watched)
    pressable(page, "open_import").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    for key, file in case.files.items():
        if key != "upload":
            _unfold(page)
        field = f".st-key-{key}" if key == "upload" else f"[class*=st-key-{key}]"
        page.locator(f"{field} input[type=file]").set_input_files(files=[file])  # type: ignore[list-item]
        kind = "interactions" if key == "upload" else key.removeprefix("upload_")
        expect(page.locator(f".st-key-file_{kind}")).to_be_visible(timeout=60_000)
    if case.treatment:
        expect(pressable(page, "import_next")).to_have_text(re.compile(r"problem"), timeout=SLOWEST)
        pressable(page, "import_next").click()
        page.locator("[class*=st-key-card_]").get_by_text(case.treatment).first.click(timeout=60_000)
        settled(watched)
        pressable(page, "import_next").click()
    expect(pressable(page, "import")).to_be_visible(timeout=SLOWEST)
    settled(watched)
    assert fits(page, case.width)
    pressable(page, "import").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=60_000)
    (stored,) = [summary for summary in workspace.datasets.list() if summary.dataset_id not in before]
    assert (stored.rows, stored.users, stored.catalogue_items) == (case.rows, case.users, case.items)
    assert len(workspace.datasets.pictures(stored.dataset_id)) >= case.pictures


def _unfold(page: Page) -> None:
    """Show the uploaders of the other files."""
    field = page.locator(".st-key-more_files summary").locator("visible=true")
    if field.count() and not page.locator("[class*=st-key-upload_impressions]").is_visible():
        field.first.click()
