"""Whether the order of a history matters to a run, and how far tied timestamps move its metrics. Nothing is retrained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys.errors import SettingError
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, metric_label, per_user
from recsys.evaluation.protocol import ranks
from recsys.evaluation.shuffles import histories_only, is_tied, shuffle_histories, shuffle_ties
from recsys.evaluation.significance import PairedDifference, compare
from recsys.messages import NO_TEXT, Message, message, plural
from recsys.runs.order_record import OrderRecord, save_order
from recsys.sequences.split import SplitName, Targets
from recsys.services.models.baseline_verdict import p_text
from recsys.services.models.quality import stored_ranks
from recsys.services.workspace.open_run import OpenRun

SHUFFLES, MAX_SHUFFLES = 5, 100
QUICK_USERS, QUICK_SHUFFLES = 1000, 3  # of a measurement in a page, on a fixed sample: a few seconds
SEED = 20_240_501

Shuffle = Callable[[Targets, np.random.Generator], Targets]


@dataclass(frozen=True)
class Shuffled:
    """`HEADLINE` of a run with the histories as they are and shuffled, on `num_users` of the `num_all` evaluated users.

    `mean` is that over all shuffles, `low` and `high` the lowest and the highest of a single shuffle. `paired` is the
    difference per user, true order less the mean of the shuffles. `num_changed` users have another rank in some shuffle.
    """

    num_users: int
    num_all: int
    num_shuffles: int
    true: float
    mean: float
    low: float
    high: float
    paired: PairedDifference
    num_changed: int


@dataclass(frozen=True)
class OrderTest:
    """Effect of shuffled histories, with a verdict in words."""

    shuffled: Shuffled
    sentence: Message


@dataclass(frozen=True)
class TieTest:
    """Effect of the order of tied events. `num_tied_users` of the users have ties in their history; for
    `num_tied_targets` the target has the time of the event before it, so which of them is the target is arbitrary."""

    shuffled: Shuffled
    num_tied_users: int
    num_tied_targets: int
    sentence: Message


def order_test(
    run: OpenRun, num_shuffles: int = SHUFFLES, split: SplitName = "test", max_users: int | None = None
) -> OrderTest:
    """Evaluate with shuffled histories, on all users or on a fixed sample of `max_users`.

    Raises SettingError for a number of shuffles out of range, and RecsysError without users to evaluate on.
    """
    _check_number(num_shuffles, "shuffle_histories")
    shuffled = _evaluate(run, shuffle_histories, num_shuffles, split, max_users)
    return OrderTest(shuffled, message(" ").join(filter(None, [_order_sentence(run, shuffled), _sampled(shuffled)])))


def keep(run: OpenRun, test: OrderTest) -> None:
    """Store the result of the test split with the run, for the feasibility of models on its dataset."""
    shuffled = test.shuffled
    order = OrderRecord(
        weights_sha256=run.record.weights_sha256,
        num_users=shuffled.num_users,
        true=shuffled.true,
        shuffled=shuffled.mean,
        p=shuffled.paired.p,
        is_significant=shuffled.paired.is_significant,
        num_changed=shuffled.num_changed,
    )
    save_order(run.folder, order)


def tie_test(
    run: OpenRun, num_shuffles: int = SHUFFLES, split: SplitName = "test", max_users: int | None = None
) -> TieTest:
    """Evaluate with tied events of the histories shuffled; targets stay. Raises as `order_test`, and without times."""
    _check_number(num_shuffles, "shuffle_ties")
    log = run.dataset.interactions
    if log.times is None:
        text = message("Dataset {dataset} has no times, so no two events are tied: they keep the order of the file.")
        raise SettingError(text.format(dataset=run.dataset.name), column="shuffle_ties")
    shuffled = _evaluate(run, shuffle_ties, num_shuffles, split, max_users)
    targets = _sample(run, split, max_users)[1]
    histories = histories_only(targets).log
    num_tied_users = len(np.unique(histories.users[is_tied(histories)]))
    times, ends = targets.log.times, targets.ends[targets.ends > targets.log.offsets[targets.users]]
    assert times is not None
    num_tied_targets = int((times[ends] == times[ends - 1]).sum())
    sentence = _tie_sentence(shuffled, num_tied_users, num_tied_targets)
    return TieTest(
        shuffled, num_tied_users, num_tied_targets, message(" ").join(filter(None, [sentence, _sampled(shuffled)]))
    )


def _check_number(num_shuffles: int, name: str) -> None:
    if not 1 <= num_shuffles <= MAX_SHUFFLES:
        text = message("{shuffles} shuffles were requested; it is a whole number from 1 to {most}.")
        raise SettingError(text.format(shuffles=num_shuffles, most=MAX_SHUFFLES), column=name)


def _sample(run: OpenRun, split: SplitName, max_users: int | None) -> tuple[np.ndarray, Targets]:
    """Rows of the targets to evaluate, all or a fixed sample, and these targets."""
    targets = run.split.targets(split)
    rows = np.arange(len(targets))
    if max_users is not None and len(rows) > max_users:
        rows = np.sort(np.random.default_rng(SEED).choice(rows, max_users, replace=False))
    return rows, targets.take(rows)


def _evaluate(run: OpenRun, shuffle: Shuffle, num_shuffles: int, split: SplitName, max_users: int | None) -> Shuffled:
    true_ranks = stored_ranks(run, split)
    rows, targets = _sample(run, split, max_users)
    true_ranks, histories = true_ranks[rows], histories_only(targets)
    rng = np.random.default_rng(SEED)
    ranks_SU = np.stack([ranks(run.model, shuffle(histories, rng), run.candidates) for _ in range(num_shuffles)])
    true, shuffled_SU = _headline(true_ranks), np.stack([_headline(row) for row in ranks_SU])
    means_S = shuffled_SU.mean(1)
    return Shuffled(
        num_users=len(rows),
        num_all=len(run.split.targets(split)),
        num_shuffles=num_shuffles,
        true=float(true.mean()),
        mean=float(means_S.mean()),
        low=float(means_S.min()),
        high=float(means_S.max()),
        paired=compare(true, {"shuffled": shuffled_SU.mean(0)})["shuffled"],
        num_changed=int((ranks_SU != true_ranks).any(0).sum()),
    )


def _headline(ranks_U: np.ndarray) -> np.ndarray:
    return per_user(ranks_U, (CUT_OFF,))[HEADLINE]


def _order_sentence(run: OpenRun, shuffled: Shuffled) -> Message:
    if not shuffled.num_changed:
        text = message("Order does not matter for {model}: shuffled histories give every user the same rank.")
        return text.format(model=run.model.title)
    if not shuffled.paired.is_significant:
        text = message("Order does not matter significantly: {metric} is {true:.3f} in the true order and {mean:.3f} when "
                       "histories are shuffled ({p}).")  # fmt: skip
    elif shuffled.paired.mean > 0:
        text = message("Order matters: {metric} falls from {true:.3f} to {mean:.3f} when histories are shuffled ({p}).")
    else:
        text = message("Order misleads this model: {metric} rises from {true:.3f} to {mean:.3f} when histories are shuffled "
                       "({p}).")  # fmt: skip
    p = p_text(shuffled.paired.p)
    return text.format(metric=metric_label(HEADLINE), true=shuffled.true, mean=shuffled.mean, p=p)


def _tie_sentence(shuffled: Shuffled, num_tied_users: int, num_tied_targets: int) -> Message:
    if not num_tied_users:
        return message("No history has tied timestamps.")
    text = plural(
        "{n:,} of {users:,} users has tied timestamps. {metric} is {true:.3f} in file order and {low:.3f} to {high:.3f} "
        "with ties shuffled.",
        "{n:,} of {users:,} users have tied timestamps. {metric} is {true:.3f} in file order and {low:.3f} to {high:.3f} "
        "with ties shuffled.",
        num_tied_users,
        users=shuffled.num_users,
        metric=metric_label(HEADLINE),
        true=shuffled.true,
        low=shuffled.low,
        high=shuffled.high,
    )
    if not num_tied_targets:
        return text
    arbitrary = plural(
        "{n:,} held-out item is tied with the event before it; it stays the same.",
        "{n:,} held-out items are tied with the event before them; they stay the same.",
        num_tied_targets,
    )
    return message(" ").join([text, arbitrary])


def _sampled(shuffled: Shuffled) -> Message:
    if shuffled.num_users == shuffled.num_all:
        return NO_TEXT
    return message("Measured on {users:,} of {all:,} users.", users=shuffled.num_users, all=shuffled.num_all)


def as_json(test: OrderTest | TieTest) -> dict[str, Any]:
    """The `shuffled_histories` or `shuffled_ties` object of `evaluate --json`."""
    counts = {name: value for name, value in vars(test).items() if name.startswith("num_")}
    shuffled = {**vars(test.shuffled), "paired": vars(test.shuffled.paired), "metric": HEADLINE}
    return {**shuffled, **counts, "sentence": test.sentence}
