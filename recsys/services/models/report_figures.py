"""Sections of the report of a model: its data, its settings, and everything that was measured."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.data.profile import profile
from recsys.evaluation.list_report import DEFINITIONS
from recsys.evaluation.metrics import CUT_OFF, CUT_OFFS, HEADLINE, METRICS, metric_help, metric_keys, metric_label
from recsys.evaluation.segments import Segment
from recsys.explain import METHODS
from recsys.messages import NO_TEXT, Message, message, number_text, plural
from recsys.models import MODELS
from recsys.runs.blend_parts import parts_of
from recsys.runs.list_record import list_metrics_of
from recsys.runs.trust_record import Trust
from recsys.services.data.value_names import range_name
from recsys.services.explain.html_parts import HtmlParts
from recsys.services.models import sample_trust, trust
from recsys.services.models.baseline_verdict import p_text, verdict
from recsys.services.models.quality import Evaluation
from recsys.services.models.report_parts import Bar, bars, columns, mean_cell, paragraph, section
from recsys.services.models.segment_report import Segments
from recsys.services.models.setting_names import LABELS, WORDS
from recsys.services.workspace.open_run import OpenRun

HISTORIES = message("History lengths, in events: most users have {most}.")
OVER_TIME = message("Interactions over time, by {unit}: most at {most}.")
OF_SAMPLE = message("These figures come with the sample: measured on a model of the same data, settings and seed.")
UNITS = {"hour": message("hour"), "day": message("day"), "week": message("week"), "month": message("month")}
SEGMENT_VIEWS = {
    "items": message("By the training events of the held-out item"),
    "users": message("By the training events of the user"),
    "newest": message("With only the newest events of each history"),
}


def data(parts: HtmlParts, run: OpenRun) -> str:
    """The data card: counts, period, density, and what the import changed."""
    card, report = profile(run.dataset), run.dataset.report
    facts: list[tuple[str, str]] = [
        (message("Dataset"), message("{name}, {dataset_id}", name=run.dataset.name, dataset_id=run.dataset.dataset_id)),
        (message("Interactions"), f"{card.rows:,}"),
        (message("Users"), f"{card.users:,}"),
        (message("Items"), _items(card.items, card.cold_items)),
        (message("Period"), message("{first} to {last}", first=card.span[0], last=card.span[1])
         if card.span else message("no timestamps: the order of the file")),
        (message("Density"), message("{share:.2%} of all user–item pairs have an interaction", share=card.density)),
        (message("History length"), message("{median:g} events at the median, {mean:.1f} on average",
                                            median=card.median_history, mean=card.mean_history)),
    ]  # fmt: skip
    lengths = [range_name(bin_name) for bin_name in card.history_bins]
    charts = [_chart(parts, lengths, card.history_counts.tolist(), HISTORIES)]
    if card.time_labels:
        unit = UNITS[card.time_unit]
        charts.append(_chart(parts, card.time_labels, card.time_counts.tolist(), OVER_TIME, unit=unit))
    changes = [] if report.balance is None else [[report.balance.in_words(), f"{report.balance.rows:,}"]]
    changes += [[repair.message, f"{repair.count:,}"] for repair in report.repairs]
    changes += [[warning, ""] for warning in report.warnings]
    caption = message("What the import changed or noticed")
    table = paragraph(parts, message("The import dropped and repaired nothing."))
    if changes:
        rows = parts.table("pr", [message("change"), message("count")], changes, caption)
        table = f'<div class="scroll">{rows}</div>'
    return section(parts, message("Data"), parts.facts(facts), *charts, table)


def _items(warm: int, cold: int) -> str:
    return message("{warm:,}, and {cold:,} without interactions", warm=warm, cold=cold) if cold else f"{warm:,}"


def _chart(parts: HtmlParts, labels: Sequence[str], counts: Sequence[int], template: Message, **values: str) -> str:
    """A column chart under its text, which names the label with the largest count."""
    alt = template.format(most=labels[max(range(len(counts)), key=counts.__getitem__)], **values)
    return paragraph(parts, alt, "soft") + columns(parts, labels, counts, alt)


def settings(parts: HtmlParts, run: OpenRun) -> str:
    """The model, and its settings in words."""
    blended = parts_of(run.config)
    about = paragraph(parts, run.model.summary)
    if blended:
        caption = message("Parts of the blend")
        rows: list[list[object]] = [[part.run_id, MODELS[part.model].title, f"{part.weight:.2f}"] for part in blended]
        names = [message("run"), message("model"), message("weight")]
        table = parts.table("plr", names, rows, caption)
        return section(parts, message("Model"), about, f'<div class="scroll">{table}</div>')
    fields = MODELS[run.config.model].Config.model_fields
    rows = [
        [LABELS.get(name, name), WORDS.get(value, value) if isinstance(value, str) else value, fields[name].description or ""]
        for name, value in run.config.settings.items()
        if name in fields
    ]  # fmt: skip
    if not rows:
        return section(parts, message("Model"), about, paragraph(parts, message("This model has no settings.")))
    caption = message("Settings of the model")
    table = parts.table("lpp", [message("setting"), message("value"), message("meaning")], rows, caption)
    return section(parts, message("Model"), about, f'<div class="scroll">{table}</div>')


def quality(parts: HtmlParts, run: OpenRun, evaluation: Evaluation | None, why_not: str) -> str:
    """Metrics with intervals beside all baselines, and the verdict against them."""
    heading = message("Quality")
    if evaluation is None:
        return section(parts, heading, paragraph(parts, why_not))
    names = sorted(evaluation.against, key=lambda name: -evaluation.baselines[name][HEADLINE])
    title = run.model.title
    shown = [Bar(title, evaluation.metrics[HEADLINE], evaluation.intervals[HEADLINE], is_subject=True)]
    shown += [
        Bar(MODELS[name].title, evaluation.baselines[name][HEADLINE], evaluation.baseline_intervals[name][HEADLINE])
        for name in names
    ]
    keys = metric_keys(CUT_OFF, "key", "card")
    rows: list[list[object]] = [
        [title, *(mean_cell(evaluation.metrics[k], evaluation.intervals[k]) for k in keys), "–"]
    ]
    rows += [
        [MODELS[name].title,
         *(mean_cell(evaluation.baselines[name][k], evaluation.baseline_intervals[name][k]) for k in keys),
         p_text(evaluation.against[name].p_holm)]
        for name in names
    ]  # fmt: skip
    caption = message(
        "The model beside the baselines for the same users: mean and 95% interval over users, p-values of {metric}",
        metric=metric_label(HEADLINE),
    )
    head = [message("model"), *map(metric_label, keys), message("p (Holm)")]
    explained = message("{metric}: {help}", metric=metric_label(HEADLINE), help=metric_help(HEADLINE))
    return section(
        parts, heading, paragraph(parts, evaluation.verdict, "lead"), paragraph(parts, explained, "soft"),
        bars(parts, shown), f'<div class="scroll">{parts.table("p" + "r" * (len(head) - 1), head, rows, caption)}</div>', _cut_offs(parts, run),
    )  # fmt: skip


def _cut_offs(parts: HtmlParts, run: OpenRun) -> str:
    """All metrics that the run's record holds, with their definitions."""
    recorded = run.record.metrics
    if not recorded:
        return ""
    rows: list[list[object]] = [
        [metric.label, *(f"{recorded[f'{name}@{k}']:.3f}" if f"{name}@{k}" in recorded else "" for k in CUT_OFFS), metric.help]
        for name, metric in METRICS.items()
    ]  # fmt: skip
    head = [message("metric"), *(message("K = {k}", k=k) for k in CUT_OFFS), message("definition")]
    caption = message("Test metrics of the model by the cut-off K")
    kinds = "l" + "r" * len(CUT_OFFS) + "p"
    return f'<div class="scroll">{parts.table(kinds, head, rows, caption)}</div>'


