"""Blend reports, and checks of what can be blended. Reads small files, loads no model. Fitting: fit_blend.py."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from recsys.errors import RunError
from recsys.evaluation.metrics import HEADLINE, evaluated_only, means
from recsys.messages import NO_TEXT, Message, message
from recsys.runs.blend_parts import BLEND, open_parts, parts_of, unchanged
from recsys.runs.store import RunFolder
from recsys.services.models.leaderboard import RunSummary
from recsys.services.train.job_list import STATE_NAMES
from recsys.services.workspace import Workspace

MAX_PARTS = 6


@dataclass(frozen=True)
class PartReport:
    """A part of a blend and its `HEADLINE` by split; None if its run was deleted or retrained."""

    run_id: str
    model: str
    title: str
    weight: float
    validation: float | None
    test: float | None


@dataclass(frozen=True)
class BlendReport:
    """A blend, its parts and its `metrics` by split. `trouble` is why it cannot be used any more, else ""."""

    run_id: str
    parts: tuple[PartReport, ...]
    metrics: dict[str, dict[str, float]]
    trouble: str

    @property
    def weights(self) -> dict[str, float]:
        return {part.run_id: part.weight for part in self.parts}


def why_not_blended(chosen: Sequence[RunSummary]) -> Message:
    """Why these runs cannot be blended; "" if they can."""
    ids = [run.run_id for run in chosen]
    if not 2 <= len(ids) <= MAX_PARTS:
        text = message("A blend is made of 2 to {most} runs; chosen is {chosen}.")
        return text.format(most=MAX_PARTS, chosen=len(ids))
    if len(set(ids)) < len(ids):
        return message("A run is named twice. Name each run of a blend once.")
    for run in chosen:
        if run.model == BLEND:
            text = message("Run {run} is a blend itself. Choose the runs that it is made of instead.")
            return text.format(run=run.run_id)
        if run.saw_forgotten:
            text = message(
                "Run {run} is only a record: a person was forgotten since. Train it again without them first."
            )
            return text.format(run=run.run_id)
        if run.state != "finished":
            text = message("Run {run} is not finished: it is {state}. Train it to its end first.")
            return text.format(run=run.run_id, state=STATE_NAMES[run.state])
    return _why_too_different(chosen)


def _why_too_different(chosen: Sequence[RunSummary]) -> Message:
    """Why runs were trained too differently to be blended; "" if they were not."""
    if len({run.dataset_id for run in chosen}) > 1:
        names = dict.fromkeys(f"{run.dataset_name} ({run.dataset_id[:6]})" for run in chosen)
        text = message("A blend needs runs on the same dataset; these are on {datasets}.")
        return text.format(datasets=", ".join(names))
    if len({run.cold_share for run in chosen}) > 1:
        text = message(
            "A blend needs runs that held out the same items; the shares here differ: {shares}. Choose runs with the "
            "same --cold-share, or train anew."
        )
        return text.format(shares=", ".join(f"{run.run_id} {run.cold_share:.4g}" for run in chosen))
    if len({run.held_out_users for run in chosen}) > 1:
        text = message(
            "A blend needs runs that held out the same users; the shares here differ: {shares}. Choose runs with the "
            "same --held-out-users, or train anew."
        )
        return text.format(shares=", ".join(f"{run.run_id} {run.held_out_users:.4g}" for run in chosen))
    if len({(run.split_by, run.cut) for run in chosen}) > 1:
        text = message(
            "A blend needs runs with the same protocol; here {protocols}. Train anew with the same --split-by."
        )
        protocols = [message("{run} has {protocol}", run=run.run_id, protocol=run.protocol) for run in chosen]
        return text.format(protocols=message(", ").join(protocols))
    if len({run.liked_from for run in chosen}) > 1:
        targets = [message("{run} recommends {target}", run=run.run_id, target=run.target) for run in chosen]
        text = message(
            "A blend needs runs with the same target; here {targets}. "
            "Choose runs with the same --liked-from, or train anew."
        )
        return text.format(targets=message(", ").join(targets))
    if any(run.metrics is None for run in chosen):
        return message("Blend weights need held-out events, and no user can be evaluated.")
    return NO_TEXT


def report(workspace: Workspace, run_id: str) -> BlendReport:
    """Report a blend and its parts. Reads small files only."""
    folder, trouble = workspace.runs.open(run_id), NO_TEXT
    try:
        open_parts(workspace.runs, folder)
    except RunError as error:
        trouble = error.message
    parts = []
    for part in parts_of(folder.config):
        title, metrics = Message(part.model), {}
        with suppress(RunError):
            part_folder = unchanged(workspace.runs, run_id, part)
            title, metrics = part_folder.config.shown_title, _metrics(part_folder)
        headlines = [metrics[split][HEADLINE] if split in metrics else None for split in ("validation", "test")]
        parts.append(PartReport(part.run_id, part.model, title, part.weight, *headlines))
    return BlendReport(folder.run_id, tuple(parts), _metrics(folder), trouble)


def _metrics(folder: RunFolder) -> dict[str, dict[str, float]]:
    frame = folder.load_ranks()
    if frame is None:
        return {}
    return {split: means(evaluated_only(frame[split].to_numpy())) for split in ("validation", "test")}
