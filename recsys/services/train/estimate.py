"""What a training will take, before it starts: time and memory, from about a second of the real work.

The work (trial.py) is done in a process of its own, `python -m recsys estimate`: it starts in 2 to 4 s, and only so is its
peak the memory that a training's process will have, do its threads not become the server's, and does running out
of memory end nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from recsys.errors import RunError, SettingError
from recsys.services.workspace import Workspace

if TYPE_CHECKING:
    from recsys.services.train.planning import TrainRequest

LESS_MEMORY = ("batch_size", "max_length", "embedding_dim", "hidden_dim", "negatives")  # what to lower, in this order


@dataclass(frozen=True)
class Estimate:
    """Seconds and bytes. `seconds` are for all `epochs`: stopping early ends sooner."""

    model: str
    epochs: int
    epoch_seconds: float
    once_seconds: float
    seconds: float
    memory: int
    memory_free: int
    device: str
    threads: int

    def seconds_for(self, epochs: int) -> float:
        return self.once_seconds + self.epoch_seconds * epochs


@dataclass(frozen=True)
class Kept:
    """An estimate beside what the run took, with as many epochs as it ran; seconds and bytes."""

    epochs: int
    estimated_seconds: float
    seconds: float
    estimated_memory: int
    memory: int


def start(workspace: Workspace, request: TrainRequest) -> subprocess.Popen[bytes]:
    """Asks for an estimate in a process of its own; `answer` reads it, and killing it harms nothing."""
    root = str(Path(__file__).resolve().parents[3])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    options = request.options.resolved()
    arguments = ["estimate", request.dataset_id, "--model", request.model, "--preset", request.preset, "--json"]
    arguments += ["--device", options.device, "--seed", str(options.seed), "--threads", str(options.threads)]
    arguments += ["--cold-share", str(options.cold_share), "--workspace", str(workspace.path)]
    arguments += [] if options.liked_from is None else [f"--liked-from={options.liked_from}"]
    if request.settings:
        arguments += ["--set", *(f"{name}={value}" for name, value in request.settings.items())]
    return subprocess.Popen(
        [sys.executable, "-m", "recsys", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def answer(process: subprocess.Popen[bytes]) -> Estimate:
    """Waits for the process and gives its estimate. Raises SettingError where the request is refused."""
    output, _ = process.communicate()
    if process.returncode == 2:
        fault = orjson.loads(output)["error"]
        raise SettingError(fault["message"], column=fault["column"])
    if process.returncode:
        raise RunError(
            "The trial was ended by the system, most likely for want of memory; the training would be, too. "
            "Lower batch size, history length or embedding size."
        )
    parsed = orjson.loads(output)
    return Estimate(**{name: parsed[name] for name in Estimate.__dataclass_fields__})


def to_lower(estimate_of_run: Estimate, settings: Iterable[str]) -> tuple[str, ...] | None:
    """Where the estimate exceeds the memory that was free: which of the settings to lower, at most three.

    None where the memory suffices; none at all for a model whose memory follows from the number of items.
    """
    if estimate_of_run.memory <= estimate_of_run.memory_free:
        return None
    return tuple(name for name in LESS_MEMORY if name in settings)[:3]


def keep(workspace: Workspace, run_id: str, estimate_of_run: Estimate) -> None:
    """Writes the estimate beside the run; what decides the run's result does not know of it."""
    workspace.runs.open(run_id).save_estimate(asdict(estimate_of_run))


def kept(workspace: Workspace, run_id: str) -> Kept | None:
    """The estimate made before a run beside what it took; None where there was none, or the run is not trained."""
    folder = workspace.runs.open(run_id)
    stored, record = folder.estimate, folder.record
    if stored is None or record is None or not record.is_trained or record.peak_memory is None:
        return None
    estimate_of_run = Estimate(**stored)
    return Kept(
        record.epochs,
        estimate_of_run.seconds_for(record.epochs),
        record.seconds,
        estimate_of_run.memory,
        record.peak_memory,
    )
