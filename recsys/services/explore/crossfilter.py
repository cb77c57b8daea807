"""Linked histograms of test targets: each shows all of them, and those that pass the conditions on the other facets.

After the crossfilter of Shneiderman's dynamic queries (1994, "Dynamic queries for visual information seeking", IEEE Softw.
11, 70-77): a bar that is chosen stays beside the others of its own facet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.data.dataset import AGE, CATEGORY
from recsys.services.models.slice_report import RankedTargets
from recsys.services.workspace.facets import Facet, Picked
from recsys.services.workspace.slices import ACTIVITY, LAST, POPULARITY, RANK, Slice

RANKS = ("1", "2..5", "6..10", "11..50", "51..100", "101..500", "501..")
EVENTS = ("1..2", "3..5", "6..10", "11..20", "21..50", "51..100", "101..200", "201..500", "501..")
SHOWN = (RANK, ACTIVITY, POPULARITY, CATEGORY, AGE, LAST)
MOST_BARS = 12  # of categories, those with the most held-out items


@dataclass(frozen=True, eq=False)
class Histogram:
    """Test targets by the `values` of a facet, [num_values]: all of them, and those that pass the conditions on other facets.

    `in_slice` [num_values] bool: whether all targets of a value meet the condition on this facet, as where there is none. A
    target with several categories counts in each.
    """

    facet: str
    values: tuple[str, ...]
    everyone: np.ndarray
    passing: np.ndarray
    in_slice: np.ndarray


def histograms(targets: RankedTargets, offered: Sequence[Facet], chosen: Slice, picked: Picked) -> list[Histogram]:
    """Compute the histograms of the facets SHOWN that the dataset has."""
    members = targets.members(picked)
    passes = {facet: targets.facet_rows(members, facet, values) for facet, values in members.restrict(chosen)}
    values_by_facet = {facet.name: facet.values for facet in offered}
    result = []
    for facet in (name for name in SHOWN if name in values_by_facet):
        values = {RANK: RANKS, ACTIVITY: EVENTS}.get(facet, values_by_facet[facet])
        bars = [targets.facet_rows(members, facet, [value]) for value in values]
        others = [mask for name, mask in passes.items() if name != facet]
        passing_T = np.logical_and.reduce(others) if others else np.ones(len(targets.ranks), dtype=bool)
        everyone = np.array([mask.sum() for mask in bars])
        passing = np.array([(mask & passing_T).sum() for mask in bars])
        in_slice = np.array([facet not in passes or bool(passes[facet][mask].all()) for mask in bars])
        kept = _kept(facet, everyone)
        if len(kept) > 1:
            names = tuple(values[index] for index in kept)
            result.append(Histogram(facet, names, everyone[kept], passing[kept], in_slice[kept]))
    return result


def _kept(facet: str, counts: np.ndarray) -> np.ndarray:
    """The bars to draw: the largest categories, else all from the first to the last with a target."""
    if facet == CATEGORY:
        return np.argsort(-counts, kind="stable")[:MOST_BARS]
    filled = np.flatnonzero(counts)
    return np.arange(filled[0], filled[-1] + 1)