def segments(parts: HtmlParts, report: Segments | None, why_not: str) -> str:
    """NDCG@10 by segment of items and users, with shortened histories, and on items held out of training."""
    heading = message("Segments")
    if report is None:
        return section(parts, heading, paragraph(parts, why_not))
    content = []
    for view, title in SEGMENT_VIEWS.items():
        shown = bars(parts, [_bar(one) for one in getattr(report, view) if one.num_targets])
        content.append(f"<h3>{parts.text(title)}</h3>\n{shown}")
    on_cold = message("On items held out of training")
    content.append(f"<h3>{parts.text(on_cold)}</h3>")
    if report.cold is None:
        content.append(paragraph(parts, message("Not measured: no item was held out of training.")))
    else:
        cold = report.cold
        shown = bars(parts, [_bar(cold.own, is_subject=True), *map(_bar, cold.baselines)])
        content += [shown, paragraph(parts, verdict(cold.own.name, cold.against))]
    about = message("{metric} on the test, with 95% intervals over users; segments without targets are left out.")
    return section(parts, heading, paragraph(parts, about.format(metric=metric_label(HEADLINE)), "soft"), *content)


def _bar(segment: Segment, *, is_subject: bool = False) -> Bar:
    targets = plural("{n:,} target", "{n:,} targets", segment.num_targets)
    interval = segment.intervals.get(HEADLINE)
    if interval is not None:
        targets = message(
            "{targets}, 95% interval {low:.3f} to {high:.3f}", targets=targets, low=interval[0], high=interval[1]
        )
    return Bar(range_name(segment.name), segment.metrics.get(HEADLINE, 0.0), interval, targets, is_subject)


