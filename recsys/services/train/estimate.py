"""Estimate time and memory of a training from about a second of real training.

The trial (trial.py) runs in a separate process, `python -m recsys estimate`, which starts in 2 to 4 s. Only then is its
memory peak that of a training process, do its thread settings not affect the server, and does running out of memory
end nothing else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from recsys.errors import RunError, SettingError
from recsys.messages import from_json, message
from recsys.services.workspace import Workspace

if TYPE_CHECKING:
    from recsys.services.train.planning import TrainRequest

LESS_MEMORY = (
    "batch_size",
    "max_length",
    "embedding_dim",
    "hidden_dim",
    "negatives",
)  # settings to lower when memory is short, in this order


@dataclass(frozen=True)
class Estimate:
    """Estimated seconds and bytes. `seconds` is for all `epochs`; early stopping takes less.

    `content_seconds` is the part of `once_seconds` that trains the text and picture towers.
    """

    model: str
    epochs: int
    epoch_seconds: float
    once_seconds: float
    seconds: float
    memory: int
    memory_free: int
    device: str
    threads: int
    content_seconds: float = 0.0

    def seconds_for(self, epochs: int) -> float:
        return self.once_seconds + self.epoch_seconds * epochs


@dataclass(frozen=True)
class EstimateCheck:
    """The estimate of a finished run against its actual seconds and bytes, both for the epochs it ran."""

    epochs: int
    estimated_seconds: float
    seconds: float
    estimated_memory: int
    memory: int


def start(workspace: Workspace, request: TrainRequest) -> subprocess.Popen[bytes]:
    """Start an estimate in a separate process, which can be killed safely; `answer` reads its result."""
    root = str(Path(__file__).resolve().parents[3])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    options = request.options.resolved()
    arguments = ["estimate", request.dataset_id, "--model", request.model, "--preset", request.preset, "--json"]
    arguments += ["--workspace", str(workspace.path), *options.as_arguments()]
    if request.settings:
        arguments += ["--set", *(f"{name}={value}" for name, value in request.settings.items())]
    return subprocess.Popen(
        [sys.executable, "-m", "recsys", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def answer(process: subprocess.Popen[bytes]) -> Estimate:
    """Wait for the process and return its estimate.

    Raises SettingError if the request is invalid, RunError if the process was killed or crashed.
    """
    output, errors = process.communicate()
    if process.returncode == 2:
        fault = orjson.loads(output)["error"]
        raise SettingError(message("{fault}", fault=from_json(fault["stored"])), column=fault["column"])
    if process.returncode == -signal.SIGKILL:
        raise RunError(
            message(
                "The system ended the trial, most likely because memory ran out; the training would end, too. "
                "Lower batch size, history length or embedding size."
            )
        )
    if process.returncode:
        lines = (errors or b"").decode(errors="replace").strip().splitlines()
        status = message("exit status {status}", status=process.returncode)
        raise RunError(message("The trial failed: {error}", error=lines[-1] if lines else status))
    parsed = orjson.loads(output)
    return Estimate(**{name: parsed[name] for name in Estimate.__dataclass_fields__})


def to_lower(estimate: Estimate, settings: Iterable[str]) -> tuple[str, ...] | None:
    """At most three settings to lower if the estimate exceeds free memory; None if it fits.

    Empty for a model whose memory depends on the number of items only.
    """
    if estimate.memory <= estimate.memory_free:
        return None
    return tuple(name for name in LESS_MEMORY if name in settings)[:3]


def save_estimate(workspace: Workspace, run_id: str, estimate: Estimate) -> None:
    """Store the estimate in the run folder. It never affects the run."""
    workspace.runs.open(run_id).save_estimate(asdict(estimate))


def check_estimate(workspace: Workspace, run_id: str) -> EstimateCheck | None:
    """Compare the stored estimate of a run with what it took; None without an estimate or for an untrained run."""
    folder = workspace.runs.open(run_id)
    stored, record = folder.estimate, folder.record
    if stored is None or record is None or not record.is_trained or record.peak_memory is None:
        return None
    estimate = Estimate(**stored)
    return EstimateCheck(
        record.epochs,
        estimate.seconds_for(record.epochs),
        record.seconds,
        estimate.memory,
        record.peak_memory,
    )
