"""Sweep: random search over the settings of a model. The winner is chosen by validation NDCG@10 only.

Random search is the baseline of the field: with few settings that matter it finds better values than a grid of the same
size (Bergstra and Bengio 2012, JMLR 13, 281-305). Ranges are declared with the settings (models/search_range.py). Run 1 has
the settings of the preset; run i depends on the seed and i only, whatever was trained before. All runs share one seed: they
are compared on the same validation users. Progress, stop and resume: sweep_runs.py.

`start` queues the runs, for pages; `train_sweep` trains them in this process, for the command line.
"""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from recsys.errors import RecsysError, SettingError
from recsys.messages import Message, message, plural
from recsys.models import MODELS
from recsys.models.search_range import SearchRange
from recsys.runs.sweep_record import SweepRecord
from recsys.services.train import estimate, recipe
from recsys.services.train.model_cards import model_card
from recsys.services.train.pending_estimate import is_on
from recsys.services.train.planning import TrainRequest, check, config_of
from recsys.services.train.recipe import Recipe
from recsys.services.train.sweep_runs import SweepProgress, queue_missing, sweep_progress
from recsys.services.train.training import OnEvent, ShouldStop, train_run
from recsys.services.workspace import Workspace

USUAL_RUNS, FEWEST_RUNS, MOST_RUNS = 12, 2, 200
DRAWS = 100  # of one run, until its settings fit together


@dataclass(frozen=True)
class SweepRequest:
    """What to search. `first` is run 1: the preset with the fixed settings; its seed draws the settings of the others.

    `searched` None searches every setting with a range that is not fixed. `sweep_id` None creates a new id.
    """

    first: TrainRequest
    num_runs: int = USUAL_RUNS
    searched: tuple[str, ...] | None = None
    sweep_id: str | None = None


def ranges(model: str) -> dict[str, SearchRange]:
    """Search range of each setting that has one."""
    return {setting.name: setting.search for setting in model_card(model).settings if setting.search is not None}


def draw(model: str, base: dict[str, Any], searched: tuple[str, ...], seed: int, number: int) -> dict[str, Any]:
    """All settings of run `number` (from 1): `base` for run 1, else with random values of the searched settings.

    A setting has the same value whichever others are searched. Settings that do not fit together are drawn again. Raises
    SettingError if no draw fits the fixed settings.
    """
    if number == 1:
        return base
    rng, by_name = np.random.default_rng([seed, number]), ranges(model)
    for _ in range(DRAWS):
        quantiles = dict(zip(by_name, rng.random(len(by_name)).tolist(), strict=True))
        drawn = {name: by_name[name].at(quantiles[name]) for name in searched}
        try:
            return MODELS[model].Config.from_settings(settings=base | drawn).model_dump()
        except SettingError as error:
            fault = error
    text = message("No searched settings fit the fixed ones. {fault} Fix other values, or search other settings.")
    raise SettingError(text.format(fault=fault.message), column=fault.column)


