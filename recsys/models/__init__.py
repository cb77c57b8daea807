"""The models. `MODELS` is the one list: forms, trainer, evaluation, explanation, command line and tests read it."""

from __future__ import annotations

from recsys.models.base import Recommender
from recsys.models.caser import Caser
from recsys.models.ease import EASE
from recsys.models.gru4rec import GRU4Rec
from recsys.models.item_knn import ItemKNN
from recsys.models.lstm import LSTM
from recsys.models.markov import Markov
from recsys.models.mlp import MLP
from recsys.models.narm import NARM
from recsys.models.nextitnet import NextItNet
from recsys.models.popularity import Popularity
from recsys.models.recent_popularity import RecentPopularity
from recsys.models.rnn import RNN
from recsys.models.sasrec import SASRec

_ALL = (
    *(Popularity, RecentPopularity, Markov, EASE, ItemKNN),  # fitted in closed form
    *(MLP, Caser, NextItNet, RNN, LSTM, GRU4Rec, NARM, SASRec),  # trained
)
MODELS: dict[str, type[Recommender]] = {model.name: model for model in _ALL}
BASELINES = ("popularity", "recent_popularity", "markov", "ease")  # stand beside every figure
