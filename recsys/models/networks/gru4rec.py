"""GRU4Rec: a gated recurrent network (GRU), after Hidasi et al. (2016), arXiv:1511.06939.

With the tied item embedding of its authors' later code (Hidasi & Karatzoglou 2018, arXiv:1706.03847) and
full-softmax cross-entropy at every position. Shapes: base.py.
"""

from __future__ import annotations

from typing import Any, ClassVar

from recsys.messages import message
from recsys.models.networks.gru import GRU
from recsys.models.networks.recurrent import RecurrentConfig, RecurrentModel


class GRU4RecConfig(RecurrentConfig):
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        **RecurrentConfig.presets,
        "quick": {**RecurrentConfig.presets["quick"], "epochs": 5, "learning_rate": 0.012},
    }


class GRU4Rec(RecurrentModel):
    name, title, family = "gru4rec", "GRU4Rec", "RNN"
    tagline = message("Running memory of a session")
    summary = message("Reads events one by one and keeps a running memory. Wins on short sessions and strict order.")
    Config = GRU4RecConfig
    cell, has_bias, layers_name = GRU, False, "gru"
