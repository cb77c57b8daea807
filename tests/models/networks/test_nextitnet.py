import numpy as np
import torch

from recsys.data.interactions import PAD
from recsys.models.base import Shape
from tests.worlds.small_models import build_model

HISTORY = [4, 1, 7, 2, 9, 3, 5]


def convolved(layer, rows, dilation):
    """A causal convolution, layer norm and ReLU, loop by loop, zeros before the first row."""
    weight, bias = (p.detach().double().numpy() for p in (layer.filters.weight, layer.filters.bias))
    kernel = weight.shape[2]
    found = []
    for place in range(len(rows)):
        total = bias.copy()
        for tap in range(kernel):
            source = place - (kernel - 1 - tap) * dilation
            if source >= 0:
                total += weight[:, :, tap] @ rows[source]
        found.append(np.maximum(0, (total - total.mean()) / np.sqrt(total.var() + 1e-5)))
    return np.array(found)


def test_a_block_is_two_convolutions_the_second_twice_as_dilated_added_to_its_input():
    model = build_model("nextitnet", Shape(2, 9), num_blocks=2).eval()
    x = model.embed(torch.tensor(HISTORY)).detach().double().numpy() * 4  # the root of 16 numbers an item
    for block, dilation in zip(model.blocks, (1, 4), strict=True):
        x = x + convolved(block.second, convolved(block.first, x, dilation), 2 * dilation)
    x = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)
    items = torch.tensor([HISTORY])
    np.testing.assert_allclose(model.encode(model.embed(items), items != PAD)[0].detach(), x, atol=1e-4)


def test_two_blocks_of_three_reach_thirty_events_back():
    model = build_model("nextitnet", Shape(2, 90), num_blocks=2, max_length=90).eval()
    history = np.arange(1, 51)
    for back, reaches in ((30, True), (31, False)):  # 2 * (1 + 2 + 4 + 8)
        other = history.copy()
        other[-1 - back] = 77
        same, changed = model.scores([history, other])
        assert torch.equal(same, changed) != reaches


def test_padding_is_zero_again_before_each_convolution():
    model = build_model("nextitnet", Shape(2, 9), num_blocks=2).eval()
    for block in model.blocks:
        for layer in (block.first, block.second):
            torch.nn.init.normal_(layer.filters.bias, generator=torch.Generator().manual_seed(0))
    short, padded = torch.tensor([HISTORY]), torch.tensor([[PAD] * 20 + HISTORY])
    torch.testing.assert_close(model(padded)[:, -7:], model(short), atol=1e-5, rtol=1e-5)
