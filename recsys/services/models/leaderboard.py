"""The leaderboard: list, rename and delete runs. Comparison: comparison.py; export and import: transfer.py."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from recsys.data.provenance import newest_after
from recsys.errors import RunError
from recsys.messages import NO_TEXT, Message, message
from recsys.runs import jobs
from recsys.runs.blend_parts import BLEND, blends_with, parts_of
from recsys.runs.forgotten import forgotten_mark
from recsys.runs.list_record import list_metrics_of
from recsys.runs.notes import about, save_notes
from recsys.runs.record import RunConfig
from recsys.sequences.relevance import in_words
from recsys.sequences.time_split import iso
from recsys.services.models.sweep_members import with_sweeps
from recsys.services.train.job_list import state_of
from recsys.services.workspace import Workspace

READS = {
    "content": message("content"),
    "user_features": message("user features"),
}  # settings shown in the label of a run


@dataclass(frozen=True)
class RunSummary:
    """A row of the leaderboard. `state` is a `job_list.State`; `name` and `note` are "" if not set.

    `varied` are the settings in which a run differs from the others of its sweep, in words, and `hides_test` is whether
    lists keep its test figures back (sweep_members.py). `saw_forgotten`: it was trained before a person was forgotten and is
    only a record (runs/forgotten.py); `successor` is then the id of the dataset without them. `newer`: id of the newest dataset
    that logs were added in since, "" if none was. `federated` are the options of
    federated training and `traffic` what it exchanged, both {} for a central one; `privacy` are the options of a private
    training and `spent` its budget, both {} without one.
    """

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
    list_metrics: dict[str, float]
    best_validation_ndcg: float | None
    targets_per_second: float | None
    peak_memory: int | None
    device: str | None
    seed: int
    name: str = ""
    note: str = ""
    cold_share: float = 0.0
    liked_from: float | None = None
    split_by: str = "leave_one_out"
    cut: int | None = None
    held_out_users: float = 0.0
    federated: dict[str, Any] = field(default_factory=dict)
    traffic: dict[str, Any] = field(default_factory=dict)
    privacy: dict[str, Any] = field(default_factory=dict)
    spent: dict[str, Any] = field(default_factory=dict)
    varied: str = ""
    hides_test: bool = False
    saw_forgotten: bool = False
    successor: str = ""
    newer: str = ""

    @property
    def target(self) -> Message:
        """What the run predicts, in words."""
        if self.liked_from is None:
            return message("what comes next")
        return message("what is {target}", target=in_words(self.liked_from))

    @property
    def label(self) -> str:
        """Display name of the run, else its model, the side information it reads and what it varies.

        A time split, held-out users and a run that saw a forgotten person are marked.
        """
        if self.saw_forgotten:
            return message("{model}, record only", model=replace(self, saw_forgotten=False).label)
        if self.held_out_users:
            label = replace(self, held_out_users=0.0).label
            return message("{model}, without {share:.0%} of the users", model=label, share=self.held_out_users)
        if self.split_by == "time":
            return message("{model}, time split", model=replace(self, split_by="leave_one_out").label)
        if self.name:
            return message("{name} ({model})", name=self.name, model=self.title)
        if self.varied:
            return message("{model} · {settings}", model=replace(self, varied="").label, settings=self.varied)
        reads = [word for key, word in READS.items() if self.settings.get(key)]
        if not reads:
            return self.title
        return message("{model} with {inputs}", model=self.title, inputs=message(" and ").join(reads))

    @property
    def all_settings(self) -> dict[str, Any]:
        """Settings of the model and options of private and federated training, switches as "on" or "off"."""
        words = {True: "on", False: "off"}
        options = self.privacy | self.federated
        return self.settings | {
            name: words[value] if isinstance(value, bool) else value for name, value in options.items()
        }

    @property
    def protocol(self) -> Message:
        """How the events were split; runs of different protocols are not comparable."""
        if self.split_by == "leave_one_out":
            return message("leave-one-out")
        return message("time split") if self.cut is None else message("time split at {cut}", cut=iso(self.cut))

    @property
    def is_blend(self) -> bool:
        return self.model == BLEND

    @property
    def is_untrained(self) -> bool:
        """Whether it was stopped before its first epoch ended. It can only be resumed."""
        return self.state == "stopped" and not self.epochs

    @property
    def is_whole(self) -> bool:
        return self.state in ("finished", "stopped") and not self.is_untrained and not self.saw_forgotten


def list_runs(workspace: Workspace) -> list[RunSummary]:
    """All runs, newest first, without those deleted meanwhile. Reads small JSON files only."""
    names = {summary.dataset_id: summary.name for summary in workspace.datasets.list()}
    newer = {dataset_id: newest_after(workspace.datasets.folder(dataset_id)) or "" for dataset_id in names}
    summaries, waiting = [], workspace.queue.waiting()
    for folder, config in workspace.runs.configs():
        record, notes, state = folder.record, about(folder), state_of(folder, waiting)
        mark = forgotten_mark(folder)
        successor = mark.successor if mark else ""
        if not folder.path.exists():
            continue
        summaries.append(
            RunSummary(
                run_id=config.run_id,
                model=config.model,
                title=config.shown_title,
                dataset_id=config.dataset_id,
                dataset_name=names.get(successor) or names.get(config.dataset_id, message("(deleted)")),
                state=state,
                created=config.created,
                seconds=record.seconds if record else None,
                epochs=record.epochs if record else None,
                settings=_settings(config),
                metrics=record.metrics if record else None,
                list_metrics=list_metrics_of(folder, record) if record else {},
                best_validation_ndcg=record.best_validation_ndcg if record else None,
                targets_per_second=record.targets_per_second if record else None,
                peak_memory=record.peak_memory if record else None,
                device=record.device if record else None,
                seed=config.options.seed,
                name=notes.name,
                note=notes.note,
                cold_share=config.options.cold_share,
                liked_from=config.options.liked_from,
                split_by=config.options.split_by,
                cut=config.options.cut,
                held_out_users=config.options.held_out_users,
                saw_forgotten=mark is not None,
                successor=successor,
                newer=newer.get(config.dataset_id, ""),
                federated=_dump(config.options.federated),
                traffic=_dump(record.traffic if record else None),
                privacy=_privacy(config),
                spent=_dump(record.privacy if record else None),
            )
        )
    return with_sweeps(workspace, summaries)


def _dump(stored: BaseModel | None) -> dict[str, Any]:
    return {} if stored is None else stored.model_dump(exclude_none=True)


def _privacy(config: RunConfig) -> dict[str, Any]:
    """Options of a private training for display; the share of users in a step is not of federated training."""
    options = _dump(config.options.privacy)
    return options if config.options.federated is None else {name: options[name] for name in options if name != "rate"}


def _settings(config: RunConfig) -> dict[str, Any]:
    """Settings for display; for a blend, the weight of each part."""
    parts = parts_of(config)
    return {message("Weight of {run}", run=part.run_id): part.weight for part in parts} if parts else config.settings


def rename_run(workspace: Workspace, run_id: str, name: str, note: str) -> None:
    """Set the display name and the note of a run. Raises SettingError where one is too long."""
    save_notes(workspace.runs.open(run_id), name, note)


def files_of(workspace: Workspace, run_id: str) -> tuple[int, int]:
    """(number of files, bytes) that deleting the run frees."""
    sizes = [path.stat().st_size for path in workspace.runs.open(run_id).path.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def delete_run(workspace: Workspace, run_id: str) -> None:
    """Delete a run and its files, and remove it from the queue. The dataset is kept.

    Raises RunError while it is training, or while a blend uses it.
    """
    reason = why_not_deleted(workspace, run_id)
    if reason:
        raise RunError(reason)
    remove_run(workspace, run_id)


def remove_run(workspace: Workspace, run_id: str) -> None:
    """As `delete_run`, without checking blends, for when the blends are deleted too."""
    workspace.queue.cancel(run_id)
    refuse_running(workspace, [run_id])
    workspace.runs.delete(run_id)


def why_not_deleted(workspace: Workspace, run_id: str) -> Message:
    """Which blends use the run, in words; "" if none."""
    blends = blends_with(workspace.runs, run_id)
    if not blends:
        return NO_TEXT
    text = message("Run {run} is a part of {blends}, which cannot be used without it. Delete that first.")
    return text.format(run=run_id, blends=", ".join(blends))


def refuse_running(workspace: Workspace, run_ids: list[str]) -> None:
    """Raise RunError if one of these runs is training, since its process still writes to the folder."""
    for run_id in run_ids:
        folder = workspace.runs.open(run_id)
        if jobs.is_running(folder):
            raise RunError(message("Run {run} is training. Stop it first, then delete.", run=run_id))
        if jobs.is_running(folder, jobs.TRUST):
            text = message("The explanations of run {run} are being measured. Stop it first, then delete.")
            raise RunError(text.format(run=run_id))
        if jobs.is_running(folder, jobs.REPORT):
            raise RunError(message("The report of run {run} is being made. Stop it first, then delete.", run=run_id))
        if jobs.is_running(folder, jobs.GLOBAL):
            text = message("The global view of run {run} is being computed. Stop it first, then delete.")
            raise RunError(text.format(run=run_id))
        if jobs.is_running(folder, jobs.POPULARITY):
            text = message("The less popular lists of run {run} are being measured. Stop it first, then delete.")
            raise RunError(text.format(run=run_id))
        if jobs.is_running(folder, jobs.ATTACK):
            raise RunError(message("The attack on run {run} is under way. Stop it first, then delete.", run=run_id))
        if jobs.is_running(folder, jobs.LISTS):
            raise RunError(
                message("The lists of run {run} are being computed. Stop it first, then delete.", run=run_id)
            )
        jobs.refuse_elsewhere(folder)
