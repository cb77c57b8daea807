import numpy as np
import pytest
import torch

from recsys.data.interactions import PAD
from recsys.models.base import Shape
from tests.worlds.small_models import build_model

HISTORY = [4, 1, 7, 2]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def parameters(model):
    """W, U and b of the first layer: its two biases are one."""
    w, u, b, c = (model.layers.get_parameter(f"{n}_l0") for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    return tuple(tensor.detach().double().numpy() for tensor in (w, u, b + c))


def memories(model, items):
    """The formula, step by step, from a state of zeros."""
    w, u, b = parameters(model)
    memory = cell = np.zeros(16)
    for x in model.embed(torch.tensor(items)).detach().double().numpy():
        pre = w @ x + u @ memory + b
        if model.name == "rnn":
            memory = np.tanh(pre)
        else:
            put, keep, new, show = np.split(pre, 4)
            cell = sigmoid(keep) * cell + sigmoid(put) * np.tanh(new)
            memory = sigmoid(show) * np.tanh(cell)
        yield memory


@pytest.fixture(params=["rnn", "lstm"])
def model(request):
    return build_model(request.param, Shape(2, 9)).eval()


def remembered(model, items):
    """What the recurrence hands to the dense layer."""
    seen = []
    hook = model.out.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    model(torch.tensor(items))
    hook.remove()
    return seen[0].numpy()


def test_the_recurrence_is_that_of_the_textbook_with_its_bias(model):
    np.testing.assert_allclose(remembered(model, [HISTORY])[0], list(memories(model, HISTORY)), atol=1e-6)
    assert parameters(model)[2].any()


def test_the_recurrence_starts_at_each_rows_first_real_event(model):
    found = remembered(model, [[PAD, PAD, *HISTORY], [PAD, 9, *HISTORY], [PAD] * 6])
    np.testing.assert_allclose(found[0, 2:], list(memories(model, HISTORY)), atol=1e-6)
    np.testing.assert_allclose(found[1, 1:], list(memories(model, [9, *HISTORY])), atol=1e-6)


def test_the_state_is_zero_until_the_first_real_event(model):
    found = remembered(model, [[PAD, PAD, *HISTORY], [PAD] * 6])
    assert not found[0, :2].any()
    assert not found[1].any()


def test_an_embedding_of_zeros_at_a_real_event_is_a_step_like_any_other(model):
    # explanations vary the embeddings and leave the mask as it is
    with torch.no_grad():
        real = model.encode(torch.zeros(1, 3, 16), torch.ones(1, 3, dtype=torch.bool))
        none = model.encode(torch.zeros(1, 3, 16), torch.zeros(1, 3, dtype=torch.bool))
    assert not torch.allclose(real[0, 2], real[0, 1], atol=1e-4)
    assert torch.equal(none[0, 2], none[0, 1])


def test_no_slope_leads_to_padding(model):
    x = model.embed(torch.tensor([[PAD, PAD, 4, 1]])).detach().requires_grad_()
    model.encode(x, torch.tensor([[False, False, True, True]]))[:, -1, 0].sum().backward()
    assert not x.grad[0, :2].any()
    assert x.grad[0, 2:].any(dim=1).all()
