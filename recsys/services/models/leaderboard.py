"""Runs as a list: what was trained, how it is called, and away with it. Comparing: comparison.py; files: transfer.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recsys.errors import RunError
from recsys.runs import jobs
from recsys.runs.blend_parts import BLEND, blends_with, parts_of
from recsys.runs.notes import about, save_notes
from recsys.runs.record import RunConfig
from recsys.sequences.relevance import in_words
from recsys.services.train.job_list import state_of
from recsys.services.workspace import Workspace

READS = {"content": "content", "user_features": "user features"}  # settings that tell two runs of one model apart


@dataclass(frozen=True)
class RunSummary:
    """One line of the list. `state` is one of `jobs.State`; `name`, `note` are "" without."""

    run_id: str
    model: str
    title: str
    dataset_id: str
    dataset_name: str
    state: str
    created: str
    seconds: float | None
    epochs: int | None
    settings: dict[str, Any]
    metrics: dict[str, float] | None
    best_validation_ndcg: float | None
    targets_per_second: float | None
    peak_memory: int | None
    device: str | None
    seed: int
    name: str = ""
    note: str = ""
    cold_share: float = 0.0
    liked_from: float | None = None

    @property
    def target(self) -> str:
        """What the run recommends, in words."""
        return "what comes next" if self.liked_from is None else f"what is {in_words(self.liked_from)}"

    @property
    def label(self) -> str:
        """What the run is called wherever it is named: its display name, else its model and what it reads besides events."""
        reads = " and ".join(word for key, word in READS.items() if self.settings.get(key))
        return f"{self.name} ({self.title})" if self.name else f"{self.title} with {reads}" if reads else self.title

    @property
    def is_blend(self) -> bool:
        return self.model == BLEND

    @property
    def is_untrained(self) -> bool:
        """Whether it was stopped before its first epoch ended: it can be resumed and nothing else."""
        return self.state == "stopped" and not self.epochs

    @property
    def is_whole(self) -> bool:
        return self.state in ("finished", "stopped") and not self.is_untrained


def list_runs(workspace: Workspace) -> list[RunSummary]:
    """All runs, newest first; reads small JSON only."""
    names = {summary.dataset_id: summary.name for summary in workspace.datasets.list()}
    summaries, waiting = [], workspace.queue.waiting()
    for folder in workspace.runs.list():
        config, record, notes_of_run = folder.config, folder.record, about(folder)
        state = state_of(folder, waiting)
        summaries.append(
            RunSummary(
                run_id=config.run_id,
                model=config.model,
                title=config.title or config.model,
                dataset_id=config.dataset_id,
                dataset_name=names.get(config.dataset_id, "(deleted)"),
                state=state,
                created=config.created,
                seconds=record.seconds if record else None,
                epochs=record.epochs if record else None,
                settings=_settings(config),
                metrics=record.metrics if record else None,
                best_validation_ndcg=record.best_validation_ndcg if record else None,
                targets_per_second=record.targets_per_second if record else None,
                peak_memory=record.peak_memory if record else None,
                device=record.device if record else None,
                seed=config.options.seed,
                name=notes_of_run.name,
                note=notes_of_run.note,
                cold_share=config.options.cold_share,
                liked_from=config.options.liked_from,
            )
        )
    return summaries


def _settings(config: RunConfig) -> dict[str, Any]:
    """The settings as a person reads them: those of a blend are what each run counts."""
    parts = parts_of(config)
    return {f"weight of {part.run_id}": part.weight for part in parts} if parts else config.settings


def rename_run(workspace: Workspace, run_id: str, name: str, note: str) -> None:
    """Gives the run a display name and a note; the id stays. Raises SettingError where one is too long."""
    save_notes(workspace.runs.open(run_id), name, note)


def files_of(workspace: Workspace, run_id: str) -> tuple[int, int]:
    """How many files a run has, and their bytes: what goes when it is deleted."""
    sizes = [path.stat().st_size for path in workspace.runs.open(run_id).path.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def delete_run(workspace: Workspace, run_id: str) -> None:
    """Removes a run with its files and its place in the queue; its dataset stays.

    Raises RunError while it trains, or while a blend needs it.
    """
    used = why_not_deleted(workspace, run_id)
    if used:
        raise RunError(used)
    remove_run(workspace, run_id)


def remove_run(workspace: Workspace, run_id: str) -> None:
    """The same without a look at the blends: for one whose blends go, too."""
    workspace.queue.cancel(run_id)
    refuse_running(workspace, [run_id])
    workspace.runs.delete(run_id)


def why_not_deleted(workspace: Workspace, run_id: str) -> str:
    """Which blends need the run, in words; "" where none does."""
    blends = blends_with(workspace.runs, run_id)
    if not blends:
        return ""
    return f"Run {run_id} is a part of {', '.join(blends)}, which cannot be used without it. Delete that first."


def refuse_running(workspace: Workspace, run_ids: list[str]) -> None:
    """Raises RunError where one of these trains: what a process writes to is not removed under it."""
    for run_id in run_ids:
        folder = workspace.runs.open(run_id)
        if jobs.is_running(folder):
            raise RunError(f"Run {run_id} is training. Stop it first, then delete.")
        jobs.refuse_elsewhere(folder)
