"""One lock a model: attribution libraries keep hooks and gradient flags on the module, and threads share models."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from recsys.models.base import Recommender

CUDNN_LOCK = threading.Lock()  # cuDNN's switch is one for the whole process
_GUARD = threading.Lock()
_LOCKS: WeakKeyDictionary[Recommender, threading.Lock] = WeakKeyDictionary()


def lock_of(model: Recommender) -> threading.Lock:
    """The same lock for the same model, for as long as the model lives. It is not re-entrant."""
    with _GUARD:
        return _LOCKS.setdefault(model, threading.Lock())
