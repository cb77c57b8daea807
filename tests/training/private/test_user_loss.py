"""The gradient of a user, and what it may not depend on."""

import numpy as np
import pytest
import torch

from recsys.models.base import Shape
from recsys.sequences.split import leave_one_out
from recsys.training.losses import pair_loss
from recsys.training.private.user_loss import user_loss_of
from recsys.training.steps import SequenceSteps
from tests.worlds.logs import log_of, rated, without_a_rule
from tests.worlds.small_models import build_model

CPU = torch.device("cpu")
LOG = without_a_rule(num_users=7, num_items=30, length=14)  # longer than a window: several windows a user
MODELS = ["mlp", "gru4rec", "sasrec"]


def build(name, log=LOG, **settings):
    """In double precision, in evaluation mode: nothing is dropped or hidden."""
    settings = {"dropout": 0.0, "max_length": 4} | settings
    if name == "mlp":
        settings.pop("max_length")
    return build_model(name, Shape(log.num_users, log.num_items), **settings).double().eval()


def of_all_users(model, loss, log=LOG):
    """The sum of the users' gradients, and of their numbers of targets."""
    sums, count = [torch.zeros_like(parameter) for parameter in model.parameters()], 0
    for user in range(log.num_users + 1):
        result = loss.loss(user, np.random.default_rng(user), CPU)
        if result is not None:
            gradients = torch.autograd.grad(result[0], list(model.parameters()), materialize_grads=True)
            sums, count = [a + b for a, b in zip(sums, gradients, strict=True)], count + result[1]
    return sums, count


@pytest.mark.parametrize("name", ["gru4rec", "sasrec"])
def test_the_gradients_of_all_users_sum_to_that_of_the_whole_batch(name):
    model, split = build(name), leave_one_out(LOG)
    sums, count = of_all_users(model, user_loss_of(model, split))
    steps = SequenceSteps(model, split.train, hide_seen=True)
    whole, num_targets = steps.loss(steps.windows.batch(), CPU)
    assert count == num_targets == 7 * 11  # 14 events, two held out, the first is no target
    torch.testing.assert_close(sums, list(torch.autograd.grad(whole, list(model.parameters()))), rtol=1e-6, atol=1e-6)


def test_the_gradients_of_all_users_sum_to_that_of_all_pairs():
    model, split = build("mlp"), leave_one_out(LOG)
    pairs = []
    model.register_forward_pre_hook(lambda _, arguments: pairs.append(arguments))
    sums, count = of_all_users(model, user_loss_of(model, split))
    users_P, items_P = (torch.cat(parts) for parts in zip(*pairs, strict=True))
    is_event = set(zip(split.train.users.tolist(), split.train.items.tolist(), strict=True))
    labels_P = torch.tensor(
        [pair in is_event for pair in zip(users_P.tolist(), items_P.tolist(), strict=True)]
    ).double()
    whole = pair_loss(model(users_P, items_P), labels_P, torch.ones_like(labels_P))
    assert count == labels_P.sum() == 7 * 12
    torch.testing.assert_close(sums, list(torch.autograd.grad(whole, list(model.parameters()))), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_the_gradient_of_a_user_does_not_depend_on_others(name):
    others = without_a_rule(num_users=6, num_items=30, length=14, seed=5)
    first = LOG.history(1).tolist()
    log = log_of(first, *(others.history(user).tolist() for user in range(1, 7)), num_items=30)
    repeats = log_of(first, *([[1, 1, 2, 2, 1]] * 6), num_items=30)  # one user with repeats would unmask all
    gradients = []
    for data in (LOG, log, repeats):
        model = build(name, data)
        result = user_loss_of(model, leave_one_out(data)).loss(1, np.random.default_rng(1), CPU)
        gradients.append(torch.autograd.grad(result[0], list(model.parameters())))
    for gradient in gradients[1:]:
        torch.testing.assert_close(gradient, gradients[0], rtol=0, atol=0)


@pytest.mark.parametrize("name", MODELS)
def test_a_user_without_a_target_has_no_loss(name):
    log = log_of([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], num_items=30)
    split = leave_one_out(rated(log, *[5] * 6, *[1] * 6), liked_from=4)
    none = user_loss_of(build(name, log), split).loss(2, np.random.default_rng(0), CPU)
    assert none is None if name != "mlp" else none[1] == 4  # a pair model learns from dislikes


def test_negatives_come_from_the_whole_catalogue_and_never_from_the_users_events():
    log = log_of([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], num_items=8)  # nobody touched 6, 7 and 8
    model, pairs = build("mlp", log), []
    model.register_forward_pre_hook(lambda _, arguments: pairs.append(arguments))
    user_loss_of(model, leave_one_out(log)).loss(1, np.random.default_rng(0), CPU)
    items = pairs[0][1].tolist()
    assert items[:3] == [1, 2, 3]
    assert set(items[3:]) <= {4, 5, 6, 7, 8}
    assert set(items[3:]) & {6, 7, 8}
