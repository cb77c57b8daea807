"""Privacy series of a model: the same model trained central, with three privacy budgets, federated, and both.

A series has no record of its own: its members are runs like any other, found by the work they do (RunConfig.same_work), so it
holds after a crash and shares runs with whoever trained the same. All members hold the same fifth of the users out, so each is
attacked at the end of its training (services/train/attack_trained.py) and evaluated on the same users. In words:
privacy_series_text.py.

`start` queues the members, for pages; `train_series` trains them in this process, for the command line.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from recsys.errors import RecsysError, RunError
from recsys.messages import Message, message
from recsys.models import MODELS
from recsys.runs import jobs
from recsys.runs.attack_record import load_attack
from recsys.runs.record import RunConfig
from recsys.runs.store import RunFolder
from recsys.services.models import quality, standings
from recsys.services.models.standings import Score
from recsys.services.train import job_list, planning
from recsys.services.train.job_list import State, start_due_jobs, state_of
from recsys.services.train.training import OnEvent, ShouldStop, train_run
from recsys.services.workspace import Workspace
from recsys.services.workspace.open_run import open_run
from recsys.training.config import TrainingOptions
from recsys.training.privacy_config import PRIVATE_MODELS, FederatedOptions, PrivacyOptions

HELD_OUT = 0.2  # share of the users
CENTRAL, FEDERATED = "central", "federated"
BUDGETS = (8.0, 3.0, 1.0)
UNDER_WAY = ("running", "waiting", "unknown")
# What differs from the preset, chosen on validation of the sample with GRU4Rec quick.
PRIVATE: dict[str, Any] = {"learning_rate": 0.012, "dropout": 0.0}
FEDERATED_SETTINGS: dict[str, Any] = {"learning_rate": 0.012}
CLIP, RATE = 0.5, 0.1  # norm of a user's gradient, share of the users in a step
CLIENTS = 0.05  # share of the clients in a round
CLIENT_CLIP, PRIVATE_CLIENTS = 0.1, 0.1  # norm of a client's change; with more clients in a round the noise is smaller

MemberState = State | Literal["missing"]


@dataclass(frozen=True)
class Member:
    """A training of a series. `settings` are those that differ from the preset."""

    name: str
    label: Message
    settings: dict[str, Any]
    options: TrainingOptions


@dataclass(frozen=True, eq=False)
class MemberRun:
    """A member and its run. `config` is that of the run; without a folder, that of the run to create."""

    member: Member
    config: RunConfig
    state: MemberState
    folder: RunFolder | None = None

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def is_left(self) -> bool:
        """Whether the run is to be trained, or to be attacked where the process ended before."""
        if self.state == "finished":
            return self.folder is not None and load_attack(self.folder) is None
        return not self.is_under_way


@dataclass(frozen=True)
class Result:
    """A member with what was measured, None where there is nothing yet.

    `ndcg` is on the test users; `epsilon` is the budget spent, infinite without one; `auc` is that of the strongest attack;
    `num_bytes` went to clients and back.
    """

    name: str
    label: Message
    title: Message
    run_id: str
    state: MemberState
    ndcg: Score | None = None
    epsilon: float = math.inf
    delta: float | None = None
    auc: float | None = None
    auc_interval: tuple[float, float] | None = None
    num_bytes: int = 0
    seconds: float | None = None

    @property
    def is_federated(self) -> bool:
        return self.name.startswith(FEDERATED)


@dataclass(frozen=True)
class Series:
    """Results of all members in their order; `popularity` is the NDCG@10 of the most popular items for the same users."""

    config: RunConfig
    results: tuple[Result, ...] = field(default=())
    popularity: float | None = None

    @property
    def measured(self) -> list[Result]:
        """The members that are trained and evaluated."""
        return [result for result in self.results if result.state == "finished" and result.ndcg is not None]

    def get(self, name: str) -> Result | None:
        """A measured member by its name."""
        return next((result for result in self.measured if result.name == name), None)


def why_no_series(config: RunConfig) -> Message | None:
    """Why a run has no series; None if it has one."""
    if config.model in PRIVATE_MODELS:
        return None
    text = message("{model} cannot be trained with a privacy budget. Select a model of one of these kinds: {models}.")
    titles = message(", ").join(MODELS[name].title for name in PRIVATE_MODELS)
    return text.format(model=config.shown_title, models=titles)


def members(config: RunConfig) -> list[Member]:
    """The trainings of the series of a run: its model, preset, seed and device, whatever else it was trained with."""
    options = TrainingOptions(seed=config.options.seed, device=config.options.device, held_out_users=HELD_OUT)
    federated, private = (FederatedOptions(clients_per_round=share) for share in (CLIENTS, PRIVATE_CLIENTS))

    def member(name: str, label: Message, settings: dict[str, Any], **changed: object) -> Member:
        if changed:  # the steps of a single user are too small for several threads, which would wait for each other
            changed["threads"] = 1
        return Member(name, label, settings, options.model_copy(update=changed))

    return [
        member(CENTRAL, message("central"), {}),
        *(
            member(
                f"epsilon-{epsilon:g}", message("ε ≤ {epsilon:g}", epsilon=epsilon), PRIVATE,
                privacy=PrivacyOptions(epsilon=epsilon, clip=CLIP, rate=RATE),
            )
            for epsilon in BUDGETS
        ),
        member(FEDERATED, message("federated"), FEDERATED_SETTINGS, federated=federated),
        member(
            f"{FEDERATED}-{BUDGETS[0]:g}", message("federated, ε ≤ {epsilon:g}", epsilon=BUDGETS[0]),
            PRIVATE, federated=private,
            privacy=PrivacyOptions(epsilon=BUDGETS[0], clip=CLIENT_CLIP),
        ),
    ]  # fmt: skip


def find_members(workspace: Workspace, config: RunConfig) -> list[MemberRun]:
    """Each member with the newest run that does its work, one that is finished, then one under way, before others.

    Raises RunError for a model without a series.
    """
    if reason := why_no_series(config):
        raise RunError(reason)
    waiting, stored = workspace.queue.waiting(), workspace.runs.configs()
    newest = []
    for member in members(config):
        wanted = _config_of(config, member)
        runs = [
            MemberRun(member, other, state_of(folder, waiting), folder)
            for folder, other in stored
            if wanted.same_work(other)
        ]
        newest.append(min(runs, key=_order, default=MemberRun(member, wanted, "missing")))
    return newest


def _order(run: MemberRun) -> int:
    return 0 if run.state == "finished" else 1 if run.is_under_way else 2


def _config_of(config: RunConfig, member: Member) -> RunConfig:
    """Config of a member's run. Its id follows from its work, so that two presses at the same time create one run."""
    request = planning.TrainRequest(config.dataset_id, config.model, config.preset, member.settings, member.options)
    wanted = planning.config_of(request)
    work = wanted.model_dump(mode="json", include={"dataset_id", "settings", "options"})
    work["options"].pop("threads")
    digest = hashlib.sha256(orjson.dumps(work, option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]
    return wanted.model_copy(update={"run_id": f"{config.model}-{member.name}-{digest}"})


def series(workspace: Workspace, run_id: str) -> Series:
    """Results of the series of a run. Raises RunError for a model without a series, and NotFoundError."""
    return measure(workspace, find_members(workspace, workspace.runs.open(run_id).config))


def measure(workspace: Workspace, runs: list[MemberRun]) -> Series:
    """Results of the members, from what is stored with their runs."""
    finished = [run.config.run_id for run in runs if run.state == "finished"]
    measured = standings.measure_runs(workspace, finished)
    results = [
        _result(run, measured[run.config.run_id].scores.get("test") if run.state == "finished" else None)
        for run in runs
    ]
    done = Series(runs[0].config, tuple(results))
    if not done.measured:
        return done
    popularity = quality.popularity_score(workspace, open_run(workspace, done.measured[0].run_id))
    return Series(done.config, done.results, popularity)


def _result(run: MemberRun, ndcg: Score | None) -> Result:
    folder, label, title = run.folder, run.member.label, run.config.shown_title
    result = Result(run.member.name, label, title, run.config.run_id, run.state, ndcg)
    record = None if folder is None or run.state != "finished" else folder.record
    if record is None or folder is None:
        return result
    spent, traffic, attack = record.privacy, record.traffic, load_attack(folder)
    strongest = None if attack is None else attack.strongest
    return Result(
        *(result.name, label, title, result.run_id, run.state, ndcg),
        epsilon=math.inf if spent is None else spent.epsilon,
        delta=None if spent is None else spent.delta,
        auc=None if strongest is None else strongest.auc,
        auc_interval=None if strongest is None else strongest.interval,
        num_bytes=0 if traffic is None else traffic.bytes_down + traffic.bytes_up,
        seconds=record.seconds,
    )


def start(workspace: Workspace, run_id: str) -> list[str]:
    """Queue the members of a run's series that are left, in their order, and return the ids of their runs.

    A member that is finished or under way is left alone, so it is safe to call at any time, from several processes. Raises
    RunError or SettingError where a member cannot be trained; then nothing is queued.
    """
    left = [run for run in find_members(workspace, workspace.runs.open(run_id).config) if run.is_left]
    for run in left:
        planning.check(workspace, run.config)
    for run in left:
        workspace.queue.submit(workspace.runs.create(run.config).run_id)
    start_due_jobs(workspace)
    return [run.config.run_id for run in left]


def stop(workspace: Workspace, run_id: str) -> None:
    """Take the waiting members off the queue and stop the running one, which keeps its best state.

    From the last to the first: no waiting run can start when the running one has ended.
    """
    for run in reversed(find_members(workspace, workspace.runs.open(run_id).config)):
        if run.is_under_way and run.folder is not None and not jobs.host_elsewhere(run.folder):
            job_list.stop(workspace, run.config.run_id)


def train_series(
    workspace: Workspace,
    config: RunConfig,
    say: Callable[[str], None] = lambda text: None,
    *,
    on_event: OnEvent = lambda event: None,
    should_stop: ShouldStop = lambda: False,
) -> Series:
    """Train the members that are left one by one in this process; stopped ones are continued.

    `say` is called with each member, and with the reason of a failed one, which does not end the series. Raises as `start`.
    """
    runs = find_members(workspace, config)
    for run in runs:
        planning.check(workspace, run.config)
    for number, run in enumerate(runs, start=1):
        if should_stop():
            break
        if run.state == "finished" and not run.is_left:
            continue
        say(message("Member {number} of {members}: {model}", number=number, members=len(runs), model=run.config.shown_title))  # fmt: skip
        try:
            folder = workspace.runs.create(run.config)
            train_run(workspace, folder.run_id, on_event=on_event, should_stop=should_stop)
        except RecsysError as error:
            say(message("{model} failed. {reason}", model=run.config.shown_title, reason=error.message))
    return measure(workspace, find_members(workspace, config))