def beyond_accuracy(parts: HtmlParts, run: OpenRun) -> str:
    """The metrics of the lists that the run's record holds, each with its definition."""
    heading, values = message("Beyond accuracy"), list_metrics_of(run.folder, run.record)
    rows = [
        [metric.label, number_text(values[key], ".3f"), metric.help]
        for name, metric in DEFINITIONS.items()
        if (key := f"{name}@{CUT_OFF}") in values
    ]
    if not rows:
        text = message("Not measured: the run holds no lists. It is of an earlier version, or has no user to evaluate.")
        return section(parts, heading, paragraph(parts, text))
    caption = message("Metrics of the lists of {k} items recommended to the users of the test", k=CUT_OFF)
    head = [message("metric"), message("value"), message("definition")]
    return section(parts, heading, f'<div class="scroll">{parts.table("lrp", head, rows, caption)}</div>')


def faithfulness(parts: HtmlParts, run: OpenRun) -> str:
    """How faithful the explanations are, where it was measured."""
    heading = message("Faithfulness of the explanations")
    if reason := trust.why_not(run):
        return section(parts, heading, paragraph(parts, reason))
    measured = trust.trust_of(run)
    notes = []
    if measured is None:
        measured, notes = sample_trust.trust_for(run.config), [OF_SAMPLE]
    if measured is None:
        text = message("Not measured. Measure it on the Explanations tab of Models.")
        return section(parts, heading, paragraph(parts, text))
    about = message(
        "Faithful: removing these events drops the item faster than random removal, and adding them back raises it faster. "
        "The gain is the insertion area minus the deletion area; 0 is random order."
    )
    return section(
        parts, heading, paragraph(parts, faithful_share(measured), "lead"), *(paragraph(parts, text) for text in notes),
        paragraph(parts, about, "soft"), _methods(parts, measured), *(paragraph(parts, text) for text in _notes(measured)),
    )  # fmt: skip


def summary_of_faithfulness(run: OpenRun) -> Message:
    """The share of faithful explanations, and whether it comes with the sample; "" where it was not measured."""
    measured = trust.trust_of(run)
    if measured is not None:
        return faithful_share(measured)
    shipped = sample_trust.trust_for(run.config)
    if shipped is None:
        return NO_TEXT
    return message("From the sample, not measured on this model: {share}", share=faithful_share(shipped))


def faithful_share(measured: Trust) -> Message:
    """Share of faithful explanations by the default method."""
    return plural(
        "{share:.0%} of the explanations by {method} are faithful ({n:,} user).",
        "{share:.0%} of the explanations by {method} are faithful ({n:,} users).",
        measured.num_users, share=measured.faithful_share or 0.0, method=_label(measured.usual),
    )  # fmt: skip


def _label(method: str) -> str:
    return METHODS[method].label if method in METHODS else method


def _methods(parts: HtmlParts, measured: Trust) -> str:
    rows: list[list[object]] = [
        [_label(method.method), f"{method.verdicts.get('holds', 0) / measured.num_users:.0%}", mean_cell(method.gain.mean, method.gain.interval, "+.3f"),
         message("{seconds:.2g} s", seconds=method.seconds)]
        for method in measured.methods
    ]  # fmt: skip
    head = [message("method"), message("faithful"), message("gain"), message("time per explanation")]
    caption = message("All methods for the same users: share of faithful explanations, and mean gain with 95% interval")
    return f'<div class="scroll">{parts.table("lrrr", head, rows, caption)}</div>'


def _notes(measured: Trust) -> list[Message]:
    notes = []
    if measured.stopped:
        text = message("Stopped after {measured:d} of {planned:d} users; intervals are of these users.")
        notes.append(text.format(measured=measured.num_users, planned=measured.num_asked))
    if measured.planted is not None:
        causes = measured.planted
        shown = next((method for method in causes.methods if method.method == measured.usual), causes.methods[0])
        text = message("Known causes of the sample: {method} ranks {share:.0%} of them first")
        sentence = text.format(method=_label(shown.method), share=shown.recall[1])
        notes.append(message("{text} (random order: {chance:.0%}).", text=sentence, chance=causes.chance))
    return notes or [NO_TEXT]
