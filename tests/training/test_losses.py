from dataclasses import replace

import numpy as np
import pytest
import torch

from recsys.models.base import SequenceModel, Shape
from recsys.models.inputs.traits import Feature
from recsys.models.networks.gru4rec import GRU4Rec
from recsys.sequences.batches import SequenceBatch
from recsys.training import losses
from recsys.training.chance import Chance
from recsys.training.config import TrainingOptions
from recsys.training.device import resolve_device
from tests.worlds.small_models import SEQUENCE_MODELS, build_model

CPU = torch.device("cpu")
BATCH = SequenceBatch(
    items_BL=torch.tensor([[0, 1, 2], [3, 4, 5]]),
    targets_BL=torch.tensor([[0, 2, 3], [4, 5, 6]]),
    users_B=torch.tensor([1, 2]),
    firsts_B=torch.tensor([1, 0]),
)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_loss_is_the_summed_cross_entropy_over_the_catalogue_without_padding(name):
    model = build_model(name, Shape(2, 9)).eval()
    assert isinstance(model, SequenceModel)
    chances = torch.softmax(model(BATCH.items_BL)[..., 1:], dim=-1)
    real = [(0, 1, 2), (0, 2, 3), (1, 0, 4), (1, 1, 5), (1, 2, 6)]  # row, position, target
    by_hand = -np.mean([np.log(chances[row, place, target - 1].item()) for row, place, target in real])
    loss, targets = losses.next_item_loss(model, BATCH, False)
    assert targets == 5
    assert loss.item() == pytest.approx(targets * by_hand, rel=1e-5)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_who_asks_learns_the_first_event_of_a_user_and_not_that_of_a_later_stretch(name):
    ages = Feature("age", np.array([0, 1, 2]), ("unknown", "young", "old"))
    model = build_model(name, Shape(2, 9, user_features=(ages,))).eval()
    assert isinstance(model, SequenceModel)
    chances = torch.softmax(model(BATCH.items_BL, BATCH.users_B)[..., 1:], dim=-1)
    # row 0 begins with the user's first event, 1, after one place of padding; row 1 goes on with a history
    real = [(0, 1, 1), (0, 2, 2), (0, 3, 3), (1, 1, 4), (1, 2, 5), (1, 3, 6)]
    by_hand = -np.mean([np.log(chances[row, place, target - 1].item()) for row, place, target in real])
    loss, targets = losses.next_item_loss(model, BATCH, False)
    assert targets == 6
    assert loss.item() == pytest.approx(targets * by_hand, rel=1e-5)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_loss_is_that_of_what_was_read_with_its_ratings(name):
    ratings_BL = torch.tensor([[float("nan"), 5.0, 1.0], [4.0, float("nan"), 2.0]])
    model = build_model(name, Shape(2, 9, rating_edges=np.array([2, 3, 4, 5], dtype=np.float32))).eval()
    assert isinstance(model, SequenceModel)
    model.rating_embedding.table.weight.data *= 30
    chances = torch.softmax(model(BATCH.items_BL, None, ratings_BL)[..., 1:], dim=-1)
    real = [(0, 1, 2), (0, 2, 3), (1, 0, 4), (1, 1, 5), (1, 2, 6)]  # row, position, target
    by_hand = -np.mean([np.log(chances[row, place, target - 1].item()) for row, place, target in real])
    loss, targets = losses.next_item_loss(model, replace(BATCH, ratings_BL=ratings_BL), False)
    assert loss.item() == pytest.approx(targets * by_hand, rel=1e-5)
    assert loss.item() != pytest.approx(losses.next_item_loss(model, BATCH, False)[0].item(), rel=1e-5)


def test_the_size_of_the_chunks_changes_no_loss(monkeypatch):
    model = build_model("gru4rec", Shape(2, 9)).eval()
    whole = [losses.next_item_loss(model, BATCH, mask_seen)[0] for mask_seen in (False, True)]
    monkeypatch.setattr(losses, "CHUNK", 2)
    for mask_seen in (False, True):
        torch.testing.assert_close(losses.next_item_loss(model, BATCH, mask_seen)[0], whole[mask_seen])


