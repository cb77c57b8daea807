"""Vectors of items from what is known of them, for the diversity of lists: no training, no model.

Texts are TF-IDF vectors (Salton & Buckley 1988) of the words of title and text; categories have a metric of their own.
Pictures are described by colours and edges (picture_histogram.py), relative to the mean picture. Imports torch, with the reader of item content.
Shapes: N = num_items + 1, V terms, D numbers per picture.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import scipy.sparse

from recsys.data.dataset import TEXT, TITLE, Dataset
from recsys.data.files import write_atomic
from recsys.errors import DataError
from recsys.evaluation import picture_histogram
from recsys.evaluation.list_report import PICTURE_DIVERSITY, TEXT_DIVERSITY
from recsys.evaluation.lists import Vectors
from recsys.models.inputs.item_content import PICTURE, content_columns
from recsys.models.inputs.tokens import MAX_TOKENS, TOKEN, words

LEAST = 1e-6  # length of a difference from the mean picture


def item_vectors(dataset: Dataset) -> dict[str, Vectors]:
    """Unit vectors of all items by the metric that they are for; without what the dataset lacks."""
    readers = {TEXT_DIVERSITY: text_vectors, PICTURE_DIVERSITY: picture_vectors}
    return {name: readers[name](dataset) for name in described_by(dataset)}


def described_by(dataset: Dataset) -> tuple[str, ...]:
    """The names in `item_vectors`. Titles that only repeat the item ids are no texts."""
    columns = content_columns(dataset)
    has_part = {TEXT_DIVERSITY: bool({TITLE, TEXT} & {*columns}), PICTURE_DIVERSITY: PICTURE in columns}
    return tuple(name for name, has in has_part.items() if has)


def text_vectors(dataset: Dataset) -> scipy.sparse.csr_matrix:
    """TF-IDF vectors of the titles and texts, [N, V]; kept in the folder of the dataset, under a name that follows from them."""
    columns = [name for name in (TITLE, TEXT) if name in content_columns(dataset)]
    texts = [dataset.items[name].astype("str").tolist() for name in columns]
    if dataset.folder is None:
        return tf_idf(word_counts(texts))
    source = "\n".join([TOKEN.pattern, str(MAX_TOKENS), *columns, *chain.from_iterable(texts)])
    kept = dataset.folder / f"words-{hashlib.sha256(source.encode()).hexdigest()[:16]}.npz"
    try:
        return scipy.sparse.csr_matrix(scipy.sparse.load_npz(io.BytesIO(kept.read_bytes())))
    except (OSError, ValueError, KeyError, BadZipFile):
        pass  # not there, or not whole: they are computed again
    vectors_NV, buffer = tf_idf(word_counts(texts)), io.BytesIO()
    scipy.sparse.save_npz(buffer, vectors_NV, compressed=False)
    with suppress(DataError):  # a workspace that can only be read
        write_atomic(kept, buffer.getvalue())
    return vectors_NV


def picture_vectors(dataset: Dataset) -> np.ndarray:
    """Colours and edges of the pictures, less those of the mean picture, [N, D]; zero for an item without a picture.

    Without the mean, a background that all pictures share makes every cosine about 0.9.
    """
    vectors_ND = np.zeros((dataset.interactions.num_items + 1, picture_histogram.SIZE))
    items = sorted(dataset.images)
    pictures_nD = _descriptions([dataset.images[item] for item in items])
    pictures_nD -= pictures_nD.mean(0)
    lengths_n = np.linalg.norm(pictures_nD, axis=1)
    is_different_n = lengths_n > LEAST  # else rounding alone would say how
    vectors_ND[np.array(items)[is_different_n]] = pictures_nD[is_different_n] / lengths_n[is_different_n, None]
    return vectors_ND


def _descriptions(paths: Sequence[Path]) -> np.ndarray:
    """Descriptions of the picture files of a dataset, [n, D]; kept beside them, under a name that follows from the files."""
    states = [(path.name, path.stat()) for path in paths]
    files = "".join(f"{name} {state.st_size} {state.st_mtime_ns}\n" for name, state in states)
    kept = paths[0].with_name(f"described-{hashlib.sha256(files.encode()).hexdigest()[:16]}.npy")
    try:
        stored_nD = np.load(io.BytesIO(kept.read_bytes()), allow_pickle=False)
        if stored_nD.shape == (len(paths), picture_histogram.SIZE) and np.isfinite(stored_nD).all():
            return np.asarray(stored_nD)
    except (OSError, ValueError):
        pass  # not there, or not whole: it is made again
    pictures_nD = np.array([picture_histogram.describe_file(path) for path in paths])
    buffer = io.BytesIO()
    np.save(buffer, pictures_nD, allow_pickle=False)
    with suppress(DataError):  # a workspace that can only be read
        write_atomic(kept, buffer.getvalue())
    return pictures_nD


def word_counts(columns: Sequence[Iterable[str]]) -> list[Counter[str]]:
    """Number of times that each word is in the texts of each row of these columns."""
    return [Counter(chain.from_iterable(map(words, row))) for row in zip(*columns, strict=True)]


def tf_idf(counts: Sequence[Counter[str]]) -> scipy.sparse.csr_matrix:
    """Unit TF-IDF vectors of rows of term counts, [num_rows, num_terms]: count * ln(num_rows / rows with the term).

    Terms of one row alone are left out; a row without another term is zero.

    >>> tf_idf([Counter({"tea": 2, "red": 1}), Counter({"tea": 1}), Counter({"red": 5, "lamp": 1})]).toarray().round(3)
    array([[0.447, 0.894],
           [0.   , 1.   ],
           [1.   , 0.   ]])
    """
    frequency = Counter(chain.from_iterable(counts))
    shared = sorted(term for term, num_rows in frequency.items() if num_rows > 1)
    codes = dict.fromkeys(frequency, len(shared)) | {term: code for code, term in enumerate(shared)}
    rarity_V = np.log(len(counts) / np.array([frequency[term] for term in shared])) if shared else np.empty(0)
    of_entries = [
        np.repeat(np.arange(len(counts)), [len(terms) for terms in counts]),
        np.fromiter(map(codes.__getitem__, chain.from_iterable(counts)), np.int64),
        np.fromiter(chain.from_iterable(terms.values() for terms in counts), np.int64),
    ]
    is_shared = of_entries[1] < len(shared)
    rows, terms, times = (part[is_shared] for part in of_entries)
    weights = times * rarity_V[terms]
    vectors_NV = scipy.sparse.csr_matrix((weights, (rows, terms)), shape=(len(counts), len(shared)), dtype=np.float64)
    lengths_N = np.sqrt(np.asarray(vectors_NV.multiply(vectors_NV).sum(1)).ravel())
    scale_N = np.divide(1, lengths_N, out=np.zeros(len(counts)), where=lengths_N > 0)
    return scipy.sparse.csr_matrix(scipy.sparse.diags(scale_N) @ vectors_NV)
