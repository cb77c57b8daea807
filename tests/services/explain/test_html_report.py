"""The HTML report of an explanation: it loads nothing from elsewhere, and text stays text."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from recsys.__main__ import main
from recsys.messages import CHINESE, ENGLISH, PSEUDO, message, translated
from recsys.services.explain.content_reasons import explain_content
from recsys.services.explain.explain_item import explain_for
from recsys.services.explain.html_parts import HtmlParts, effect_text
from recsys.services.explain.html_report import render_html
from recsys.services.explain.score_breakdown import break_down_score
from recsys.services.recommend.history_edits import Draft
from recsys.services.recommend.query import edited_query, query_of
from recsys.services.recommend.recommendation import recommend_items
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.hostile import HOSTILE_TITLES
from tests.worlds.small_shop import picture, shop, trained

TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "img", "div", "h1", "h2", "p", "span", "br", "bdi", "ol",
    "li", "svg", "rect", "line", "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "src", "width", "height", "alt", "viewbox", "aria-hidden",
    "x", "y", "x1", "x2", "y1", "y2", "rx", "scope",
}  # fmt: skip


FACT = re.compile(r"sha256 |Shop, |\d{4}-\d\d-\d\d ")  # hashes, ids and dates


class Page(HTMLParser):
    """What a browser makes of a page: its elements, their attributes and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.texts_by_tag: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        self.texts_by_tag.append((data, self.tags[-1][0] if self.tags else ""))


def explained(run: OpenRun, method: str | None = None, user: str = "u1") -> str:
    query = query_of(run, user, None)
    return render_html(run, query, explain_for(run, query, recommend_items(run, query)[0].item_id, method))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    home = tmp_path_factory.mktemp("handout")
    run = trained(*shop(home, HOSTILE_TITLES), "sasrec")
    image = picture(home / "teal.png")
    return dataclasses.replace(run, dataset=dataclasses.replace(run.dataset, images=dict.fromkeys(range(1, 10), image)))


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    home = tmp_path_factory.mktemp("harmless")
    run = trained(*shop(home), "sasrec")
    image = picture(home / "teal.png")
    return dataclasses.replace(run, dataset=dataclasses.replace(run.dataset, images=dict.fromkeys(range(1, 10), image)))


@pytest.mark.parametrize("user", [f"u{number}" for number in range(9)])  # whose six events begin with item i0, i1, …
def test_hostile_titles_make_no_element_and_no_attribute(hostile: OpenRun, harmless: OpenRun, user: str) -> None:
    page, plain = Page(explained(hostile, user=user)), Page(explained(harmless, user=user))
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]  # the same elements in the same order


def test_a_hostile_title_is_shown_as_text(hostile: OpenRun) -> None:
    told = Page(explained(hostile, user="u0")).texts
    assert "<script>alert(1)</script>" in told
    assert '"><img src=x onerror=alert(1)>' in told


def test_no_title_turns_the_text_around_or_floods_the_page(hostile: OpenRun) -> None:
    text = explained(hostile)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f") & set(text)
    assert "long " * 20 in text
    assert "long " * 60 not in text


def test_nothing_is_asked_for_from_elsewhere(hostile: OpenRun) -> None:
    page = Page(explained(hostile))
    policy = next(a["content"] for tag, a in page.tags if tag == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    sources = [a["src"] for tag, a in page.tags if tag == "img"]
    assert len(sources) == 1 + 6  # the item and its six events
    assert all(source is not None and source.startswith("data:image/png;base64,") for source in sources)
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "a", "iframe", "form", "base")]
    assert "url(" not in explained(hostile)


def test_it_says_what_a_reader_without_the_app_has_to_know(harmless: OpenRun) -> None:
    told = " ".join(Page(explained(harmless)).texts)
    query = query_of(harmless, "u1", None)
    first = explain_for(harmless, query, recommend_items(harmless, query)[0].item_id)
    for part in (first.title, first.sentence, "SASRec, run sasrec", "Shop", "Leave-one-out", first.quantity.meaning):
        assert part in told
    for part in first.explanation.contributions:
        assert effect_text(part.value, 1) in told


def test_it_says_that_the_history_was_edited(harmless: OpenRun) -> None:
    query = edited_query(harmless, "u1", Draft.untouched(6).removed(0))
    text = render_html(harmless, query, explain_for(harmless, query, recommend_items(harmless, query)[0].item_id))
    assert "the history was edited" in text
    assert "the history was edited" not in explained(harmless)