def plan(request: SweepRequest) -> SweepRecord:
    """Draw the settings of all runs; nothing is written. Raises SettingError for an invalid request."""
    if not FEWEST_RUNS <= request.num_runs <= MOST_RUNS:
        text = message("A sweep has {fewest} to {most} runs, not {runs:,}.")
        raise SettingError(text.format(fewest=FEWEST_RUNS, most=MOST_RUNS, runs=request.num_runs), column="runs")
    base = config_of(request.first)
    searched, seed = _searched(request), base.options.seed
    settings = (draw(base.model, base.settings, searched, seed, i + 1) for i in range(request.num_runs))
    return SweepRecord(
        sweep_id=request.sweep_id or _new_id(base.model),
        model=base.model,
        title=base.title,
        dataset_id=base.dataset_id,
        preset=base.preset,
        searched=searched,
        settings=tuple(settings),
        options=base.options,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


def command(workspace: Workspace, dataset_id: str, fixed: Recipe, request: SweepRequest) -> str:
    """Command line of the same sweep; `fixed` holds the settings that are not searched."""
    words = shlex.split(recipe.command(workspace, dataset_id, fixed))
    words[words.index("train")] = "sweep"
    unchanged = [name for name in ranges(fixed.model) if name in fixed.settings and name not in fixed.changed]
    words += ["--set", *(f"{name}={fixed.settings[name]}" for name in unchanged)] if unchanged else []
    return shlex.join([*words, "--runs", str(request.num_runs)])


def start(workspace: Workspace, request: SweepRequest) -> str:
    """Queue all runs and return the id of the sweep. Raises SettingError or NotFoundError; then nothing is written."""
    record = _create(workspace, request)
    queue_missing(workspace, record)
    return record.sweep_id


def train_sweep(
    workspace: Workspace,
    request: SweepRequest,
    say: Callable[[str], None] = lambda text: None,
    *,
    on_event: OnEvent = lambda event: None,
    should_stop: ShouldStop = lambda: False,
) -> SweepProgress:
    """Train the runs one by one in this process. A sweep id that exists is continued: finished runs are kept.

    `say` is called with the number of runs and the time before the first, with each run, and with the reason of a failed
    run, which does not end the sweep. Raises as `start`.
    """
    record = _create(workspace, request)
    left = [run.number for run in sweep_progress(workspace, record.sweep_id).runs if run.state != "finished"]
    say(_forecast(workspace, record, len(left)))
    for number in left:
        if should_stop():
            break
        folder = workspace.runs.create(record.config(number))
        values = ", ".join(f"{name} {record.settings[number - 1][name]}" for name in record.searched)
        say(message("Run {number} of {runs}: {settings}", number=number, runs=record.num_runs, settings=values))
        try:
            train_run(workspace, folder.run_id, on_event=on_event, should_stop=should_stop)
        except RecsysError as error:
            say(message("Run {number} failed. {reason}", number=number, reason=error.message))
    return sweep_progress(workspace, record.sweep_id)


def _forecast(workspace: Workspace, record: SweepRecord, num_left: int) -> Message:
    """Number of runs and rough time of a sweep, from a trial of run 1."""
    text = plural("{n:,} run of {model} to train.", "{n:,} runs of {model} to train.", num_left, model=record.title)
    if not num_left or not is_on():
        return text
    request = TrainRequest(record.dataset_id, record.model, record.preset, record.settings[0], record.options)
    try:
        made = estimate.answer(estimate.start(workspace, request))
    except RecsysError as error:
        return text + " " + message("No estimate: {reason}", reason=error.message)
    seconds = num_left * made.seconds
    if seconds < 120:
        time = message("{seconds:.0f} s", seconds=max(1, seconds))
    else:
        time = message("{minutes:,.0f} min", minutes=seconds / 60)
    return text + " " + message("About {time} in all, a rough estimate: larger settings take longer.", time=time)


def _create(workspace: Workspace, request: SweepRequest) -> SweepRecord:
    planned = plan(request)
    check(workspace, planned.config(1))
    return workspace.sweeps.create(planned)


def _searched(request: SweepRequest) -> tuple[str, ...]:
    """Names of the searched settings, in the order of the model's settings."""
    by_name, title = ranges(request.first.model), MODELS[request.first.model].title
    if request.searched is None:
        names = tuple(name for name in by_name if name not in request.first.settings)
    else:
        unknown = [name for name in request.searched if name not in by_name]
        if unknown:
            text = message("{model} has no search range for {setting!r}. Search among: {names}.")
            raise SettingError(
                text.format(model=title, setting=unknown[0], names=", ".join(by_name)), column=unknown[0]
            )
        names = tuple(name for name in by_name if name in request.searched)
    if not names:
        text = message("{model} has no setting left to search. Fix fewer settings, or choose another model.")
        raise SettingError(text.format(model=title), column="model")
    return names


def _new_id(model: str) -> str:
    return f"{model}-sweep-{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"