@pytest.mark.parametrize("features", [(), (Feature("age", np.array([0, 1, 2]), ("unknown", "young", "old")),)])
@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_what_a_row_holds_so_far_is_no_rival_of_its_target(name, features):
    model = build_model(name, Shape(2, 9, user_features=features)).eval()
    assert isinstance(model, SequenceModel)
    shift = len(features)  # a place for who asks
    logits = model(BATCH.items_BL, BATCH.users_B if features else None)
    real = [(0, 1, [1], 2), (0, 2, [1, 2], 3), (1, 0, [3], 4), (1, 1, [3, 4], 5), (1, 2, [3, 4, 5], 6)]
    real = [(row, place + shift, before, target) for row, place, before, target in real]
    real += [(0, 1, [], 1)] if features else []  # the user's first event
    surprise = []
    for row, place, before, target in real:
        rivals = [item for item in range(1, 10) if item not in before]
        chances = torch.softmax(logits[row, place, rivals], dim=0)
        surprise.append(-np.log(chances[rivals.index(target)].item()))
    assert losses.next_item_loss(model, BATCH, True)[0].item() == pytest.approx(np.sum(surprise), rel=1e-5)


def test_what_the_user_had_before_the_row_does_not_compete_either():
    model = build_model("gru4rec", Shape(2, 9)).eval()
    batch = replace(BATCH, earlier_BE=torch.tensor([[0, 0], [9, 8]]))
    whole, masked = (losses.next_item_loss(model, b, True)[0].item() for b in (BATCH, batch))
    logits = model(BATCH.items_BL)[1].detach()
    by_hand = sum(
        float(torch.logsumexp(logits[place, rivals], 0) - torch.logsumexp(logits[place, [*rivals, 8, 9]], 0))
        for place, rivals in ((0, [1, 2, 4, 5, 6, 7]), (1, [1, 2, 5, 6, 7]), (2, [1, 2, 6, 7]))
    )
    assert masked - whole == pytest.approx(by_hand, rel=1e-4)


class Shifted(GRU4Rec):
    """Overrides both ends of the forward pass, each with a parameter of its own."""

    def __init__(self, shape, config):
        super().__init__(shape, config)
        self.embed_scale, self.score_scale = (torch.nn.Parameter(torch.ones(())) for _ in range(2))

    def embed(self, items_BL):
        return self.embed_scale * super().embed(items_BL)

    def project(self, h_D):
        return self.score_scale * super().project(h_D)


def test_an_overridden_embed_and_project_are_trained():
    model = Shifted(Shape(2, 9), GRU4Rec.Config(embedding_dim=8, hidden_dim=8))
    losses.next_item_loss(model, BATCH, True)[0].backward()
    assert model.embed_scale.grad.abs() > 0
    assert model.score_scale.grad.abs() > 0


def test_a_pair_loss_by_hand():
    # a "yes" and a "no" at a chance of one half cost log 2 each; a "no" of weight 0 costs nothing
    loss = losses.pair_loss(torch.tensor([0.0, 0.0, 50.0]), torch.tensor([1.0, 0.0, 0.0]), torch.tensor([1.0, 1.0, 0]))
    assert loss.item() == pytest.approx(2 * np.log(2))


def test_pairs_that_all_have_weight_0_cost_nothing():
    assert losses.pair_loss(torch.tensor([3.0]), torch.tensor([0.0]), torch.tensor([0.0])).item() == 0


def test_chance_goes_on_where_it_left_off():
    once, twice = Chance(3, CPU), Chance(3, CPU)
    with once.rng_scope():
        whole = torch.rand(4)
    parts = []
    for _ in range(2):
        with twice.rng_scope():
            parts.append(torch.rand(2))
        torch.rand(9)  # somebody else
    assert torch.equal(torch.cat(parts), whole)


def test_an_error_within_gives_the_global_generator_back():
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), Chance(3, CPU).rng_scope():
        1 / (torch.rand(1).numel() - 1)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_cpu_is_always_there():
    assert resolve_device("cpu") == CPU
    assert resolve_device("auto").type in ("cpu", "cuda", "mps")


def test_options_are_frozen_and_bounded():
    with pytest.raises(ValueError, match="frozen"):
        TrainingOptions().seed = 2
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        TrainingOptions(seed=-1)
