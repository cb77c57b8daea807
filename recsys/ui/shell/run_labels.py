"""Runs in the lists to choose from: by name and quality, and where names are the same by age and settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from recsys.messages import message
from recsys.services.models.leaderboard import RunSummary
from recsys.services.models.setting_names import LABELS, WORDS
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.text import comma_list, day, unique_labels

MOST_SETTINGS = 2  # of those that differ
SEED = message("Seed")


def run_labels(runs: Iterable[RunSummary]) -> dict[str, str]:
    """Run id -> its name and quality; where several have the same name, what tells them apart stands between the two.

    That is when each was created; where that is the same, too, the settings that differ, and at last the id.
    """
    shown = list(runs)
    labels = {run.run_id: localized(run.label) for run in shown}
    for tell_apart in (_age, _settings):
        times = Counter(labels.values())
        groups = {label: [run for run in shown if labels[run.run_id] == label] for label in times if times[label] > 1}
        for label, alike in groups.items():
            labels |= {run.run_id: " · ".join(filter(None, [label, tell_apart(run, alike)])) for run in alike}
    return {
        run.run_id: f"{label}{_quality(run)}" for run, label in zip(shown, unique_labels(labels).values(), strict=True)
    }


def _age(run: RunSummary, alike: Sequence[RunSummary]) -> str:
    return day(run.created)


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
