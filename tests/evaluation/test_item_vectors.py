"""Vectors of items from texts and pictures, and the diversity of lists by them."""

from __future__ import annotations

import doctest
import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from PIL import Image

from recsys.data.dataset import Dataset
from recsys.evaluation import item_vectors, lists, picture_histogram
from recsys.evaluation.item_vectors import described_by, picture_vectors, text_vectors
from recsys.evaluation.list_report import list_metrics
from recsys.sequences.split import leave_one_out
from tests.worlds.logs import dataset_of, log_of

LOG = log_of([1, 2, 3, 4], [1, 1, 4, 3], num_items=4)
RED, BLUE = (220, 20, 20), (20, 20, 220)


def shop(folder: Path, titles: tuple[str, ...] = (), colours: tuple[tuple[int, int, int], ...] = ()) -> Dataset:
    """Items 1, 2 … with these titles and pictures of one colour."""
    dataset = dataset_of(LOG)
    if titles:
        dataset.items["title"] = ["", *titles]
    for item, colour in enumerate(colours, start=1):
        Image.new("RGB", (8, 8), colour).save(folder / f"{item}.png")
        dataset.images[item] = folder / f"{item}.png"
    return dataset


def double_loop(lists_UK: np.ndarray, vectors_ND: np.ndarray) -> list[float]:
    """One minus the mean cosine of all pairs of items with a vector, pair by pair."""
    means = []
    for row in lists_UK:
        known = [vectors_ND[item] for item in row if item and vectors_ND[item].any()]
        cosines = [float(first @ second) for first, second in itertools.combinations(known, 2)]
        means.append(1 - sum(cosines) / len(cosines) if cosines else np.nan)
    return means


def test_the_examples_hold() -> None:
    for module in (item_vectors, picture_histogram):
        assert doctest.testmod(module).attempted > 0
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_matrix])
def test_the_distance_is_that_of_a_loop_over_all_pairs(seed: int, kind: type) -> None:
    rng = np.random.default_rng(seed)
    vectors_ND = rng.normal(size=(30, 7)) * (rng.random((30, 7)) < 0.4)
    lengths_N1 = np.linalg.norm(vectors_ND, axis=1, keepdims=True)
    vectors_ND = np.divide(vectors_ND, lengths_N1, out=np.zeros_like(vectors_ND), where=lengths_N1 > 0)
    lists_UK = rng.integers(0, 30, (50, 6))  # with PAD, items without a vector, and items twice
    distances = lists.vector_distance(lists_UK, kind(vectors_ND))
    np.testing.assert_allclose(distances, double_loop(lists_UK, vectors_ND), atol=1e-6)


def test_a_dataset_without_texts_and_pictures_has_no_vectors(tmp_path: Path) -> None:
    assert described_by(shop(tmp_path)) == ()  # a title that is the item's id is no text
    assert item_vectors.item_vectors(shop(tmp_path)) == {}
    assert described_by(shop(tmp_path, ("a", "b", "a", "b"))) == ("text_diversity",)
    assert described_by(shop(tmp_path, colours=(RED, BLUE))) == ("picture_diversity",)


def test_texts_are_compared_by_the_words_that_they_share(tmp_path: Path) -> None:
    dataset = shop(tmp_path, ("red tea", "red tea", "blue lamp", "blue lamp"))
    distances = lists.vector_distance(np.array([[1, 2], [1, 3], [3, 4]]), text_vectors(dataset))
    assert distances == pytest.approx([0, 1, 0])


def test_categories_are_no_words_of_a_text(tmp_path: Path) -> None:
    dataset = shop(tmp_path, ("red tea", "red tea", "blue lamp", "blue lamp"))
    dataset.items["category"] = ["", "same", "same", "same", "same"]
    assert lists.vector_distance(np.array([[1, 3]]), text_vectors(dataset)) == pytest.approx([1])


def test_pictures_are_compared_by_how_they_differ_from_the_mean_picture(tmp_path: Path) -> None:
    vectors_ND = picture_vectors(shop(tmp_path, colours=(RED, RED, BLUE, BLUE)))
    distances = lists.vector_distance(np.array([[1, 2], [1, 3], [3, 4]]), vectors_ND)
    assert distances == pytest.approx([0, 2, 0])  # the two colours lie opposite each other from the mean


def test_descriptions_are_kept_and_made_again_where_a_file_changed_or_they_are_damaged(tmp_path: Path) -> None:
    dataset = shop(tmp_path, colours=(RED, RED, BLUE))
    first = picture_vectors(dataset)
    (kept,) = tmp_path.glob("*.npy")
    assert np.array_equal(picture_vectors(dataset), first)
    kept.write_bytes(kept.read_bytes()[:-8])
    assert np.array_equal(picture_vectors(dataset), first)
    Image.new("RGB", (9, 9), BLUE).save(dataset.images[2])
    assert not np.array_equal(picture_vectors(dataset), first)


def test_text_vectors_are_kept_and_computed_again_where_a_text_changed_or_they_are_damaged(tmp_path: Path) -> None:
    dataset = replace(shop(tmp_path, ("red tea", "red tea", "blue lamp", "blue lamp")), folder=tmp_path)
    first = text_vectors(dataset).toarray()
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(kept.read_bytes()[:-8])
    assert np.array_equal(text_vectors(dataset).toarray(), first)
    scipy.sparse.save_npz(kept, scipy.sparse.csr_matrix(first * 2))
    assert np.array_equal(text_vectors(dataset).toarray(), first * 2)  # it is what is read
    dataset.items.loc[1, "title"] = "blue tea"
    assert not np.array_equal(text_vectors(dataset).toarray(), first)
    assert len([*tmp_path.glob("*.npz")]) == 2


def test_pictures_that_are_all_the_same_have_no_diversity(tmp_path: Path) -> None:
    vectors_ND = picture_vectors(shop(tmp_path, colours=(RED, RED, RED, RED)))
    assert not vectors_ND.any()


def test_an_edge_is_counted_by_its_direction_and_its_quarter() -> None:
    picture = np.zeros((16, 16, 3), dtype=np.uint8)
    picture[:, 8:] = 255  # one vertical edge, in the middle: from pixel 3 to 4 of those that are read
    strength = picture_histogram._edges(picture[::2, ::2].astype(np.float64) @ picture_histogram.GREY)
    per_cell = strength.reshape(4, picture_histogram.DIRECTIONS)
    assert per_cell[:, 0].astype(int).tolist() == [4 * 255, 0, 3 * 255, 0]
    assert not per_cell[:, 1:].any()


def test_the_metrics_of_lists_hold_the_diversity_of_each_kind_of_vector(tmp_path: Path) -> None:
    dataset = shop(tmp_path, ("red tea", "red tea", "blue lamp", "blue lamp"))
    lists_TK = np.zeros((2, 10), dtype=np.int32)
    lists_TK[0, :2], lists_TK[1, :2] = [1, 2], [1, 3]
    split = leave_one_out(LOG)
    metrics = list_metrics(lists_TK, split, dataset.items, item_vectors.item_vectors(dataset))
    assert metrics["text_diversity@10"] == pytest.approx(0.5)
    assert "text_diversity@10" not in list_metrics(lists_TK, split, dataset.items)
    assert "picture_diversity@10" not in metrics
