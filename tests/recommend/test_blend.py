"""A blend: the weighted sum of standardised scores, whatever the windows of its parts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity, normalize

from recsys.explain import Situation, methods_for
from recsys.explain.methods.leave_one_out import leave_one_out
from recsys.models.base import Recommender, Shape
from recsys.recommend.blend import Blend, candidates_of_all, models_in, standardised
from recsys.recommend.diversity import diversify
from recsys.recommend.similar import item_vectors
from recsys.recommend.topk import recommend
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out as split_of
from tests.worlds.logs import log_of
from tests.worlds.ring_models import NUM_ITEMS, build, candidates
from tests.worlds.small_models import build_model

HISTORIES = [np.array([3, 9, 4, 11, 7, 2, 25, 8]), np.array([6]), np.array([], dtype=np.int64)]
USERS = [1, 2, 0]


def blend(*parts: tuple[Recommender, float]) -> Blend:
    return Blend([part for part, _ in parts], [weight for _, weight in parts], candidates().scorable)


def by_hand(model: Recommender, row: int) -> np.ndarray:
    """[num_items] standardised scores of the real items, in plain numpy."""
    scores = model.scores(HISTORIES, USERS)[row].double().numpy()[1:]
    spread = scores.std()
    return (scores - scores.mean()) / spread if np.ptp(scores) else np.zeros(NUM_ITEMS)


def test_scores_are_the_weighted_sum_written_out_by_hand() -> None:
    one, other, third = build("sasrec"), build("ease"), build("mlp")
    mixed = blend((one, 0.5), (other, 0.3), (third, 0.2))
    found = mixed.scores(HISTORIES, USERS).numpy()
    for row in range(len(HISTORIES)):
        wanted = 0.5 * by_hand(one, row) + 0.3 * by_hand(other, row) + 0.2 * by_hand(third, row)
        np.testing.assert_allclose(found[row, 1:], wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["sasrec", "gru4rec", "caser", "markov", "ease", "mlp", "popularity"])
def test_a_part_with_weight_1_is_suggested_from_as_if_it_were_alone(name: str) -> None:
    part = build(name)
    mixed = blend((part, 1.0), (build("item_knn"), 0.0))
    for history, user in zip(HISTORIES, USERS, strict=True):
        alone = recommend(part, history, candidates(), user=user, k=NUM_ITEMS)
        assert [r.item for r in recommend(mixed, history, candidates(), user=user, k=NUM_ITEMS)] == [
            r.item for r in alone
        ]


def test_each_part_reads_its_own_window() -> None:
    short, long = build("sasrec", max_length=2), build("gru4rec", max_length=5)
    mixed = blend((short, 0.5), (long, 0.5))
    assert mixed.window == 5
    scores = mixed.scores(HISTORIES[:1])
    for part in (short, long):
        assert part.window is not None
    wanted = 0.5 * standardised(short.scores([HISTORIES[0][-2:]]), mixed.scorable_N)
    wanted += 0.5 * standardised(long.scores([HISTORIES[0][-5:]]), mixed.scorable_N)
    torch.testing.assert_close(scores, wanted)
    assert blend((short, 0.5), (build("ease"), 0.5)).window is None
    assert blend((build("popularity"), 0.5), (build("mlp"), 0.5)).window == 0


def test_a_part_that_says_the_same_of_every_item_says_nothing() -> None:
    scorable = torch.tensor([False, True, True, True])
    assert standardised(torch.tensor([[9.0, 0.1, 0.1, 0.1]]), scorable)[0, 1:].tolist() == [0, 0, 0]
    nothing = blend((build("ease"), 0.5), (build("popularity"), 0.5)).scores([HISTORIES[2]])
    torch.testing.assert_close(
        nothing, 0.5 * standardised(build("popularity").scores([HISTORIES[2]]), torch.from_numpy(candidates().scorable))
    )


def test_standard_scores_have_mean_0_and_deviation_1_over_the_items_with_events_alone() -> None:
    scorable = torch.tensor([False, True, False, True])
    found = standardised(torch.tensor([[100.0, 1.0, 50.0, 3.0]]), scorable)[0]
    assert (found[1].item(), found[3].item()) == (-1.0, 1.0)


def test_scores_that_differ_in_the_last_bit_stay_apart() -> None:
    close = torch.tensor([[0.0, 1.9999999, 1.9999998, -50.0]])
    found = standardised(close, torch.tensor([False, True, True, True]))[0]
    assert close[0, 1] > close[0, 2]
    assert found[1] > found[2]


def test_leaving_one_event_out_equals_asking_again_without_it() -> None:
    mixed = blend((build("sasrec", max_length=4), 0.6), (build("ease"), 0.4))
    situation = Situation.of(mixed, HISTORIES[0], 20, candidates(), user=1)
    told = leave_one_out(situation)
    assert [part.position for part in told.contributions] == list(range(8))
    full = mixed.scores([HISTORIES[0]], [1])[0, 20]
    allowed = situation.allowed_N
    for part in told.contributions:
        again = mixed.scores([np.delete(HISTORIES[0], part.position)], [1])[0]
        assert part.value == pytest.approx(float(full - again[20]), abs=1e-6)
        assert part.rank_without == 1 + int((again[torch.from_numpy(allowed)] > again[20]).sum())


def test_a_blend_of_networks_has_neither_gradients_nor_attention_of_its_own() -> None:
    assert methods_for(blend((build("sasrec"), 0.5), (build("narm"), 0.5))) == ["leave_one_out", "shapley"]


def test_items_are_as_alike_as_the_parts_find_them_on_average() -> None:
    one, other = build("sasrec"), build("gru4rec")
    mixed = blend((one, 0.2), (other, 0.6), (build("ease"), 0.2))
    vectors = item_vectors(mixed)
    assert vectors is not None
    likeness = [
        cosine_similarity(table[3], table[8], dim=0)
        for table in (one.item_embedding.weight, other.item_embedding.weight)  # type: ignore[union-attr]
    ]
    wanted = (0.2 * likeness[0] + 0.6 * likeness[1]) / 0.8
    torch.testing.assert_close(cosine_similarity(vectors[3], vectors[8], dim=0), wanted.detach())
    assert item_vectors(blend((build("ease"), 0.5), (build("markov"), 0.5))) is None


def test_a_blend_can_be_made_diverse() -> None:
    mixed = blend((build("sasrec"), 0.5), (build("gru4rec"), 0.5))
    pool = recommend(mixed, HISTORIES[0], candidates(), k=NUM_ITEMS)
    vectors = item_vectors(mixed)
    assert vectors is not None
    found = diversify(pool, normalize(vectors, dim=-1).numpy(), 5, 0.5)
    assert found[0].item == pool[0].item
    assert [r.item for r in found] != [r.item for r in pool[:5]]


def test_the_models_of_a_blend_are_its_parts_and_any_other_is_alone() -> None:
    part = build("ease")
    assert models_in(part) == [part]
    assert models_in(blend((part, 1.0))) == [part]


def test_items_without_an_event_do_not_move_a_score() -> None:
    part, scorable = build("sasrec"), candidates().scorable.copy()
    before = Blend([part], [1.0], scorable).scores(HISTORIES)
    scorable[30] = False
    some = Candidates(scorable, hide_seen=True)
    with torch.no_grad():
        part.item_embedding.weight[30] += 100  # type: ignore[union-attr,operator]
    after = Blend([part], [1.0], some.scorable).scores(HISTORIES)
    assert torch.isfinite(after[:, 1:30]).all()
    assert not torch.equal(before[:, 1:30], after[:, 1:30])  # 30 items were standardised over, then 29
    own = part.scores(HISTORIES).double()[:, 1:30]
    torch.testing.assert_close(
        after[:, 1:30], (own - own.mean(1, keepdim=True)) / own.std(1, correction=0, keepdim=True)
    )


def test_a_blend_scores_new_items_only_where_every_part_does() -> None:
    ids, content, split = build("sasrec"), build("gru4rec"), split_of(log_of([1, 2], [2, 3], num_items=5))
    content.scores_cold = True
    for parts, wanted in (([content], [1, 2, 3, 4, 5]), ([content, ids], [1, 2, 3])):
        scorable = candidates_of_all(parts, split).scorable
        assert np.flatnonzero(scorable).tolist() == wanted
        assert Blend(parts, [1 / len(parts)] * len(parts), candidates().scorable).scores_cold == (len(wanted) == 5)


def test_a_part_that_reads_ratings_gets_those_of_its_own_window() -> None:
    edges = np.array([2, 3, 4, 5], dtype=np.float32)
    rating = build_model("gru4rec", Shape(4, NUM_ITEMS, rating_edges=edges), max_length=3).eval()
    rating.rating_embedding.table.weight.data *= 50
    plain = build("sasrec", max_length=6)
    mixed, without = blend((rating, 0.5), (plain, 0.5)), blend((plain, 1.0))
    ratings = [np.array([1, 5, 2, 4, 3, 1, 5, 2], dtype=np.float32), np.array([5], dtype=np.float32), None]
    found = mixed.scores(HISTORIES, USERS, ratings).numpy()
    for row, given in enumerate(ratings):
        own = rating.scores([HISTORIES[row]], [USERS[row]], [given])[0].double().numpy()[1:]
        wanted = 0.5 * (own - own.mean()) / own.std() + 0.5 * by_hand(plain, row)
        np.testing.assert_allclose(found[row, 1:], wanted, rtol=1e-4, atol=1e-4)
    assert (mixed.reads_ratings, without.reads_ratings) == (True, False)
    assert np.abs(found - mixed.scores(HISTORIES, USERS).numpy())[:2, 1:].max() > 1e-3
