"""The GRU of few rows is PyTorch's."""

import pytest
import torch
from torch import nn

from recsys.models.networks.gru import FEW_ROWS, GRU, Recurrence


def layers_of(num_layers, dropout=0.0):
    torch.manual_seed(3)
    theirs = nn.GRU(5, 7, num_layers, bias=False, batch_first=True, dropout=dropout)
    ours = GRU(5, 7, num_layers, bias=False, batch_first=True, dropout=dropout)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("num_rows", [1, 3, FEW_ROWS, FEW_ROWS + 1])
def test_states_and_gradients_are_those_of_pytorch(num_rows, num_layers):
    x, weight = torch.randn(num_rows, 9, 5), torch.randn(num_rows, 9, 7)
    results = []
    for layers in layers_of(num_layers):
        inputs = x.clone().requires_grad_()
        states, newest = layers(inputs)
        results.append([states, newest, *torch.autograd.grad((states * weight).sum(), [inputs, *layers.parameters()])])
    for theirs, ours in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_the_way_back_agrees_with_finite_differences():
    x, across = torch.randn(4, 2, 9, dtype=torch.double), torch.randn(9, 3, dtype=torch.double)
    assert torch.autograd.gradcheck(Recurrence.apply, (x.requires_grad_(), across.requires_grad_()))


def test_without_a_gradient_the_states_are_the_bits_of_pytorch():
    theirs, ours = layers_of(1)
    x = torch.randn(2, 6, 5)
    with torch.no_grad():
        assert torch.equal(ours(x)[0], theirs(x)[0])


def test_dropout_stands_between_layers_while_training_only():
    _, ours = layers_of(2, dropout=0.9)
    x = torch.randn(1, 6, 5)
    assert not torch.equal(ours(x)[0], ours(x)[0])
    ours.eval()
    assert torch.equal(ours(x)[0], ours(x)[0])
