"""A run beside the best model of its dataset, in words: for readers who see this one model only."""

from __future__ import annotations

from recsys.evaluation.metrics import HEADLINE, metric_label
from recsys.messages import NO_TEXT, Message, message
from recsys.services.models.baseline_verdict import gap, p_text
from recsys.services.models.comparison import Difference, differences
from recsys.services.models.leaderboard import list_runs
from recsys.services.models.standings import Standing, measure_runs, rank_runs
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import OpenRun


def compare_with_best(workspace: Workspace, run: OpenRun) -> Message:
    """Name the best model on validation among those with the same held-out events, with its paired difference on the test.

    "" where there is no other model, or the run has no user to evaluate on.
    """
    subject, *rivals = comparable(workspace, run)
    if not rivals or subject.score("validation") is None:
        return NO_TEXT
    best = max(rivals, key=_validation)
    n, metric = len(rivals) + 1, metric_label(HEADLINE)
    if _validation(best) <= _validation(subject):
        text = message("The best of {n} models of this dataset on validation: {metric} {validation:.3f}.")
        return text.format(n=n, metric=metric, validation=_validation(subject))
    name = best.run.label
    if name == subject.run.label:
        name = message("{model}, run {run}", model=name, run=best.run.run_id)
    text = message(
        "Best of {n} models of this dataset on validation: {model}, {metric} {best:.3f}; this one {subject:.3f}."
    )
    first = text.format(n=n, model=name, metric=metric, best=_validation(best), subject=_validation(subject))
    on_test = differences(workspace, [subject.run, best.run]).get(best.run.run_id)
    return first if on_test is None else message(" ").join([first, _on_test(on_test)])


def comparable(workspace: Workspace, run: OpenRun) -> list[Standing]:
    """The run first, then the models of its dataset that are evaluated on the same events, best on validation first."""
    runs = [one for one in list_runs(workspace) if one.dataset_id == run.config.dataset_id and one.is_whole]
    board = rank_runs(workspace, runs, measure_runs(workspace, [one.run_id for one in runs]))
    (subject,) = (standing for standing in board if standing.run.run_id == run.config.run_id)
    rivals = [
        one for one in board if one is not subject and one.protocol == subject.protocol and one.score("validation")
    ]
    return [subject, *rivals]


def _validation(standing: Standing) -> float:
    score = standing.score("validation")
    assert score is not None, "only evaluated runs are compared"
    return score.mean


def _on_test(difference: Difference) -> Message:
    """The difference of the best model to this one."""
    pair = difference.paired
    p = p_text(pair.p_holm)
    if not pair.is_significant:
        return message("On the test, no significant difference between the two ({gap}, {p}).", gap=gap(pair), p=p)
    if pair.mean > 0:
        return message("On the test it is significantly better than this one ({gap}, {p}).", gap=gap(pair), p=p)
    return message("On the test it is significantly worse than this one ({gap}, {p}).", gap=gap(pair), p=p)
