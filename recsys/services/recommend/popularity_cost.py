"""Price of less popular lists: NDCG on validation against coverage, Gini index and novelty, by strength.

The result is stored in the run folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from recsys.data.interactions import PAD
from recsys.errors import RunError, SettingError
from recsys.evaluation import lists
from recsys.evaluation.intervals import bootstrap_columns
from recsys.evaluation.list_report import users_of_items
from recsys.evaluation.metrics import CUT_OFF, HEADLINE, MISS, per_user
from recsys.evaluation.protocol import top_items
from recsys.messages import Message, message
from recsys.models.base import SCORE_ROWS
from recsys.recommend.diversity import POOL
from recsys.recommend.less_popular import penalised
from recsys.runs.popularity_record import PopularityPrice, PriceCurve, load_prices, save_prices
from recsys.sequences.candidates import mask_scores
from recsys.services.recommend.diversity_cost import SEED
from recsys.services.train.training import why_no_targets
from recsys.services.workspace.open_run import OpenRun

USERS = MAX_USERS = 2000  # sampled, by default and at most
SCORED = 0.9  # share of the work done once all users are scored
STRENGTHS = tuple(step / 20 for step in range(21))  # 0, 0.05 … 1: the steps of the slider


Tick = Callable[[float, str], None]  # share of the work done, current step


def check_strength(strength: float) -> None:
    """Raise SettingError if the strength of the penalty is out of bounds."""
    if not 0 <= strength <= 1:
        raise SettingError(
            message("The strength is {strength}; it must be a number from 0 to 1.", strength=strength),
            column="less_popular",
        )


def why_not(run: OpenRun) -> Message | None:
    """Why the price of this run cannot be measured; None where it can."""
    if len(run.split.validation):
        return None
    text = message("The effect of less popular lists cannot be measured: {reason}.")
    return text.format(reason=why_no_targets(run.split, "validation"))


@dataclass(frozen=True, eq=False)
class Pools:
    """The plain lists of U users before their validation event: items and scores [U, P], PAD and -inf where short."""

    items_UP: np.ndarray
    scores_UP: np.ndarray
    targets_U: np.ndarray


def measure(
    run: OpenRun,
    num_users: int = USERS,
    tick: Tick = lambda share, doing: None,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_user: Callable[[int, int], None] = lambda done, total: None,
) -> PriceCurve:
    """Evaluate all STRENGTHS on the lists of `num_users` sampled users, and store the prices.

    `on_user` is called with the number of users scored and their total. Where `should_stop` becomes true, the users scored
    so far are kept, unless an earlier measurement has more. Raises SettingError without users to evaluate on, and RunError
    where it is stopped before the first users are scored.
    """
    started = time.monotonic()
    if not 1 <= num_users <= MAX_USERS:
        text = message("{users} users were requested; it is a whole number from 1 to {most}.")
        raise SettingError(text.format(users=num_users, most=MAX_USERS))
    if reason := why_not(run):
        raise SettingError(reason)
    pools = popularity_pools(run, num_users, tick, should_stop, on_user)
    done = len(pools.targets_U)
    if not done:
        raise RunError(message("Stopped before the first user was measured: nothing is kept."))
    curve = PriceCurve(
        weights_sha256=run.record.weights_sha256,
        seed=SEED,
        num_users=done,
        num_asked=num_users,
        prices=tuple(popularity_prices(run, pools)),
        seconds=time.monotonic() - started,
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        stopped=done < min(num_users, len(run.split.validation)),
    )
    stored = load_prices(run.folder)
    if not curve.stopped or stored is None or stored.num_users <= curve.num_users:
        save_prices(run.folder, curve)
    tick(1.0, message("Done"))
    return curve


def popularity_pools(
    run: OpenRun,
    num_users: int = USERS,
    tick: Tick = lambda share, doing: None,
    should_stop: Callable[[], bool] = lambda: False,
    on_user: Callable[[int, int], None] = lambda done, total: None,
) -> Pools:
    """Score the sampled users in an order drawn at random: those before a stop are a sample, too."""
    targets = run.split.validation
    targets = targets.take(np.random.default_rng(SEED).permutation(len(targets))[:num_users])
    items, scores, done = [np.empty((0, POOL), dtype=np.int64)], [np.empty((0, POOL))], 0
    on_user(0, len(targets))
    while done < len(targets) and not should_stop():
        rows = range(done, min(done + SCORE_ROWS, len(targets)))
        histories = [targets.history(row) for row in rows]
        scores_BN = run.model.scores(histories, targets.users[rows], [targets.ratings(row) for row in rows])
        scores_BN = mask_scores(scores_BN, run.candidates.mask(histories))
        best_BP = top_items(scores_BN, POOL)
        missing = ((0, 0), (0, POOL - best_BP.shape[1]))  # of a catalogue smaller than a pool
        items.append(np.pad(best_BP.numpy(force=True), missing, constant_values=PAD))
        scores.append(np.pad(scores_BN.gather(1, best_BP).numpy(force=True), missing, constant_values=-np.inf))
        done = rows.stop
        on_user(done, len(targets))
        tick(SCORED * done / len(targets), message("User {number} of {users}", number=done, users=len(targets)))
    return Pools(np.concatenate(items), np.concatenate(scores), targets.items[:done])


def popularity_prices(run: OpenRun, pools: Pools, strengths: Sequence[float] = STRENGTHS) -> list[PopularityPrice]:
    """Evaluate each strength on the `popularity_pools` of the run."""
    assert len(pools.targets_U), "the mean of no user"
    train, num_items = run.split.train, run.split.log.num_items
    users_N = users_of_items(train.users, train.items, num_items)
    reranked = [_reranked(run, pools, strength) for strength in strengths]
    ndcg_US = np.stack([_ndcg(lists_UK, pools.targets_U) for lists_UK in reranked], axis=1)
    change_US = ndcg_US - _ndcg(pools.items_UP[:, :CUT_OFF], pools.targets_U)[:, None]
    low_S, high_S = bootstrap_columns(change_US)
    return [
        PopularityPrice(
            strength=strength,
            ndcg=float(ndcg_US[:, at].mean()),
            difference=(float(change_US[:, at].mean()), float(low_S[at]), float(high_S[at])),
            coverage=lists.coverage(lists_UK, num_items),
            gini=lists.gini(lists_UK, num_items),
            novelty=lists.mean(lists.novelty(lists_UK, users_N, train.num_users)) or 0.0,
        )
        for at, (strength, lists_UK) in enumerate(zip(strengths, reranked, strict=True))
    ]


def _reranked(run: OpenRun, pools: Pools, strength: float) -> np.ndarray:
    """[U, K] items of the re-ranked lists, as `less_popular` gives them."""
    counts_UP = run.split.train.item_counts[pools.items_UP]
    order_UP = np.argsort(-penalised(pools.scores_UP, counts_UP, strength), axis=1, kind="stable")
    return np.take_along_axis(pools.items_UP, order_UP[:, :CUT_OFF], axis=1)


def _ndcg(lists_UK: np.ndarray, targets_U: np.ndarray) -> np.ndarray:
    """[U] NDCG@10 of each list for its single target."""
    is_hit_UK = lists_UK == targets_U[:, None]
    ranks_U = np.where(is_hit_UK.any(1), is_hit_UK.argmax(1) + 1, MISS)
    return per_user(ranks_U, (CUT_OFF,))[HEADLINE]
