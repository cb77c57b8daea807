"""The models. `MODELS` is the one list: forms, trainer, evaluation, explanation, command line and tests read it."""

from __future__ import annotations

from recsys.models.base import Recommender
from recsys.models.caser import Caser
from recsys.models.ease import EASE
from recsys.models.gru4rec import GRU4Rec
from recsys.models.markov import Markov
from recsys.models.mlp import MLP
from recsys.models.popularity import Popularity
from recsys.models.sasrec import SASRec

MODELS: dict[str, type[Recommender]] = {
    model.name: model for model in (Popularity, Markov, EASE, MLP, Caser, GRU4Rec, SASRec)
}
BASELINES = ("popularity", "markov", "ease")  # stand beside every figure
