"""A new item: its vector is the catalogue's arithmetic, its ranks are those of a catalogue with one more row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from recsys.models.base import Shape
from recsys.models.inputs.content_embedding import content_embedding
from recsys.models.inputs.item_content import read_picture
from recsys.recommend.cold_item import NewItem, ranks_for_all, states_of, vector
from recsys.recommend.topk import rank_for
from recsys.sequences.candidates import Candidates
from tests.worlds.catalogue import CATEGORIES, LACKING, NUM_ITEMS, NUM_USERS, content, reader, text_of
from tests.worlds.logs import log_of, walking_a_cycle
from tests.worlds.small_models import SEQUENCE_MODELS, build_model

EVERYTHING = "title, text, category, price, picture"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The catalogue; some items lack something."""
    return content(tmp_path_factory.mktemp("catalogue"))


@pytest.fixture(scope="module")
def embedding(found):
    return content_embedding(reader("gru4rec", found))


def known_of(found, item):
    with Image.open(found.picture_files[item]) as picture:
        pixels = read_picture(picture)
    return NewItem(found.texts[item], CATEGORIES[found.category.codes[item]], found.prices[item], pixels)


@pytest.mark.parametrize("item", [1, 2, 3, 30])
def test_an_item_of_the_catalogue_gets_its_own_vector_without_the_id_part(found, embedding, item: int) -> None:
    parts = embedding.parts()
    expected = parts["text"] + parts["picture"] + parts["category"] + parts["price"]
    torch.testing.assert_close(vector(embedding, known_of(found, item)), expected[item], atol=1e-5, rtol=1e-5)


def test_what_is_not_given_counts_as_for_the_item_that_lacks_it(embedding) -> None:
    parts = embedding.parts()
    expected = sum(parts[name][LACKING] for name in ("text", "picture", "category", "price"))
    torch.testing.assert_close(vector(embedding, NewItem()), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(vector(embedding, NewItem(category="no such")), expected, atol=1e-5, rtol=1e-5)


def test_where_no_item_lacks_it_what_is_not_given_is_the_mean_of_the_touched_items(tmp_path: Path) -> None:
    embedding = content_embedding(reader("gru4rec", content(tmp_path, all_known=True)))
    parts = embedding.parts()
    expected = sum(parts[name][1:NUM_ITEMS].mean(0) for name in ("text", "picture", "category", "price"))
    torch.testing.assert_close(vector(embedding, NewItem()), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", SEQUENCE_MODELS)
def test_the_ranks_are_those_of_a_catalogue_with_the_row_appended(found, name: str) -> None:
    log, model = walking_a_cycle(NUM_USERS, NUM_ITEMS), reader(name, found)
    new = NewItem(text_of(5) + " oak", "garden", 11.0, known_of(found, 9).picture)
    more, users = appended(name, model, found, new), np.arange(NUM_USERS, 0, -2)
    states, new_D = states_of(model, log, users), vector(content_embedding(model), new)
    for repeats in (False, True):
        candidates = Candidates(np.arange(NUM_ITEMS + 1) != 0, hide_seen=not repeats)
        ranks = ranks_for_all(model, log, candidates, users, states, new_D)
        longer = Candidates(np.arange(NUM_ITEMS + 2) != 0, not repeats)
        expected = [rank_for(more, log.history(user), NUM_ITEMS + 1, longer, user=int(user)) for user in users]
        assert ranks.tolist() == expected
        assert len(set(expected)) > 1, "the case would prove nothing"


def appended(name, model, found, new):
    """The same model for a catalogue of one item more, which the towers read like all others."""
    tokens = found.vocabulary.encode([*found.texts, new.text])
    pictures = torch.cat([found.pictures_N3SS, torch.tensor(new.picture)[None]])
    longer = replace(
        found, texts=(*found.texts, new.text), num_items=NUM_ITEMS + 1, prices=np.append(found.prices, new.price),
        category=replace(found.category, codes=np.append(found.category.codes, CATEGORIES.index(new.category))),
    )  # fmt: skip
    longer.__dict__["vocabulary"] = found.vocabulary
    more = build_model(name, Shape(NUM_USERS, NUM_ITEMS + 1, content=longer), content=EVERYTHING).eval()
    old, embedding = content_embedding(model), content_embedding(more)
    ends = {
        "own.weight": torch.zeros(1, old.own.weight.shape[1]),
        "text_vectors": old.towers["text"](torch.from_numpy(tokens[-1:])),
        "picture_vectors": old.towers["picture"](pictures[-1:]),
        "category_codes": torch.tensor([CATEGORIES.index(new.category)]),
        "has_events": torch.tensor([False]),
    }
    logs = np.log(found.prices[np.isfinite(found.prices)])
    ends["price_numbers"] = torch.tensor([[(np.log(new.price) - logs.mean()) / logs.std(), 1]], dtype=torch.float32)
    weights = model.state_dict()
    for key, value in weights.items():
        part = next((end for end in ends if key.endswith(end) and value.shape[0] == NUM_ITEMS + 1), None)
        weights[key] = value if part is None else torch.cat([value, ends[part]])
    more.load_state_dict(weights)
    assert embedding.own.weight.shape[0] == NUM_ITEMS + 2
    return more


def test_a_tie_goes_to_the_item_of_the_catalogue_and_seen_items_stand_in_nobodys_way(found) -> None:
    model, log = reader("gru4rec", found), log_of([1, 2, 3], [4, 5], num_items=NUM_ITEMS)
    model.item_embedding.new_offset.zero_()  # a new item and one of the catalogue can then tie
    states = states_of(model, log, [1, 2])
    weight = model.item_embedding.weight.detach()
    order = [int(item) for item in (states[0] @ weight.T).argsort(descending=True) if item]
    twin = weight[order[4]]
    free = Candidates(np.arange(NUM_ITEMS + 1) != 0, hide_seen=False)
    assert ranks_for_all(model, log, free, [1], states[:1], twin).tolist() == [6]
    ahead = sum(item not in (1, 2, 3) for item in order[:5])
    assert ranks_for_all(model, log, replace(free, hide_seen=True), [1], states[:1], twin).tolist() == [1 + ahead]
