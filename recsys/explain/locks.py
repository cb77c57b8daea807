"""One lock a model: attribution libraries keep hooks and gradient flags on the module, and threads share models.

A model that shares its weights with another (models/asif.py) shares its lock, too.
"""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from torch import nn

from recsys.models.base import Recommender
from recsys.models.persona import origin

CUDNN_LOCK = threading.Lock()  # cuDNN's switch is one for the whole process
_GUARD = threading.Lock()
_LOCKS: WeakKeyDictionary[nn.Module, threading.Lock] = WeakKeyDictionary()


def lock_of(model: Recommender) -> threading.Lock:
    """The same lock for the same model, for as long as the model lives. It is not re-entrant."""
    with _GUARD:
        return _LOCKS.setdefault(origin(model), threading.Lock())
