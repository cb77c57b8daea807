"""The report of a model: it loads nothing, text stays text, its figures are those of the record."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from recsys.__main__ import main
from recsys.evaluation.list_report import DEFINITIONS
from recsys.messages import CHINESE, ENGLISH, PSEUDO
from recsys.models import BASELINES, MODELS
from recsys.runs.store import RunFolder
from recsys.services.models import fairness, leakage_lamp, report_job, sample_trust
from recsys.services.models.fairness_text import summary
from recsys.services.models.fit_blend import blend
from recsys.services.models.model_report import model_report
from recsys.services.models.report_examples import EXAMPLES, sample_users
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import import_shop, train_small
from tests.worlds.small_shop import picture, shop, trained

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
MOST_BYTES = 5_000_000
LOADING = {"script", "link", "a", "iframe", "form", "base", "object", "embed", "use", "image"}
FACT = re.compile(r"sha256 |Shop, |\d{4}-\d\d-\d\d |python ")  # hashes, ids, dates and versions


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] != "style" and data.strip():
            self.texts.append(data.strip())


def report(run: OpenRun, language: str = ENGLISH) -> str:
    return model_report(workspace_of(run), run, language, when=WHEN).html


def workspace_of(run: OpenRun) -> Workspace:
    return open_workspace(run.folder.path.parents[1])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    """A network on a shop with categories, prices, ages, ratings, and pictures of three items."""
    folder = tmp_path_factory.mktemp("report")
    workspace = open_workspace(folder / "home")
    return train_small(workspace, import_shop(workspace, folder), "gru4rec", "gru4rec")


@pytest.fixture(scope="module")
def english(run: OpenRun) -> Page:
    return Page(report(run))


def test_it_loads_nothing(run: OpenRun, english: Page) -> None:
    assert not [tag for tag, _ in english.tags if tag in LOADING]
    sources = [a["src"] for tag, a in english.tags if tag == "img"]
    assert sources and all(source is not None and source.startswith("data:image/png;base64,") for source in sources)
    assert not {"href", "srcset", "style", "onload"} & {name for _, a in english.tags for name in a}
    html = report(run)
    assert "http://" not in html and "https://" not in html and "url(" not in html and "@import" not in html


def test_the_policy_allows_only_the_style_and_embedded_pictures(english: Page) -> None:
    policy = next(a["content"] for tag, a in english.tags if tag == "meta" and "http-equiv" in a)
    assert policy is not None and policy.startswith("default-src 'none'; img-src data:;") and "unsafe" not in policy


def test_the_same_run_gives_the_same_bytes(run: OpenRun) -> None:
    assert report(run) == report(run)


def test_its_metrics_are_those_of_the_record(run: OpenRun, english: Page) -> None:
    text, metrics = " ".join(english.texts), run.record.metrics
    assert metrics
    for value in metrics.values():
        assert f"{value:.3f}" in english.texts
    for name, metric in DEFINITIONS.items():
        value = run.record.list_metrics.get(f"{name}@10")
        if value is not None:
            assert english.texts[english.texts.index(metric.label) + 1] == f"{value:.3f}"
            assert metric.help in text


def test_all_baselines_stand_beside_the_model(english: Page) -> None:
    for name in BASELINES:
        assert english.texts.count(MODELS[name].title) == 2, "in the chart and in the table"


def test_no_figure_and_no_name_of_a_metric_is_broken(run: OpenRun) -> None:
    html = report(run)
    assert ".line, .number { white-space: nowrap }" in html
    for metric in DEFINITIONS.values():
        if f">{metric.label}</td>" in html:
            assert f'<td class="line">{metric.label}</td><td class="number">' in html


def test_the_summary_names_the_leakage_and_the_best_model(run: OpenRun, english: Page, tmp_path: Path) -> None:
    measured = leakage_lamp.lamp(run)
    assert measured is not None and measured.sentence in english.texts
    assert not any("models of this dataset on validation" in text for text in english.texts), "it is the only one"
    workspace = open_workspace(tmp_path / "home")
    dataset_id = import_shop(workspace, tmp_path)
    runs = [train_small(workspace, dataset_id, name, name) for name in ("ease", "popularity")]
    summaries = [" ".join(Page(report(one)).texts) for one in runs]
    assert all("est of 2 models of this dataset on validation" in text for text in summaries)


def test_figures_measured_on_another_model_are_called_so(run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "From the sample" not in report(run)
    monkeypatch.setattr(sample_trust, "trust_for", lambda config: sample_trust.shipped()[0].trust)
    assert sum(text.startswith("From the sample, not measured on this model:") for text in Page(report(run)).texts) == 1


def test_fairness_is_that_of_the_fairness_tab(run: OpenRun, english: Page) -> None:
    figures = fairness.fairness(run)
    assert summary(figures.quality, "NDCG@10") in english.texts
    for column in figures.quality:
        for group in column.tested:
            assert f"{group.mean:.3f}" in english.texts and f"{group.num_users:,}" in english.texts
    for group in figures.exposure[0].groups:
        assert f"{group.exposure:.1%}" in english.texts


def test_fairness_does_not_compute_lists(run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunFolder, "load_lists", lambda folder: None)
    assert "Not measured: the run holds no lists." in Page(report(run)).texts


def test_ten_users_are_explained_from_the_least_to_the_most_active(run: OpenRun, english: Page) -> None:
    users = sample_users(run)
    lengths = [len(run.dataset.interactions.history(user)) for user in users]
    assert len(set(users)) == EXAMPLES and lengths == sorted(lengths)
    headings = [text for text in english.texts if re.match(r"\d+\. User u\d+", text)]
    assert headings == [f"{n}. User {run.dataset.interactions.user_ids[u]}" for n, u in enumerate(users, start=1)]
    assert model_report(workspace_of(run), run, when=WHEN).explained == EXAMPLES


def test_the_sampled_users_span_the_activity() -> None:
    lengths = np.repeat([1, 2, 30, 40], 5)
    log = type("Log", (), {"offsets": np.concatenate([[0, 0], lengths.cumsum()])})
    users = sample_users(type("Run", (), {"dataset": type("Data", (), {"interactions": log})}), num_users=4)  # type: ignore[arg-type]
    assert [int(lengths[user - 1]) for user in users] == [1, 2, 30, 40]


def test_tables_have_captions_pictures_have_texts_and_headings_have_one_order(english: Page) -> None:
    tags = [tag for tag, _ in english.tags]
    assert tags.count("table") == tags.count("caption") > 3
    assert all(a.get("alt") for tag, a in english.tags if tag == "img")
    assert all(a.get("aria-hidden") == "true" or a.get("aria-label") for tag, a in english.tags if tag == "svg")
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_whole_report_is_in_one_language(run: OpenRun) -> None:
    page, log = Page(report(run, PSEUDO)), run.dataset.interactions
    titles = {run.dataset.title(item) for item in range(1, log.num_items + 1)}
    names = titles | {*run.dataset.items["category"], *log.user_ids, run.dataset.name, "gru4rec"}
    names |= {model.title for model in MODELS.values()} | {"NDCG", "MRR"}
    loose = [text for text in page.texts if text.partition(" · ")[0] not in names and not text.startswith("⟦")]
    assert [text for text in loose if sum(map(str.isalpha, text)) > 3 and not FACT.match(text)] == []
    assert report(run, CHINESE).startswith('<!doctype html>\n<html lang="zh-Hans">')


def test_hostile_names_make_no_element_and_no_attribute(run: OpenRun, hostile_home: Path) -> None:
    hostile = open_run(open_workspace(hostile_home), "sasrec")
    image = picture(hostile_home.parent / "teal.png")
    hostile = dataclasses.replace(
        hostile, dataset=dataclasses.replace(hostile.dataset, images=dict.fromkeys(range(1, 17), image))
    )
    html = report(hostile)
    page, harmless = Page(html), Page(report(run))
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in harmless.tags}
    assert {name for _, a in page.tags for name in a} <= {name for _, a in harmless.tags for name in a}
    for raw in ("<script>", "<img src=x", "<a href", "<b>b</b>", "<svg onload"):
        assert raw not in html
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(html)
    assert "x" * 300 not in "".join(page.texts)


def test_pictures_of_noise_everywhere_stay_under_five_megabytes(run: OpenRun, tmp_path: Path) -> None:
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 4), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    images = dict.fromkeys(range(1, run.dataset.interactions.num_items + 1), tmp_path / "noise.png")
    noisy = dataclasses.replace(run, dataset=dataclasses.replace(run.dataset, images=images))
    assert 500_000 < len(report(noisy).encode()) < MOST_BYTES


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    """A dataset without pictures, times or repairs; a run without lists, without faithfulness, on which nothing is explained."""
    run = trained(*shop(tmp_path), "popularity")
    run = dataclasses.replace(run, record=run.record.model_copy(update={"list_metrics": {}, "state": "stopped"}))
    text = " ".join(Page(report(run)).texts)
    for sentence in (
        "This model recommends the most popular items to everyone: no event explains them.",
        "Faithfulness cannot be judged: there is no event to remove.",
        "Not measured: the run holds no lists.",
        "Not measured: no item was held out of training.",
        "there is no explanation to judge",
        "This model has no settings.",
        "The dataset has no pictures.",
        "Training was stopped early",
    ):
        assert sentence in text
    assert "Measure it on the Explanations tab" in " ".join(Page(report(trained(*shop(tmp_path), "ease"))).texts)


def test_a_run_without_metrics_says_why(run: OpenRun) -> None:
    empty = dataclasses.replace(run.split, test=run.split.test.take(np.array([], dtype=np.int64)))
    text = " ".join(Page(report(dataclasses.replace(run, split=empty))).texts)
    assert text.count("No metrics:") >= 2


def test_a_blend_names_its_parts(run: OpenRun, tmp_path: Path) -> None:
    folder = tmp_path / "blend"
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder)
    for name in ("ease", "popularity"):
        train_small(workspace, dataset_id, name, name)
    blend(workspace, ["ease", "popularity"], "both")
    text = " ".join(Page(report(open_run(workspace, "both"))).texts)
    assert "Parts of the blend" in text and "EASE" in text


def test_the_command_writes_it_and_answers(run: OpenRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, home = tmp_path / "report.html", str(workspace_of(run).path)
    assert main(["report", "gru4rec", str(out), "--language", "zh", "--workspace", home, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"file": str(out), "bytes": out.stat().st_size, "explained": EXAMPLES}
    assert '<html lang="zh-Hans">' in out.read_text()
    assert report_job.progress(workspace_of(run), "gru4rec").state == "none"
    assert main(["report", "gru4rec", str(tmp_path / "no" / "x.html"), "--workspace", home]) == 2
    assert report_job.progress(workspace_of(run), "gru4rec").state == "failed"
    report_job.forget(workspace_of(run), "gru4rec")


def test_a_report_older_than_the_results_is_not_offered(run: OpenRun) -> None:
    workspace = workspace_of(run)
    path = report_job.path_of(run.folder, ENGLISH)
    path.write_text("old")
    assert report_job.report_of(workspace, "gru4rec", ENGLISH) == path
    assert report_job.report_of(workspace, "gru4rec", CHINESE) is None
    (run.folder.path / "run.json").touch()
    assert report_job.report_of(workspace, "gru4rec", ENGLISH) is None
    path.unlink()
