"""What a list of runs says of the runs of a sweep: the settings in which they differ, and whose test figures are kept back.

The winner of a sweep is chosen on validation. The test figures of the other runs would only invite to choose by them, so
lists hide them, and those of all runs while the sweep is under way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recsys.messages import Message, message
from recsys.runs.sweep_record import SweepRecord
from recsys.services.models.setting_names import LABELS, SHORT, WORDS
from recsys.services.train.sweep_runs import UNDER_WAY, validation_of_ranks
from recsys.services.workspace import Workspace

if TYPE_CHECKING:
    from recsys.services.models.leaderboard import RunSummary

MOST = 3  # settings in a label, unless more are needed to distinguish the runs


def with_sweeps(workspace: Workspace, runs: Sequence[RunSummary]) -> list[RunSummary]:
    """The runs, with `varied` and `hides_test` of those that belong to a sweep."""
    by_id = {run.run_id: run for run in runs}
    for record in workspace.sweeps.list():
        members = [by_id[run_id] for run_id in map(record.run_id, record.numbers) if run_id in by_id]
        texts, winner = varied_settings(record), _winner(workspace, members)
        for run in members:
            by_id[run.run_id] = replace(run, varied=texts[run.run_id], hides_test=run.run_id != winner)
    return [by_id[run.run_id] for run in runs]


def _winner(workspace: Workspace, members: Iterable[RunSummary]) -> str | None:
    """Id of the finished run with the highest validation NDCG@10, the earlier of equals; None while a run is under way."""
    best: tuple[float, str] | None = None
    for run in members:
        if run.state in UNDER_WAY:
            return None
        ndcg = run.best_validation_ndcg
        if run.state == "finished" and ndcg is None:
            ndcg = validation_of_ranks(workspace.runs.open(run.run_id))
        if run.state == "finished" and ndcg is not None and (best is None or ndcg > best[0]):
            best = ndcg, run.run_id
    return None if best is None else best[1]


def varied_settings(record: SweepRecord) -> dict[str, Message]:
    """Run id -> the settings in which the run differs from the others of its sweep, such as "width 64, lr 0.003".

    As few settings as distinguish all runs, but MOST where so many differ: those with the most values first. Runs with the
    same settings are distinguished by their numbers.
    """
    num_values = {name: len({repr(of_run[name]) for of_run in record.settings}) for name in record.searched}
    differing = sorted((name for name in num_values if num_values[name] > 1), key=lambda name: -num_values[name])
    for count in range(min(MOST, len(differing)), len(differing) + 1):
        names = sorted(differing[:count], key=_place)
        texts = [_in_words(of_run, names) for of_run in record.settings]
        if len(set(texts)) == len(texts):
            break
    times = Counter(texts)
    numbered = {number: message("run {number}", number=number) for number in record.numbers}
    return {
        record.run_id(number): text
        if times[text] == 1
        else message(", ").join([*filter(None, [text]), numbered[number]])
        for number, text in zip(record.numbers, texts, strict=True)
    }


def _place(name: str) -> int:
    order = list(SHORT)
    return order.index(name) if name in order else len(order)


def _in_words(settings: Mapping[str, Any], names: Iterable[str]) -> Message:
    values = {name: settings[name] for name in names}
    shown = {
        name: f"{value:.2g}" if isinstance(value, float) else WORDS.get(value, str(value))
        for name, value in values.items()
    }
    return message(", ").join(
        message("{setting} {value}", setting=SHORT.get(name) or LABELS.get(name, name), value=value)
        for name, value in shown.items()
    )
