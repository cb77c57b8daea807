"""The protocol, end to end: baselines have their known figures on MovieLens-100K."""

from pathlib import Path

import pytest

from recsys.data.importing.load import ImportRequest, load_dataset
from recsys.evaluation.metrics import means
from recsys.evaluation.protocol import ranks
from recsys.models import MODELS
from recsys.models.base import Shape
from recsys.sequences.candidates import Candidates
from recsys.sequences.split import leave_one_out
from recsys.training.trainer import fit

ML100K = Path(__file__).resolve().parents[3] / "shared" / "data" / "ml-100k" / "u.data"


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    log = load_dataset(ImportRequest(ML100K), tmp_path_factory.mktemp("known")).interactions
    assert (len(log), log.num_users, log.num_items) == (100_000, 943, 1_682)
    return leave_one_out(log)


@pytest.mark.skipif(not ML100K.exists(), reason="MovieLens-100K is not here")
@pytest.mark.parametrize(
    ("name", "hit_rate", "ndcg", "close"),
    [
        ("ease", 0.1432, 0.0711, 5e-5),
        ("markov", 0.1972, 0.1103, 5e-5),
        ("item_knn", 0.1039, 0.0540, 5e-5),
        ("popularity", 0.086, 0.0448, 6e-4),
    ],
)
def test_the_protocol_gives_the_known_figures_on_movielens_100k(name, hit_rate, ndcg, close, split):
    model = MODELS[name](Shape(943, 1_682), MODELS[name].Config())
    fit(model, split)
    found = means(ranks(model, split.test, Candidates.of(split)), (10,))
    assert found["hr@10"] == pytest.approx(hit_rate, abs=max(close, 1e-3) if name == "popularity" else close)
    assert found["ndcg@10"] == pytest.approx(ndcg, abs=close)
