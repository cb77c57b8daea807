"""One lock per model: attribution libraries set hooks and gradient flags on the module, and threads share models.

Models that share weights (models/persona.py) share their lock, too.
"""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from torch import nn

from recsys.models.base import Recommender
from recsys.models.persona import origin

CUDNN_LOCK = threading.Lock()  # the cuDNN flags are global to the process
_GUARD = threading.Lock()
_LOCKS: WeakKeyDictionary[nn.Module, threading.Lock] = WeakKeyDictionary()


def lock_of(model: Recommender) -> threading.Lock:
    """Return the lock of a model, the same for its lifetime. It is not re-entrant."""
    with _GUARD:
        return _LOCKS.setdefault(origin(model), threading.Lock())
