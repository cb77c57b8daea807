"""Version of the ranks of a baseline, so that a cache made by an earlier version of it or of the protocol is not used."""

from __future__ import annotations

import hashlib
import inspect
import sys

import orjson

from recsys.evaluation import protocol
from recsys.models.base import Recommender
from recsys.sequences import candidates, relevance, split, time_split

PROTOCOL = (protocol, candidates, split, time_split, relevance)


def rank_version(cls: type[Recommender]) -> str:
    """Hash of what the ranks of a model with default settings depend on besides dataset and split: settings and code."""
    classes = [parent.__module__ for parent in cls.__mro__ if parent.__module__.startswith("recsys.")]
    modules = [sys.modules[name] for name in dict.fromkeys(classes)]
    sources = [inspect.getsource(module) for module in (*modules, *PROTOCOL)]
    return hashlib.sha256(orjson.dumps([cls.Config().model_dump(), sources])).hexdigest()[:16]
