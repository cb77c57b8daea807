import numpy as np
import pytest

from recsys.errors import SettingError
from recsys.models import MODELS
from recsys.models.inputs.item_content import SIDE, content_columns, content_of, parse_columns
from tests.worlds.tastes import COLOURS, NUM_ITEMS, tastes


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return tastes(tmp_path_factory.mktemp("tastes"))


def test_columns_are_named_in_any_order_and_kept_in_one():
    assert parse_columns(" picture,title ,, price") == ("title", "price", "picture")


@pytest.mark.parametrize("name", ["sasrec", "mlp"])
def test_a_column_that_no_content_has_is_an_error_that_names_the_setting(name):
    with pytest.raises(SettingError, match=r"smell.*title, text, category, price, picture") as caught:
        MODELS[name].Config.from_settings(settings={"content": "title, smell"})
    assert caught.value.column == "content"


def test_a_data_set_says_what_it_has(dataset):
    assert content_columns(dataset) == ("title", "category", "price", "picture")


def test_titles_that_are_only_the_ids_are_no_content(dataset):
    items = dataset.items.assign(title=dataset.interactions.item_ids.astype(str))
    bare = type(dataset)("d", "D", dataset.interactions, items[["title"]], dataset.users)
    assert content_columns(bare) == ()


def test_a_column_that_the_data_set_lacks_is_refused_in_words(dataset):
    with pytest.raises(SettingError, match=r"has no text of its items\. It has: title, category, price, picture"):
        content_of(dataset, ("text",))


def test_nothing_named_is_no_content(dataset):
    assert content_of(dataset, ()) is None


def test_pictures_are_brought_to_one_size_and_missing_ones_are_blank(dataset):
    pictures = content_of(dataset, ("picture",)).pictures_N3SS.numpy()
    assert pictures.shape == (NUM_ITEMS + 1, 3, SIDE, SIDE)
    assert pictures.dtype == np.uint8
    assert tuple(pictures[4, :, 10, 10]) == COLOURS["red"]
    assert not pictures[[0, NUM_ITEMS]].any()


def test_title_and_text_are_one_text(dataset):
    items = dataset.items.assign(text="of tea")
    both = type(dataset)("d", "D", dataset.interactions, items, dataset.users)
    assert content_of(both, ("title", "text")).texts[1] == "A green thing. of tea"
