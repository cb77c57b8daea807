"""Names that try to be more than text are shown as text: no dialog, picture, link, bold word or icon, no request elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from recsys.ui.shell.text import JOINER
from tests.browser.tabs import Server, Tabs, Watched, settled
from tests.worlds.hostile import ATTACKS, attack

pytestmark = pytest.mark.browser
MADE = """() => {
  const words = ["bold", "it", "code", "b", "i", "red", "new", "rocket", "\\u{1F604}"];
  const tags = "strong, b, em, i, code, .katex, [translate=no], .stMarkdownColoredText, .stMarkdownBadge, tspan[style*=bold], tspan[style*=italic]";
  const link = (one) => one.getAttribute("href") || one.getAttribute("xlink:href") || "";
  const is_made = (one) => one.matches(".katex, svg[onload]") || (one.matches(tags) && words.includes(one.textContent.trim()))
    || (one.matches("a") && !(one.matches(".languages a") && link(one).startsWith("?")) && /^[^#]*evil|^javascript/.test(link(one)))
    || (one.matches("img") && (/evil|^x$/.test(one.getAttribute("src")) || one.alt === "Streamlit logo"));
  return [...document.body.querySelectorAll(`a, img, svg[onload], ${tags}`)].filter(is_made).map((one) => one.outerHTML.slice(0, 200));
}"""
EXPLAIN = "explain?" + urlencode(
    {"run": "sasrec", "user": attack(1, "u"), "item": attack(8, "i"), "evidence": "true", "proof": "Edit history"}
)
RECOMMEND = "recommend?" + urlencode({"run": "sasrec", "compare": "ease", "user": attack(8, "u")})
SHOWN = {  # by link: names that the page must show as they were written
    "": [ATTACKS[0], ATTACKS[1]],
    "data": [ATTACKS[1]],  # the refused rating
    "train?like=sasrec": [f"{ATTACKS[0]} job0"],
    "models?run=sasrec&part=Quality": [ATTACKS[1], ATTACKS[4]],
    "explore?run=sasrec": [ATTACKS[1]],  # the note of the run
    RECOMMEND: [attack(place, "t") for place in range(8)],  # what this user has not seen
    EXPLAIN: [f"{ATTACKS[0]} job0", f"{ATTACKS[8]} t8"],
    "models?run=sasrec": [f"{ATTACKS[0]} {ATTACKS[2]} sasrec", " ".join(ATTACKS[:-1])],
    "models?compare=sasrec,ease": [f"{ATTACKS[0]} {ATTACKS[2]} ease"],
}


@pytest.fixture
def address(hostile_home: Path) -> Iterator[str]:
    server = Server(hostile_home)
    yield server.address
    server.kill()


def unfold(watched: Watched) -> None:
    settled(watched)
    folds = "[data-testid=stExpander] details:not([open]) summary"
    watched.page.evaluate("folds => document.querySelectorAll(folds).forEach((one) => one.click())", folds)


def wait_for(watched: Watched, names: list[str], link: str) -> None:
    """Waits until all of these are shown, folded parts too: on a busy machine a page comes in pieces."""
    for _ in range(20):
        unfold(watched)
        text = watched.page.locator("[data-testid=stApp]").inner_text().replace(JOINER, "")
        missing = [name for name in names if name not in text]
        if not missing:
            return
    raise AssertionError(f"{link} does not show {missing}: {text}")


def upload_a_hostile_file(watched: Watched) -> None:
    """Hostile file and column names, and a rating that is no number."""
    rows = [
        f"u{u},i{i},{'**bold** ![i](//evil.example/p.png)' if u + i == 9 else 3}" for u in range(6) for i in range(6)
    ]
    upload = watched.page.locator(".st-key-upload input[type=file]")
    watched.page.locator(".st-key-open_import button").click()
    content = "\n".join([",".join(ATTACKS[:3]), *rows]).encode()
    file = {"name": "![i](evil.example) **bold**.csv", "mimeType": "text/csv", "buffer": content}
    upload.set_input_files(file)  # type: ignore[arg-type]
    watched.page.locator(".st-key-import_next button").click()
    for role, column in zip(("user", "item", "rating"), ATTACKS, strict=False):
        watched.page.locator(f".st-key-role_{role} input").click()
        watched.page.get_by_role("option", name=column, exact=True).click()
    watched.page.locator(".st-key-import_next button").click()
    expect(watched.page.locator("[class*=st-key-card_]").filter(has_text="![i]")).to_be_visible()


def point_at(watched: Watched, target: str, label: str) -> None:
    """Hovers until the label is there: what is above may still grow and move the target away from the mouse."""
    for _ in range(20):
        watched.page.mouse.move(0, 0)
        watched.page.locator(target).first.scroll_into_view_if_needed()
        watched.page.locator(target).first.hover(force=True)
        watched.page.wait_for_timeout(500)
        if watched.page.locator(label).count():
            return
    raise AssertionError(f"{target} shows no {label}")


def point_at_what_is_explained(watched: Watched) -> None:
    """A hover label of the chart and a tooltip of the history."""
    point_at(watched, ".st-key-events .bars .point path", ".st-key-events .hovertext")
    point_at(watched, "[class*=st-key-remove_] button", "[data-testid=stTooltipContent]")


MORE = {"data": upload_a_hostile_file, EXPLAIN: point_at_what_is_explained}


def test_a_name_is_shown_on_every_page_as_it_was_written_and_does_nothing(tabs: Tabs, address: str) -> None:
    page = tabs.open(address, height=1200)
    dialogs: list[str] = []
    page.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for link, names in SHOWN.items():
        page.page.goto(f"{page.address}/{link}")
        expect(page.page.locator("h1").first).to_be_visible()
        unfold(page)
        MORE.get(link, lambda watched: None)(page)
        wait_for(page, names, link)
        expect(page.page.locator("[data-testid=stException]")).to_have_count(0)
        assert page.page.evaluate(MADE) == [], link
    assert dialogs == []
    assert page.foreign == []