def test_the_whole_page_is_in_one_language(harmless: OpenRun) -> None:
    query = query_of(harmless, "u1", None)
    found = explain_for(harmless, query, recommend_items(harmless, query)[0].item_id)
    page = Page(render_html(harmless, query, found, language=PSEUDO))
    titles = {harmless.dataset.title(item) for item in range(1, harmless.dataset.interactions.num_items + 1)}
    categories = set(harmless.dataset.items["category"])
    names = titles | categories | {harmless.dataset.name, found.item_id, "SASRec", "Shop"}
    texts = [text.strip() for (text, tag) in page.texts_by_tag if tag != "style"]
    loose = [text for text in texts if text.partition(" · ")[0] not in names and not text.startswith("⟦")]
    assert [text for text in loose if sum(map(str.isalpha, text)) > 3 and not FACT.match(text)] == []
    assert render_html(harmless, query, found, language=CHINESE).startswith('<!doctype html>\n<html lang="zh-Hans">')


@pytest.mark.parametrize("method", ["attention", "integrated_gradients"])
def test_every_method_says_what_it_means(harmless: OpenRun, method: str) -> None:
    told = " ".join(Page(explained(harmless, method)).texts)
    assert {"attention": "which is not why", "integrated_gradients": "The contributions add up"}[method] in told


def test_a_model_of_traits_and_an_empty_history_have_a_page_too(tmp_path: Path, harmless: OpenRun) -> None:
    run = trained(*shop(tmp_path), "mlp")
    assert "Effect of each input" in explained(run)
    nobody = query_of(harmless, None, [])
    assert "no event speaks" in render_html(harmless, nobody, explain_for(harmless, nobody, "i3"))


def test_the_command_line_writes_it(harmless: OpenRun, tmp_path: Path) -> None:
    out, home = tmp_path / "why.html", harmless.folder.path.parents[1]
    assert (
        main(["explain", "sasrec", "--user", "u1", "--item", "i8", "--html", str(out), "--workspace", str(home)]) == 0
    )
    assert out.read_text().startswith("<!doctype html>")
    lost = ["explain", "sasrec", "--user", "u1", "--item", "i8", "--html", str(tmp_path / "no" / "why.html")]
    assert main([*lost, "--workspace", str(home)]) == 2


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    """A run that reads titles, the hostile ones."""
    return trained(*shop(tmp_path_factory.mktemp("reader"), HOSTILE_TITLES), "sasrec", content="title, category")


def test_a_run_that_sees_content_says_what_the_item_is_and_which_words_count(reader: OpenRun) -> None:
    query, item_id = query_of(reader, "u1", None), "i0"
    content = explain_content(reader, query, item_id)
    assert content is not None
    told = Page(render_html(reader, query, explain_for(reader, query, item_id))).texts
    sources = break_down_score(reader, query, item_id)
    assert translated(sources.sentence, ENGLISH, typeset=True) in told
    largest = max(abs(value) for _, value in sources.sources)
    for name, value in sources.sources:
        assert name in told and effect_text(value, largest) in told
    largest = max(abs(word.value) for word in content.words)
    for word in content.words:
        assert word.text in told and effect_text(word.value, largest) in told
    assert [word.text for word in content.words] == ["script", "alert", "1", "script"]
    assert {"its title and text", "its category", "who chose the item"} <= {name for name, _ in sources.sources}


@pytest.mark.parametrize("user", [f"u{number}" for number in range(9)])
def test_words_of_hostile_titles_make_no_element_and_no_attribute(reader: OpenRun, user: str) -> None:
    page = Page(explained(reader, user=user))
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
    assert "Score breakdown" in page.texts


def test_a_run_of_ids_does_not_speak_of_content(tmp_path: Path) -> None:
    run = trained(*shop(tmp_path), "gru4rec")
    assert "Words of the item" not in explained(run)


def test_figures_are_never_broken_and_signs_are_minus_signs() -> None:
    """A minus sign is a sign of a number: hyphens of titles, dates and ranges stay."""
    parts = HtmlParts(ENGLISH)
    row = ["Item -3", ("0.436", "0.418 to 0.453"), message("{change:+.2f} on {day}", change=-0.5, day="2026-01-01")]
    table = parts.table("prl", ["title", "mean", "change"], [row])
    assert '<td class="text">Item -3</td>' in table
    assert '<td class="number">0.436<br><span class="soft">0.418 to 0.453</span></td>' in table
    assert '<td class="line">\u22120.50 on 2026-01-01</td>' in table


@pytest.mark.parametrize(
    ("value", "largest", "text"),
    [(-0.083, 9.18, "\u22120.08"), (0.4, 0.4, "+0.40"), (0.0083, 0.025, "+0.008"), (0.0083, 0.0083, "+0.0083"), (-0.001, 2, "0.00")],
)  # fmt: skip
def test_an_effect_has_two_decimals_and_more_where_all_are_small(value: float, largest: float, text: str) -> None:
    assert effect_text(value, largest) == text
