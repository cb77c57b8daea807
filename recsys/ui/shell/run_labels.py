"""Runs in the lists to choose from: by name and quality, and where names are the same by age and settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from recsys.messages import message
from recsys.services.models.leaderboard import RunSummary
from recsys.services.models.setting_names import LABELS, WORDS
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.text import clock, comma_list, day, unique_labels

MOST_SETTINGS = 2  # of those that differ
SEED = message("Seed")


def run_labels(runs: Iterable[RunSummary]) -> dict[str, str]:
    """Run id -> its name, as in `run_names`, and quality."""
    by_id = {run.run_id: run for run in runs}
    return {run_id: f"{name}{_quality(by_id[run_id])}" for run_id, name in run_names(by_id.values()).items()}


def run_names(runs: Iterable[RunSummary]) -> dict[str, str]:
    """Run id -> its name, with what tells it apart where several have the same.

    That is when each was created; where that is the same, too, the settings that differ, and at last the id.
    """
    shown = list(runs)
    labels = {run.run_id: localized(run.label) for run in shown}
    for tell_apart in (_age, _settings):
        times = Counter(labels.values())
        groups = {label: [run for run in shown if labels[run.run_id] == label] for label in times if times[label] > 1}
        for label, alike in groups.items():
            labels |= {run.run_id: " · ".join(filter(None, [label, tell_apart(run, alike)])) for run in alike}
    return unique_labels(labels)


def _age(run: RunSummary, alike: Sequence[RunSummary]) -> str:
    """The time alone where all are of one day."""
    days = {datetime.fromisoformat(other.created).date() for other in alike}
    return clock(run.created) if len(days) == 1 else day(run.created)


def _settings(run: RunSummary, alike: Sequence[RunSummary]) -> str:
    """The first settings whose values differ among the runs, and the seed, as "Dropout (share): 0.2, Seed: 1"."""
    all_settings = [{**other.settings, SEED: other.seed} for other in alike]
    differing = [name for name in all_settings[0] if len({str(settings.get(name)) for settings in all_settings}) > 1]
    values = {**run.settings, SEED: run.seed}
    return comma_list(
        tr("{setting}: {value}", setting=LABELS.get(name, name), value=WORDS.get(str(values[name]), str(values[name])))
        for name in differing[:MOST_SETTINGS]
        if name in values
    )


def _quality(run: RunSummary) -> str:
    return f" · NDCG@10 {run.metrics['ndcg@10']:.3f}" if run.metrics and not run.hides_test else ""
