"""What a step learns from where only liked events are targets: against a loss worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from recsys.data.interactions import PAD, Interactions
from recsys.errors import SettingError
from recsys.models.base import Shape
from recsys.sequences.batches import SequenceBatch, training_windows
from recsys.sequences.split import leave_one_out
from recsys.training.steps import PairSteps, SequenceSteps
from recsys.training.trainer import BatchDone, Trainer, fit
from tests.worlds.logs import log_of, without_a_rule
from tests.worlds.small_models import build_model

CPU = torch.device("cpu")
LIKED_FROM = 4


@pytest.fixture(scope="module")
def log() -> Interactions:
    plain = without_a_rule(num_users=40, num_items=20)
    return replace(plain, ratings=np.random.default_rng(5).integers(1, 6, len(plain)).astype(np.float32))


def sequence_steps(name: str, log: Interactions, liked_from: float | None = LIKED_FROM) -> SequenceSteps:
    return SequenceSteps(build_model(name, Shape(40, 20), dropout=0.0), log, liked_from, hide_seen=False)


@pytest.mark.parametrize("name", ["gru4rec", "sasrec"])
def test_the_loss_is_that_of_the_liked_targets_alone(name: str, log: Interactions) -> None:
    steps = sequence_steps(name, log)
    batch = steps.largest()
    loss, counted = steps.loss(batch, CPU)
    chances = F.log_softmax(steps.model(batch.items_BL)[..., 1:], dim=-1).detach()
    by_hand = [
        -float(chances[row, place, batch.targets_BL[row, place] - 1])
        for row in range(len(batch.items_BL))
        for place in range(batch.items_BL.shape[1])
        if batch.targets_BL[row, place] != PAD
    ]
    assert loss.item() == pytest.approx(np.sum(by_hand), rel=1e-5)
    assert counted == len(by_hand) < int((batch.items_BL != PAD).sum())


@pytest.mark.parametrize("name", ["gru4rec", "sasrec"])
def test_what_was_not_liked_is_read_on_the_way_to_what_was(name: str, log: Interactions) -> None:
    steps = sequence_steps(name, log)
    targets_BL, no_one = torch.tensor([[PAD, 2]]), torch.tensor([PAD])
    told = [
        steps.loss(SequenceBatch(torch.tensor([[1, not_liked]]), targets_BL, no_one, no_one), CPU)
        for not_liked in (3, 7)
    ]
    assert [counted for _, counted in told] == [1, 1]
    assert told[0][0].item() != told[1][0].item()


def test_every_liked_target_of_the_log_and_no_other_is_learnt(log: Interactions) -> None:
    steps = sequence_steps("gru4rec", log)
    learnt = [b.targets_BL[b.targets_BL != PAD] for _, b in steps.batches(np.random.default_rng(0))]
    not_first = np.concatenate([[False], log.users[1:] == log.users[:-1]])
    wanted = log.items[not_first & (log.ratings >= LIKED_FROM)]
    assert sorted(torch.cat(learnt).tolist()) == sorted(wanted.tolist())


@pytest.mark.parametrize("name", ["gru4rec", "mlp"])
def test_the_weight_of_a_target_does_not_depend_on_its_neighbours(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """20 short histories and 2 long ones: where each target adds w to its batch's loss, every slope of w is its share."""
    log = log_of(*[[1, 2, 3, 4, 5]] * 20, *[list(range(1, 19))] * 2, num_items=20)
    trainer = Trainer(build_model(name, Shape(22, 20), batch_size=7, epochs=1), leave_one_out(log), seed=1, device=CPU)
    w = next(trainer.model.parameters())
    loss, seen = trainer.steps.loss, []
    monkeypatch.setattr(trainer.steps, "loss", lambda b, d: (w.flatten()[-1] * loss(b, d)[1], loss(b, d)[1]))
    monkeypatch.setattr(trainer.optimizer, "step", lambda: seen.append(float(w.grad.flatten()[-1])))
    num_targets = [event.targets for event in trainer.run() if isinstance(event, BatchDone)]
    assert len(num_targets) > 3
    slopes = [slope / num for slope, num in zip(seen, num_targets, strict=True)]
    assert slopes == pytest.approx([len(num_targets) / sum(num_targets)] * len(num_targets))


def test_seen_items_compete_only_where_the_setting_says_so(log: Interactions) -> None:
    masks = [
        SequenceSteps(build_model("gru4rec", Shape(40, 20), mask_seen=setting), log, hide_seen=hide_seen).masks_seen
        for setting, hide_seen in (("on", True), ("off", True), ("on", False))
    ]
    assert masks == [True, False, False]


def test_too_few_liked_steps_are_refused_in_words(log: Interactions) -> None:
    ratings = np.ones(len(log), dtype=np.float32)
    ratings[[1, 2, 12]] = 5
    with pytest.raises(SettingError, match=r"has 3 such steps to an event rated 4 or more .* lower liked_from"):
        sequence_steps("gru4rec", replace(log, ratings=ratings))


def test_the_dense_network_is_told_no_of_what_was_not_liked_without_sampled_ones_beside(log: Interactions) -> None:
    steps = PairSteps(build_model("mlp", Shape(40, 20), negatives=3, batch_size=50), log, LIKED_FROM)
    liked = set(zip(log.users[log.ratings >= LIKED_FROM], log.items[log.ratings >= LIKED_FROM], strict=True))
    touched = set(zip(log.users, log.items, strict=True))
    seen: list[tuple[int, int]] = []
    for _, (users, items, labels, weights) in steps.batches(np.random.default_rng(0)):
        assert not labels[:, 1:].any()
        for user, row, is_yes, counts in zip(users, items, labels[:, 0], weights, strict=True):
            seen.append((user, row[0]))
            assert is_yes == ((user, row[0]) in liked)
            assert counts[0]
            assert counts[1:].tolist() == [bool(is_yes) and (user, item) not in touched for item in row[1:]]
    assert sorted(seen) == sorted(touched)


