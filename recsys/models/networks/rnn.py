"""Plain recurrent network, after Elman (1990): h_t = tanh(W x_t + U h_{t-1} + b).

Trained like GRU4Rec: full-softmax cross-entropy at every position, tied item embedding. It has no gates and serves
as a reference for the gated networks. Shapes: base.py.
"""

from __future__ import annotations

from torch import nn

from recsys.messages import message
from recsys.models.networks.recurrent import RecurrentModel


class RNN(RecurrentModel):
    name, title, family = "rnn", message("Plain RNN"), "RNN"
    tagline = message("Remembers the newest events")
    summary = message(
        "Reads events one by one and overwrites its memory at each. Wins where only the newest events count."
    )
    cell = nn.RNN
