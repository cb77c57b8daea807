"""The summary of differences between groups, in words."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.data.dataset import GENDER
from recsys.evaluation.group_fairness import LEAST_USERS, ColumnMeans, GroupExposure, GroupMean
from recsys.messages import NO_TEXT, Message, message
from recsys.recommend.popular import MEN, WOMEN
from recsys.services.models.baseline_verdict import all_of, p_text
from recsys.services.models.groupings import group_labels, label

MOST_NAMED = 3  # further groups that are named


def summary(columns: Sequence[ColumnMeans], metric: str) -> Message:
    """Summarise differences between groups of users in `metric`, the most significant first. Names are not escaped."""
    significant = sorted(
        ((column, group) for column in columns for group in _once(column) if group.is_significant),
        key=lambda pair: (pair[1].p_holm, -abs(pair[1].difference or 0)),
    )
    if not any(column.tested for column in columns):
        text = message("No groups to compare: no column separates users into groups of {least} or more.")
        return text.format(least=LEAST_USERS)
    if not significant:
        names = all_of([label(column.column) for column in columns if column.tested])
        text = message("No significant difference in {metric} between groups of {columns}.")
        return text.format(metric=metric, columns=names)
    (column, group), *others = significant
    text = message("{group}: {metric} {mean:.3f} against {rest:.3f} for {others} ({p}).")
    first = text.format(
        group=_phrase(column, group), metric=metric, mean=group.mean, rest=group.rest, others=_rest_phrase(column, group),
        p=p_text(group.p_holm or 0.0),
    )  # fmt: skip
    if not others:
        return first
    named = [_phrase(*pair) for pair in others[:MOST_NAMED]]
    if len(others) > MOST_NAMED:
        named.append(message("{n} more", n=len(others) - MOST_NAMED))
    return message(" ").join([first, message("Also significant: {groups}.", groups=all_of(named))])


def exposure_summary(column: str, groups: Sequence[GroupExposure]) -> Message:
    """The groups of items with the largest and the smallest difference of exposure from interactions; "" where the
    intervals allow none."""
    more = [group for group in groups if group.difference_interval[0] > 0]
    less = [group for group in groups if group.difference_interval[1] < 0]
    texts = []
    if more:
        text = message(
            "Most over-exposed: {group}, {exposure:.1%} of exposure against {interactions:.1%} of interactions."
        )
        texts.append(_exposed(text, column, max(more, key=lambda group: group.difference)))
    if less:
        text = message(
            "Most under-exposed: {group}, {exposure:.1%} of exposure against {interactions:.1%} of interactions."
        )
        texts.append(_exposed(text, column, min(less, key=lambda group: group.difference)))
    return message(" ").join(texts) if texts else NO_TEXT


def _exposed(text: Message, column: str, group: GroupExposure) -> Message:
    (name,) = group_labels(column, [group.name])
    return text.format(group=name, exposure=group.exposure, interactions=group.interactions)


def _once(column: ColumnMeans) -> tuple[GroupMean, ...]:
    """The tested groups; of two that are compared with each other, the one with the lower mean."""
    return (
        (min(column.tested, key=lambda group: group.mean),)
        if len(column.groups) == 2 and column.tested
        else column.tested
    )


def _phrase(column: ColumnMeans, group: GroupMean) -> str:
    """ "women", "age 25–34", "job artist"."""
    if column.column == GENDER and group.name.casefold() in WOMEN | MEN:
        return message("women") if group.name.casefold() in WOMEN else message("men")
    (name,) = group_labels(column.column, [group.name])
    return message("{column} {value}", column=label(column.column), value=name)


def _rest_phrase(column: ColumnMeans, group: GroupMean) -> str:
    if len(column.groups) != 2:
        return message("the others")
    (other,) = (other for other in column.groups if other.name != group.name)
    return _phrase(column, other)
