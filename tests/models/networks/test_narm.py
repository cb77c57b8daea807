import numpy as np
import pytest
import torch

from recsys.data.interactions import PAD
from recsys.models.base import Shape
from recsys.models.networks.narm import SigmoidSum
from tests.worlds.small_models import build_model

ITEMS = torch.tensor([[PAD, PAD, 3, 1, 4], [5, 9, 2, 6, 8]])


@pytest.fixture(scope="module")
def model():
    found = build_model("narm", Shape(2, 9), attention_dim=5).eval()
    torch.nn.init.normal_(found.weigh, std=3, generator=torch.Generator().manual_seed(0))
    torch.nn.init.normal_(found.newest.weight, generator=torch.Generator().manual_seed(1))
    torch.nn.init.normal_(found.earlier.weight, generator=torch.Generator().manual_seed(2))
    return found


def attention_of(model):
    attention = []
    h_BLD = model.encode(model.embed(ITEMS), ITEMS != PAD, attention)
    return h_BLD, attention


def test_there_is_one_table_of_one_head(model):
    assert [tuple(table.shape) for table in attention_of(model)[1]] == [(2, 1, 5, 5)]  # batch, heads, from, to


def test_attention_sums_to_one_over_the_positions_so_far(model):
    (table,) = attention_of(model)[1]
    torch.testing.assert_close(table.sum(-1), torch.ones(2, 1, 5))
    assert (table.triu(1) == 0).all()
    assert (table[0, :, 2:, :2] == 0).all()  # no event looks at padding


def test_collecting_attention_changes_no_score(model):
    assert torch.equal(attention_of(model)[0], model.encode(model.embed(ITEMS), ITEMS != PAD))


def test_the_last_position_is_the_papers_formula(model):
    def plain(layer):
        return layer.weight.detach().double().numpy()

    memories, _ = model.gru(model.embed(ITEMS[1:]))
    h = memories[0].detach().double().numpy()
    logits = [model.weigh.detach().double().numpy() @ (1 / (1 + np.exp(-(plain(model.newest) @ h[-1] + plain(model.earlier) @ h_j)))) for h_j in h]  # fmt: skip
    shares = np.exp(logits) / np.exp(logits).sum()
    prepend_user = np.concatenate([h[-1], shares @ h])
    out = plain(model.out) @ prepend_user + model.out.bias.detach().double().numpy()
    found, (table,) = attention_of(model)
    np.testing.assert_allclose(table[1, 0, -1], shares, atol=1e-5)
    np.testing.assert_allclose(found[1, -1].detach(), (out - out.mean()) / np.sqrt(out.var() + 1e-5), atol=1e-4)


def compared(function):
    """(logits, gradients, largest tensor kept for the backward pass) of a look back over 6 events with A = 5."""
    draw = torch.Generator().manual_seed(3)
    inputs = [torch.randn(shape, generator=draw).requires_grad_() for shape in ((5,), (2, 6, 5), (2, 6, 5))]
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.numel()) or t, lambda t: t):
        logits = function(*inputs)
    (logits * torch.arange(72).view(2, 6, 6)).sum().backward()
    return logits.detach(), [x.grad for x in inputs], max(kept)


def plain_sum(weigh, newest, earlier):
    return torch.sigmoid(newest[:, :, None] + earlier[:, None]) @ weigh


def test_the_look_back_and_its_gradients_are_those_of_autograd():
    torch.testing.assert_close(compared(SigmoidSum.apply)[:2], compared(plain_sum)[:2])


def test_the_look_back_keeps_no_table_of_positions_for_the_backward_pass():
    assert compared(plain_sum)[2] == 2 * 6 * 6 * 5
    assert compared(SigmoidSum.apply)[2] == 2 * 6 * 5
