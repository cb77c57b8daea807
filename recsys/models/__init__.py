"""Registry of recommendation models. Forms, trainer, evaluation, explanations, command line and tests read `MODELS`."""

from __future__ import annotations

from recsys.models.base import Recommender
from recsys.models.fitted.ease import EASE
from recsys.models.fitted.item_knn import ItemKNN
from recsys.models.fitted.markov import Markov
from recsys.models.fitted.popularity import Popularity
from recsys.models.fitted.recent_popularity import RecentPopularity
from recsys.models.networks.caser import Caser
from recsys.models.networks.gru4rec import GRU4Rec
from recsys.models.networks.lstm import LSTM
from recsys.models.networks.mlp import MLP
from recsys.models.networks.narm import NARM
from recsys.models.networks.nextitnet import NextItNet
from recsys.models.networks.rnn import RNN
from recsys.models.networks.sasrec import SASRec

_ALL = (
    *(Popularity, RecentPopularity, Markov, EASE, ItemKNN),  # fitted in closed form
    *(MLP, Caser, NextItNet, RNN, LSTM, GRU4Rec, NARM, SASRec),  # trained
)
MODELS: dict[str, type[Recommender]] = {model.name: model for model in _ALL}
BASELINES = ("popularity", "recent_popularity", "markov", "ease")  # shown beside every result