def test_the_dense_networks_loss_weighs_every_pair_that_counts_by_the_pairs_of_a_mean_event(log: Interactions) -> None:
    steps = PairSteps(build_model("mlp", Shape(40, 20), negatives=2, batch_size=30), log, LIKED_FROM)
    steps.model.eval()
    users, items, labels, weights = steps.largest()
    loss, counted = steps.loss((users, items, labels, weights), CPU)
    terms = []
    for row, column in zip(*np.nonzero(weights), strict=True):
        logit = steps.model(torch.tensor([users[row]]), torch.tensor([items[row, column]]))
        chance = torch.sigmoid(logit).item()
        terms.append(-np.log(chance if labels[row, column] else 1 - chance))
    assert counted == len(users)
    assert loss.item() == pytest.approx(np.sum(terms) / (1 + 2 * steps.is_positive.mean()), rel=1e-4)


def test_a_pair_weighs_the_same_beside_many_liked_events_and_beside_few(log: Interactions) -> None:
    steps = PairSteps(build_model("mlp", Shape(40, 20), negatives=1, batch_size=30), log, LIKED_FROM)
    steps.model.eval()
    users, items, _, _ = steps.largest()

    def loss(weights: np.ndarray) -> float:
        labels = np.zeros_like(items, dtype=bool)
        labels[:, 0] = True
        return steps.loss((users, items, labels, weights), CPU)[0].item()

    few, more = np.zeros_like(items, dtype=bool), np.ones_like(items, dtype=bool)
    few[:2] = True
    first, more[0, 0] = few.copy(), False
    first[0, 0] = False
    assert loss(few) - loss(first) == pytest.approx(loss(np.ones_like(more)) - loss(more), rel=1e-3)


def test_a_batch_that_went_to_the_device_still_masks_what_came_before_the_window() -> None:
    """Six events in windows of two: what the user had before a window stands in no window of the batch."""
    log = log_of(*[[1, 2, 3, 4, 5, 6]] * 8, num_items=9)
    steps = SequenceSteps(build_model("gru4rec", Shape(8, 9), max_length=2), log, hide_seen=True)
    steps.model.eval()
    _, batch = next(steps.batches(np.random.default_rng(0)))
    total = 0.0
    for row, user in enumerate(batch.users_B.tolist()):
        for at in range(batch.items_BL.shape[1]):
            target = int(batch.targets_BL[row, at])
            if target == PAD:
                continue
            before = log.history(user)[: list(log.history(user)).index(target)]
            state = steps.model.encode(
                *steps.model.inputs(batch.items_BL[row : row + 1], batch.users_B[row : row + 1], None)
            )
            scores = steps.model.project(state[0, at])
            scores[torch.from_numpy(before)] = -torch.inf
            total += float((torch.logsumexp(scores[PAD + 1 :], 0) - scores[target]).detach())
    assert steps.loss(batch, CPU)[0].item() == pytest.approx(total, rel=1e-4)


def test_the_largest_batch_holds_the_user_with_most_events_before_the_window() -> None:
    """40 users with 5 events and, among them, one with 30: a window of 2 inputs leaves up to 27 events before it."""
    log = log_of(*[range(1, 6)] * 20, range(1, 31), *[range(1, 6)] * 20, num_items=30)
    for batch_size in (1, 4, 8):
        steps = SequenceSteps(
            build_model("gru4rec", Shape(41, 30), max_length=2, batch_size=batch_size), log, hide_seen=True
        )
        assert steps.largest().earlier_BE.shape[1] == 27


def test_with_user_features_the_first_events_count_in_the_size_of_a_batch(log: Interactions) -> None:
    windows = training_windows(log, 5)
    with_firsts = training_windows(log, 5, with_firsts=True)
    is_first = with_firsts.starts == log.offsets[log.users[with_firsts.starts]]
    assert (with_firsts.targets_each - windows.targets_each).tolist() == is_first.astype(int).tolist()
    assert is_first.any() and not is_first.all()


@pytest.mark.parametrize("name", ["popularity", "recent_popularity", "markov", "ease", "item_knn"])
def test_a_closed_form_is_fitted_on_what_was_liked(name: str, log: Interactions) -> None:
    liked, by_hand = (build_model(name, Shape(40, 20)) for _ in range(2))
    split = leave_one_out(log, liked_from=LIKED_FROM)
    fit(liked, split)
    by_hand.fit(split.train.keep(split.train.ratings >= LIKED_FROM))
    every = build_model(name, Shape(40, 20))
    fit(every, leave_one_out(log))
    ours, theirs, others = (list(model.state_dict().values()) for model in (liked, by_hand, every))
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(ours, others, strict=True))


def test_popularity_is_a_count_of_liked_events(log: Interactions) -> None:
    model, split = build_model("popularity", Shape(40, 20)), leave_one_out(log, liked_from=LIKED_FROM)
    fit(model, split)
    counts = [int(((split.train.items == item) & (split.train.ratings >= LIKED_FROM)).sum()) for item in range(21)]
    assert model.counts.tolist() == pytest.approx([count / sum(counts) for count in counts])
