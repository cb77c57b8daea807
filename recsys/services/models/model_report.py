"""Report of a model for people without the app: one HTML file in one language that loads nothing.

It holds at most EXAMPLES * (1 + STRIP + STRONGEST) pictures of SIDE pixels a side, 2.6 MB in the worst case, so that it
stays under 5 MB. What is missing is said where it would stand. All text goes through `HtmlParts.text`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from recsys.data.files import write_atomic
from recsys.errors import RecsysError
from recsys.evaluation.metrics import CUT_OFF
from recsys.messages import ENGLISH, Message, message, plural
from recsys.runs.list_record import list_metrics_of
from recsys.sequences.relevance import in_words
from recsys.services.explain.html_parts import HtmlParts
from recsys.services.models import (
    best_model,
    fairness,
    leakage_lamp,
    quality,
    report_examples,
    report_fairness,
    report_figures,
    segment_report,
)
from recsys.services.models.fairness import Fairness
from recsys.services.models.quality import Evaluation
from recsys.services.models.report_parts import REPORT_STYLE, paragraph, section
from recsys.services.models.segment_report import Segments
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun

METRICS_SHARE, SEGMENTS_SHARE, FAIRNESS_SHARE = 0.15, 0.35, 0.45  # of the work done after each step

Tick = Callable[[float, str], None]  # share of the work done, current step


@dataclass(frozen=True)
class Report:
    """The page as HTML, and the number of its explained recommendations."""

    html: str
    explained: int


def model_report(
    workspace: Workspace,
    run: OpenRun,
    language: str = ENGLISH,
    *,
    when: datetime | None = None,
    tick: Tick = lambda share, doing: None,
) -> Report:
    """Measure what is not stored, and write the report; `when` is the date on it (default: now)."""
    tick(0.0, message("Metrics beside the baselines"))
    evaluation, why_no_metrics = _evaluate(workspace, run)
    tick(METRICS_SHARE, message("Metrics by segment"))
    segments, why_no_segments = _segments(run)
    tick(SEGMENTS_SHARE, message("Fairness"))
    groups, why_no_groups = _fairness(run)
    shown = list(report_examples.examples(run, partial(_tick_user, tick)))
    tick(1.0, message("Done"))
    parts, title = HtmlParts(language), message("Report: {model} on {dataset}")
    heading = title.format(model=run.model.title, dataset=run.dataset.name)
    page = f"""{parts.head(heading, REPORT_STYLE)}
<body>
<header><div><h1>{parts.text(heading)}</h1>
<p class="soft">{parts.text(_predicts(run))}</p></div></header>
{_summary(parts, workspace, run, evaluation, why_no_metrics)}
{report_figures.data(parts, run)}
{report_figures.quality(parts, run, evaluation, why_no_metrics)}
{report_figures.segments(parts, segments, why_no_segments)}
{report_figures.beyond_accuracy(parts, run)}
{report_fairness.show(parts, groups, why_no_groups)}
{report_figures.faithfulness(parts, run)}
{report_examples.show(parts, run, shown)}
{report_figures.settings(parts, run)}
{_protocol(parts, run, evaluation, when or datetime.now(UTC))}
</body>
</html>
"""
    return Report(page, sum(not example.why_not for example in shown))


def write_report(
    path: Path, workspace: Workspace, run: OpenRun, language: str = ENGLISH, tick: Tick = lambda share, doing: None
) -> dict[str, object]:
    """Write the report atomically; the answer of the `report` command. Raises DataError if writing fails."""
    report = model_report(workspace, run, language, tick=tick)
    content = report.html.encode()
    write_atomic(path, content)
    return {"file": str(path), "bytes": len(content), "explained": report.explained}


def _tick_user(tick: Tick, done: int, total: int) -> None:
    share = FAIRNESS_SHARE + (1 - FAIRNESS_SHARE) * done / total
    tick(share, message("Explanation {done} of {total}", done=min(done + 1, total), total=total))


def _evaluate(workspace: Workspace, run: OpenRun) -> tuple[Evaluation | None, str]:
    """(metrics on the test, why there are none)."""
    try:
        return quality.evaluate(workspace, run), ""
    except RecsysError as error:
        return None, error.message


def _segments(run: OpenRun) -> tuple[Segments | None, str]:
    try:
        return segment_report.segments(run), ""
    except RecsysError as error:
        return None, error.message


def _fairness(run: OpenRun) -> tuple[Fairness | None, str]:
    """(fairness, why there is none); lists are not recomputed for it."""
    if not len(run.split.test):
        return None, message("No groups to compare: no user has a held-out event.")
    if run.folder.load_lists() is None:
        return None, message("Not measured: the run holds no lists.")
    return fairness.fairness(run), ""


def _predicts(run: OpenRun) -> Message:
    liked_from = run.split.liked_from
    if liked_from is None:
        return message("Predicts what comes next.")
    return message("Predicts what is {target}.", target=in_words(liked_from))


def _summary(parts: HtmlParts, workspace: Workspace, run: OpenRun, evaluation: Evaluation | None, why_not: str) -> str:
    """What a reader takes away, in a few sentences."""
    sentences: list[str] = [why_not if evaluation is None else evaluation.verdict]
    sentences.append(best_model.compare_with_best(workspace, run))
    if (leakage := leakage_lamp.lamp(run)) is not None:
        sentences.append(leakage.sentence)
    coverage = list_metrics_of(run.folder, run.record).get(f"coverage@{CUT_OFF}")
    if coverage is not None:
        sentences.append(message("Lists of {k} items cover {share:.0%} of the catalogue.", k=CUT_OFF, share=coverage))
    sentences.append(report_figures.summary_of_faithfulness(run))
    if run.record.state == "stopped":
        sentences.append(message("Training was stopped early: the best epoch so far is shown."))
    return section(parts, message("Summary"), *(paragraph(parts, text) for text in sentences))


def _protocol(parts: HtmlParts, run: OpenRun, evaluation: Evaluation | None, when: datetime) -> str:
    """How the figures were computed, and from what."""
    record = run.record
    facts: list[tuple[str, str]] = []
    if evaluation is not None:
        users = plural("{n:,} user", "{n:,} users", evaluation.num_users)
        facts += [(message("Protocol"), evaluation.protocol), (message("Evaluated"), users)]
    facts += [
        (message("Run"), record.run_id),
        (message("Trained"), f"{record.finished[:10]}"),
        (message("Epochs"), message("{epochs}, the best is {best}", epochs=record.epochs, best=record.best_epoch)),
        (message("Seed"), f"{record.seed}"),
        (message("Training time"), message("{seconds:.1f} s", seconds=record.seconds)),
        (message("Device"), message("{device}, {threads} threads", device=record.device, threads=record.threads)),
        (message("Versions"), ", ".join(f"{name} {number}" for name, number in record.versions.items())),
        (message("Weights"), f"sha256 {record.weights_sha256[:16]}"),
        (message("Date"), f"{when:%Y-%m-%d %H:%M} UTC"),
    ]
    text = message(
        "Intervals are 95% bootstrap intervals over users. p-values are of a paired sign-flip test and corrected for the "
        "number of baselines (Holm). Choices are made on validation, never on the test."
    )
    return section(parts, message("Protocol"), paragraph(parts, text), parts.facts(facts))
