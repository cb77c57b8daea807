"""Which models suit a dataset, and why the others do not, from the dataset's shape alone: before anything is trained.

A model is *refused* where training it would raise: its table of items x items is too large (models/fitted), or fewer than
MIN_SEQUENCE_TARGETS steps are left to train on (training/steps.py). It is *doubtful* where it would train but the data lack what
it learns from, by these thresholds:

- FEW_EVENTS: half of the users have fewer events. The last two of each user are held out, so at most one step of such a user
  is left to learn from, and a user vector rests on at most two events.
- FEW_PER_ITEM: fewer training events per item on average. The usual filter of the field: Kang and McAuley (2018), section
  IV-A, discard users and items with fewer than 5 actions.
- MOST_TIED: share of events at the same time as another of the same user, from which on the order is mostly the file's.
- MOST_REPEATS: share of events that repeat an earlier one, from which on counting each item once drops most of the data.

Whether order matters is what the shuffle test (services/models/history_order.py) of an earlier run says. Seconds and bytes are those of the estimator (estimate.py): stored with earlier runs of the same preset, or made on demand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from recsys.data.dataset import Dataset
from recsys.data.profile import Profile, profile
from recsys.errors import RecsysError
from recsys.messages import Message, message, plural
from recsys.models import MODELS
from recsys.models.base import PairModel, SequenceModel
from recsys.models.fitted import ease, markov
from recsys.sequences.split import MIN_EVENTS_TO_EVALUATE
from recsys.services.train import estimate
from recsys.services.train.earlier_runs import order_sentence, order_tests, stored_estimates
from recsys.services.train.estimate import Estimate
from recsys.services.train.model_cards import columns_of
from recsys.services.train.planning import TrainRequest
from recsys.services.workspace import Workspace
from recsys.training.steps import MIN_SEQUENCE_TARGETS

FEW_EVENTS, FEW_PER_ITEM, MOST_TIED, MOST_REPEATS = 5, 5, 0.9, 0.5
MOST_ITEMS = {"ease": ease.MAX_ITEMS, "markov": markov.MAX_ITEMS}
SUGGESTED = 3
Level = Literal["suits", "doubtful", "refused"]

TOO_MANY_ITEMS, TOO_FEW_STEPS = message("too many items"), message("too few steps")
SHORT_HISTORIES, RARE_ITEMS = message("short histories"), message("few events per item")
NEEDS_TIMES, TIED, REPEATS = message("needs times"), message("tied timestamps"), message("many repeats")
NEEDS_MEMORY = message("needs memory")


@dataclass(frozen=True)
class DataShape:
    """What decides which models suit a dataset.

    `steps` are the training steps of sequence models, from one event of a user to the next; `events_per_item` the training
    events per item with an event. `has_order`: whether times or a column that numbers the events order them.
    """

    rows: int
    users: int
    items: int
    cold_items: int
    median_history: float
    steps: int
    events_per_item: float
    has_times: bool
    has_order: bool
    tie_rate: float
    repeat_rate: float
    has_ratings: bool
    content: tuple[str, ...]
    user_features: tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """Why a model does not suit: `chip` in two or three words, and a sentence."""

    chip: Message
    sentence: Message
    level: Level = "doubtful"


@dataclass(frozen=True)
class Suitability:
    """How a model suits a dataset. `estimates`: preset -> seconds and bytes, as far as they were estimated."""

    model: str
    title: str
    reasons: tuple[Reason, ...]
    estimates: dict[str, Estimate] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        if not self.reasons:
            return "suits"
        return "refused" if any(reason.level == "refused" for reason in self.reasons) else "doubtful"


@dataclass(frozen=True)
class Suggestion:
    """A model to begin with, and a sentence why."""

    model: str
    title: str
    sentence: Message


@dataclass(frozen=True)
class Feasibility:
    """`order` says whether the order of events matters; None until the shuffle test was run on a model that reads it."""

    shape: DataShape
    models: tuple[Suitability, ...]
    suggestions: tuple[Suggestion, ...]
    order: Message | None = None


def feasibility(workspace: Workspace, dataset: Dataset, seen: Profile | None = None) -> Feasibility:
    """How each model suits a dataset, with the estimates and the shuffle tests that are stored. Trains nothing.

    `seen`: its statistics, where they were computed before.
    """
    shape, tests = shape_of_data(dataset, seen), order_tests(workspace, dataset.dataset_id)
    stored = stored_estimates(workspace, dataset.dataset_id)
    models = tuple(
        Suitability(name, MODELS[name].title, tuple(reasons(name, shape)), stored.get(name, {})) for name in MODELS
    )
    suiting = {one.model for one in models if one.level == "suits"}
    matters = None if not tests else any(order.is_significant and order.true > order.shuffled for _, order in tests)
    return Feasibility(shape, models, tuple(suggest(shape, suiting, matters)), order_sentence(tests))


def shape_of_data(dataset: Dataset, seen: Profile | None = None) -> DataShape:
    log, seen = dataset.interactions, seen or profile(dataset)
    lengths = np.diff(log.offsets)[1:]
    train_lengths = np.where(lengths >= MIN_EVENTS_TO_EVALUATE, lengths - 2, lengths)
    columns = columns_of(dataset)
    in_days = any(repair.kind == "days" for repair in dataset.report.repairs)  # tied by choice, in the true order
    return DataShape(
        rows=seen.rows,
        users=seen.users,
        items=seen.items,
        cold_items=seen.cold_items,
        median_history=seen.median_history,
        steps=int((train_lengths - 1).sum()),
        events_per_item=float(train_lengths.sum() / seen.items),
        has_times=log.times is not None,
        has_order=log.times is not None or "time" in dataset.report.roles,
        tie_rate=0.0 if in_days or seen.tie_rate is None else seen.tie_rate,
        repeat_rate=seen.repeat_rate,
        has_ratings=columns.ratings,
        content=columns.content,
        user_features=columns.users,
    )


def reasons(model: str, shape: DataShape) -> list[Reason]:
    """Why a model does not suit data of this shape, refusals first; empty if it does."""
    kind, num_items = MODELS[model], shape.items + shape.cold_items
    is_sequence, is_pair = issubclass(kind, SequenceModel), issubclass(kind, PairModel)
    found = []
    if num_items > MOST_ITEMS.get(model, num_items):
        text = message("It needs a table of items x items: {items:,} items are too many, at most {most:,} fit.")
        found.append(Reason(TOO_MANY_ITEMS, text.format(items=num_items, most=MOST_ITEMS[model]), "refused"))
    if is_sequence and shape.steps < MIN_SEQUENCE_TARGETS:
        text = plural(
            "It learns which event follows which, and {n:,} such step is left to train on; at least {least} are needed.",
            "It learns which event follows which, and {n:,} such steps are left to train on; at least {least} are needed.",
            shape.steps, least=MIN_SEQUENCE_TARGETS,
        )  # fmt: skip
        found.append(Reason(TOO_FEW_STEPS, text, "refused"))
    if is_sequence or is_pair:
        found += _too_little(shape, is_sequence=is_sequence)
    if is_sequence or model in ("markov", "recent_popularity"):
        found += _without_order(shape)
    if model in ("ease", "item_knn") and shape.repeat_rate > MOST_REPEATS:
        text = message("{share:.0%} of the events repeat an earlier one of the user, and it counts each item once.")
        found.append(Reason(REPEATS, text.format(share=shape.repeat_rate)))
    return sorted(found, key=lambda reason: reason.level != "refused")


def _too_little(shape: DataShape, *, is_sequence: bool) -> list[Reason]:
    found = []
    if shape.median_history < FEW_EVENTS:
        text = message(
            "Half of the users have {events:g} events or fewer, the last two of them held out: a vector for each user has little "
            "to learn from."
        )
        if is_sequence:
            text = message(
                "Half of the users have {events:g} events or fewer, the last two of them held out: at most one step of each is "
                "left to learn from."
            )
        found.append(Reason(SHORT_HISTORIES, text.format(events=shape.median_history)))
    if shape.events_per_item < FEW_PER_ITEM:
        text = message("{events:.1f} training events per item: a vector for each item has little to learn from.")
        found.append(Reason(RARE_ITEMS, text.format(events=shape.events_per_item)))
    return found


def _without_order(shape: DataShape) -> list[Reason]:
    if not shape.has_order:
        return [
            Reason(NEEDS_TIMES, message("It reads the order of events. Without times that is the order of the file."))
        ]
    if shape.tie_rate > MOST_TIED:
        text = message(
            "It reads the order of events, and {share:.0%} of them share their time with another of the same user."
        )
        return [Reason(TIED, text.format(share=shape.tie_rate))]
    return []


def suggest(shape: DataShape, suiting: set[str], order_matters: bool | None) -> list[Suggestion]:
    """Up to SUGGESTED models to begin with, of those that suit: links between items, a network that reads the order (unless
    the shuffle test says that order does not matter), one that reads users, else a baseline."""
    steps = message("{steps:,} steps from one event to the next are enough for a network that reads the order.")
    if shape.cold_items and shape.content:
        steps = message(
            "{steps:,} steps from one event to the next are enough for a network that reads the order. With item content it can "
            "also recommend the {cold:,} items without an event."
        )
    candidates = [
        ("ease", message("Fitted at once, and often hard to beat: {items:,} items are few enough for it.")),
        ("item_knn", message("Fitted at once, also with {items:,} items.")),
        ("sasrec", steps),
        ("mlp", message("Reads what is in the users table: {features}.")),
        ("markov", message("Fitted at once from what follows what.")),
        ("popularity", message("One list for everyone: what any other model must beat.")),
    ]
    left_out = set() if shape.user_features else {"mlp"}
    left_out |= {"item_knn"} if "ease" in suiting else set()
    left_out |= {"sasrec", "markov"} if order_matters is False else {"markov"} if "sasrec" in suiting else set()
    features = message(", ").join(shape.user_features[:3])
    chosen = [(name, text) for name, text in candidates if name in suiting - left_out][:SUGGESTED]
    values = {"items": shape.items, "steps": shape.steps, "features": features, "cold": shape.cold_items}
    return [Suggestion(name, MODELS[name].title, text.format(**values)) for name, text in chosen]


def with_estimates(
    workspace: Workspace, dataset: Dataset, seen: Feasibility, presets: tuple[str, ...], tick: Callable[[str], None]
) -> Feasibility:
    """The same with an estimate for each model that is not refused, in a process of its own: a few seconds each."""
    models = []
    for one in seen.models:
        estimates = dict(one.estimates)
        names = presets if MODELS[one.model].Config.model_fields else ("balanced",)
        for preset in names if one.level != "refused" else ():
            tick(f"{one.model} {preset}")
            try:
                estimates[preset] = estimate.answer(
                    estimate.start(workspace, TrainRequest(dataset.dataset_id, one.model, preset))
                )
            except RecsysError:
                continue  # a model that cannot be tried has no estimate
        models.append(replace(one, reasons=one.reasons + _too_large(estimates), estimates=estimates))
    return replace(seen, models=tuple(models))


def _too_large(estimates: dict[str, Estimate]) -> tuple[Reason, ...]:
    """Why a model does not fit into this machine's free memory with any estimated preset."""
    if not estimates or any(made.memory <= made.memory_free for made in estimates.values()):
        return ()
    least = min(estimates.values(), key=lambda made: made.memory)
    text = message("It needs about {needed:.1f} GB of memory, and {free:.1f} GB are free.")
    return (Reason(NEEDS_MEMORY, text.format(needed=least.memory / 1e9, free=least.memory_free / 1e9)),)


def as_json(seen: Feasibility) -> dict[str, Any]:
    """The answer of the `feasibility` command."""
    return {
        "shape": asdict(seen.shape),
        "order": seen.order,
        "models": [
            {
                "model": one.model,
                "level": one.level,
                "reasons": [reason.sentence for reason in one.reasons],
                "estimates": {
                    preset: {"seconds": made.seconds, "memory": made.memory, "device": made.device}
                    for preset, made in one.estimates.items()
                },
            }
            for one in seen.models
        ],
        "suggestions": [asdict(one) for one in seen.suggestions],
    }
