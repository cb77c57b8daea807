"""Fairness in the report of a model: quality by group of users, exposure by group of items."""

from __future__ import annotations

from recsys.evaluation.group_fairness import LEAST_USERS, ColumnMeans, GroupMean
from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import message
from recsys.services.explain.html_parts import HtmlParts
from recsys.services.models.baseline_verdict import p_text
from recsys.services.models.fairness import Fairness, ItemColumn
from recsys.services.models.fairness_text import exposure_summary, summary
from recsys.services.models.groupings import group_labels, label
from recsys.services.models.report_parts import mean_cell, paragraph, section

MOST_GROUPS = 24  # rows of the table: of more, the groups with the smallest p


def show(parts: HtmlParts, report: Fairness | None, why_not: str) -> str:
    """The section of the report, HTML."""
    heading = message("Fairness")
    if report is None:
        return section(parts, heading, paragraph(parts, why_not))
    metric = metric_label(HEADLINE)
    content = [paragraph(parts, summary(report.quality, metric), "lead"), _users(parts, report, metric)]
    content.append(f"<h3>{parts.text(message('Exposure of items'))}</h3>")
    exposed = [(label(column.column), exposure_summary(column.column, column.groups)) for column in report.exposure]
    content += [parts.facts([(name, text) for name, text in exposed if text], 500), _items(parts, report.exposure[0])]
    return section(parts, heading, *content)


def _users(parts: HtmlParts, report: Fairness, metric: str) -> str:
    """Table of the groups of users that are large enough to be tested."""
    groups = [(column, group) for column in report.quality for group in column.tested]
    if not groups:
        return ""
    smallest_p = sorted(groups, key=lambda pair: pair[1].p_holm or 0.0)[:MOST_GROUPS]
    rows = [_user_row(column, group) for column, group in groups if (column, group) in smallest_p]
    head = [message("group"), message("users"), metric, message("difference"), message("p (Holm)")]
    caption = message(
        "Groups of {least} users or more: mean and 95% interval over users, difference from the other users",
        least=LEAST_USERS,
    )
    if len(rows) < len(groups):
        caption = message(
            "The {shown} of {n} groups of {least} users or more with the smallest p: mean and 95% interval over users, "
            "difference from the other users",
            shown=len(rows), n=len(groups), least=LEAST_USERS,
        )  # fmt: skip
    return f'<div class="scroll">{parts.table("prrrr", head, rows, caption)}</div>'


def _user_row(column: ColumnMeans, group: GroupMean) -> list[object]:
    (name,) = group_labels(column.column, [group.name])
    assert group.difference is not None and group.p_holm is not None, "groups of the table are tested"
    return [
        message("{column} {value}", column=label(column.column), value=name),
        f"{group.num_users:,}",
        mean_cell(group.mean, group.interval),
        mean_cell(group.difference, group.difference_interval, "+.3f"),
        p_text(group.p_holm),
    ]


def _items(parts: HtmlParts, column: ItemColumn) -> str:
    """Exposure beside interactions and catalogue."""
    names = group_labels(column.column, [group.name for group in column.groups])
    rows: list[list[object]] = [
        [name, f"{group.num_items:,}", mean_cell(group.exposure, group.exposure_interval, ".1%"),
         f"{group.interactions:.1%}", f"{group.catalogue:.1%}"]
        for name, group in zip(names, column.groups, strict=True)
    ]  # fmt: skip
    head = [label(column.column), message("items"), message("exposure"), message("interactions"), message("catalogue")]
    caption = message(
        "Share of the exposure in the first 10 recommendations by {column}, a place at rank r counting 1 / log2(r + 1), with "
        "95% interval over users, beside the shares of training interactions and of the catalogue",
        column=label(column.column),
    )
    return f'<div class="scroll">{parts.table("prrrr", head, rows, caption)}</div>'
