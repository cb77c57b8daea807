import numpy as np
import pytest
import torch

from recsys.data.interactions import PAD
from recsys.errors import SettingError
from recsys.models.base import Shape
from recsys.models.networks.sasrec import SASRecConfig
from tests.worlds.small_models import build_model

ITEMS = torch.tensor([[PAD, PAD, 3, 1, 4], [5, 9, 2, 6, 8]])


@pytest.fixture(scope="module")
def model():
    found = build_model("sasrec", Shape(2, 9), num_blocks=2).eval()
    for block in found.blocks:
        torch.nn.init.normal_(block.distance_bias, generator=torch.Generator().manual_seed(0))
    return found


def attention_of(model):
    attention = []
    h_BLD = model.encode(model.embed(ITEMS), ITEMS != PAD, attention)
    return h_BLD, attention


def test_there_is_one_table_of_attention_a_layer(model):
    assert [tuple(table.shape) for table in attention_of(model)[1]] == [(2, 2, 5, 5)] * 2  # batch, heads, from, to


def test_attention_sums_to_one_over_the_positions_so_far(model):
    for table in attention_of(model)[1]:
        torch.testing.assert_close(table.sum(-1), torch.ones(2, 2, 5))
        assert (table.triu(1) == 0).all()


def test_no_event_looks_at_padding(model):
    for table in attention_of(model)[1]:
        assert (table[0, :, 2:, :2] == 0).all()


def test_collecting_attention_changes_no_score(model):
    h_BLD, _ = attention_of(model)
    torch.testing.assert_close(h_BLD, model.encode(model.embed(ITEMS), ITEMS != PAD), atol=1e-5, rtol=1e-5)


def test_the_distance_decides_alone_where_items_say_nothing(model):
    block = model.blocks[0]
    real = torch.ones(1, 3, dtype=torch.bool)
    table = []
    block.attend(torch.zeros(1, 3, 16), real, table)
    bias = block.distance_bias[:, :3].flip(-1)  # the third position stands 2, 1 and 0 from what it looks at
    torch.testing.assert_close(table[0][0, :, 2], torch.softmax(bias, -1).detach())


def test_a_history_as_long_as_max_length_is_read_whole():
    model = build_model("sasrec", Shape(2, 30), max_length=20).eval()
    full = np.arange(1, 21)
    assert not torch.equal(*model.scores([full, np.array([30, *full[1:]])]))


def test_heads_must_divide_the_width():
    with pytest.raises(SettingError, match="embedding_dim 64 must be a multiple of num_heads 3"):
        SASRecConfig.from_settings(settings={"num_heads": 3})
