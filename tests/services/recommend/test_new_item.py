"""A new item in a person's words: what is refused, what is said about it, and the list it would stand in."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from recsys.errors import DataError, SettingError
from recsys.recommend.topk import recommend
from recsys.services.recommend import new_item
from recsys.services.recommend.new_item import NewItemRequest, Placed, place, readers, reads, why_no_new_item
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun
from tests.worlds.shops import NUM_ITEMS, NUM_USERS, import_shop, train_small

SEEN = "title, category, price, picture"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return open_workspace(tmp_path_factory.mktemp("newitem") / "home")


@pytest.fixture(scope="module")
def shop_id(workspace: Workspace) -> str:
    return import_shop(workspace, workspace.path.parent)


@pytest.fixture(scope="module")
def run(workspace: Workspace, shop_id: str) -> OpenRun:
    return train_small(workspace, shop_id, "gru4rec", "content", content=SEEN)


def placed(run: OpenRun, **typed) -> Placed:
    return place(run, NewItemRequest(**typed), readers(run))


def test_a_twin_of_an_item_without_events_stands_right_behind_it(workspace: Workspace, shop_id: str) -> None:
    run = train_small(workspace, shop_id, "gru4rec", "cold", cold_share=0.2, content="category, price")
    untouched = np.flatnonzero(run.split.train.item_counts[1:] == 0) + 1
    twin = int(next(item for item in untouched if run.dataset.items["category"].iat[item] == "red"))
    found = placed(run, category="red", price=float(run.dataset.items["price"].iat[twin]))
    assert found.alike[0].item_id == run.dataset.interactions.item_ids[twin]
    assert found.alike[0].cosine == pytest.approx(1, abs=1e-5)
    assert found.notes == ()
    assert len(found.takers) == 20
    assert [one.rank for one in found.takers] == sorted(one.rank for one in found.takers)
    log = run.dataset.interactions
    for taker in found.takers:
        history = log.history(run.user(taker.user_id))
        assert taker.latest == tuple(run.dataset.title(int(item)) for item in history[:-4:-1])
        beside = {r.item: r.rank for r in recommend(run.model, history, run.candidates, k=NUM_ITEMS)}
        if twin in beside:  # it was not seen
            assert taker.rank - beside[twin] in (0, 1)  # equal but for the last bits


def test_the_shares_are_those_of_the_ranks(run: OpenRun) -> None:
    found = placed(run, title="Thing")
    assert (found.num_users, found.of_users, found.num_items) == (NUM_USERS, NUM_USERS, NUM_ITEMS)
    assert found.in_top[50] == 1
    assert found.in_top[10] * NUM_USERS == pytest.approx(round(found.in_top[10] * NUM_USERS))
    assert (found.in_top[10] >= 0.5) == (found.median_rank <= 10)


def test_many_users_are_a_sample(run: OpenRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_item, "MAX_USERS", 7)
    found = placed(run, title="Thing")
    assert (found.num_users, found.of_users, len(found.takers)) == (7, NUM_USERS, 7)


def test_words_and_a_category_that_the_model_does_not_know_are_named(run: OpenRun) -> None:
    notes = placed(run, title="Thing of gold, gold Thing", category="blue").notes
    assert notes[0] == "3 of 5 words are new to the model (of, gold): it reads them like any rare word."
    assert notes[1] == "The model has learnt no category 'blue': it counts as unknown."
    assert notes[2] == "Not entered, so unknown: price, picture."
    found = placed(run, title="Thing", category="red", price=2.5)
    assert found.notes == ("Not entered, so unknown: picture.",)


def png(side: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_alone_is_enough_and_changes_the_answer(run: OpenRun) -> None:
    assert placed(run, picture=png()).alike != placed(run, title="Thing").alike


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "enter at least one of title, category, price, picture"),
        ({"title": "  ", "text": "the run reads no text"}, "enter at least one of title"),
        ({"price": 0.0}, "a number above 0"),
        ({"price": float("nan")}, "a number above 0"),
        ({"title": "Thing", "picture": b"0" * 10_000_001}, "at most 10 MB"),
    ],
)
def test_what_cannot_be_used_is_said(run: OpenRun, typed, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        placed(run, **typed)


def test_a_file_that_is_no_picture_is_refused(run: OpenRun) -> None:
    with pytest.raises(DataError, match="PNG, JPEG or WebP"):
        placed(run, picture=b"GIF89a")


def test_a_run_that_cannot_place_it_says_why(workspace: Workspace, shop_id: str, run: OpenRun) -> None:
    assert why_no_new_item(run) is None
    assert reads(run) == ("title", "category", "price", "picture")
    ids = train_small(workspace, shop_id, "gru4rec", "ids")
    assert "item ids only" in (why_no_new_item(ids) or "")
    with pytest.raises(SettingError, match="item ids only"):
        readers(ids)
    dense = train_small(workspace, shop_id, "mlp", "dense", content="category")
    assert "use a model that reads histories" in (why_no_new_item(dense) or "")
