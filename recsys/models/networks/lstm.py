"""LSTM: a recurrent network with a gated memory cell, after Hochreiter & Schmidhuber (1997) with the forget gate
of Gers et al. (2000).

Trained like GRU4Rec: full-softmax cross-entropy at every position, tied item embedding. Shapes: base.py.
"""

from __future__ import annotations

from torch import nn

from recsys.messages import message
from recsys.models.networks.recurrent import RecurrentModel


class LSTM(RecurrentModel):
    name, title, family = "lstm", "LSTM", "RNN"
    tagline = message("Learns what to keep and forget")
    summary = message(
        "Reads events one by one and learns what to keep and what to forget. Wins where old events still matter."
    )
    cell = nn.LSTM
