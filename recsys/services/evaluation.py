"""How good a run is, beside the simple models that it must beat, on the same users."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.data.files import write_atomic
from recsys.errors import RecsysError, SettingError
from recsys.evaluation.intervals import bootstrap, intervals
from recsys.evaluation.metrics import CUT_OFFS, asked, means, per_user
from recsys.evaluation.protocol import describe
from recsys.models import BASELINES, MODELS
from recsys.models.base import FittedModel
from recsys.models.features import shape_of
from recsys.sequences.split import SplitName
from recsys.services.opening import OpenRun
from recsys.services.training import user_ranks, why_nobody
from recsys.services.workspace import Workspace
from recsys.training.trainer import fit

HEADLINE = "ndcg@10"
MAX_CUT_OFF = 1000


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Metrics are means over `num_users`; intervals are 95 % by bootstrap over users.

    `against` compares `HEADLINE` with each baseline on the same users: mean difference and its interval.
    """

    protocol: str
    split: SplitName
    num_users: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    baselines: dict[str, dict[str, float]]
    baseline_intervals: dict[str, dict[str, tuple[float, float]]]
    against: dict[str, tuple[float, float, float]]
    verdict: str
    ranks: np.ndarray


def evaluate(
    workspace: Workspace, run: OpenRun, cut_offs: Sequence[int] = CUT_OFFS, split: SplitName = "test"
) -> Evaluation:
    """Full-ranking metrics of a run and of the baselines. Raises RecsysError where there is nobody to evaluate on."""
    cut_offs = sorted(set(cut_offs))
    if not cut_offs or cut_offs[0] < 1 or cut_offs[-1] > MAX_CUT_OFF:
        raise SettingError(f"A cut-off K is a whole number from 1 to {MAX_CUT_OFF}.", column="k")
    own = kept_ranks(run, split)
    baselines = {name: asked(found[split].to_numpy()) for name, found in _baseline_ranks(workspace, run).items()}
    everything = sorted({*cut_offs, 10})
    against = {name: _difference(own, other, everything) for name, other in baselines.items()}
    return Evaluation(
        protocol=describe(run.candidates, split, len(run.split.cold_items), run.split.liked_from),
        split=split,
        num_users=len(own),
        metrics=means(own, cut_offs),
        intervals=intervals(own, cut_offs),
        baselines={name: means(ranks, cut_offs) for name, ranks in baselines.items()},
        baseline_intervals={name: intervals(ranks, cut_offs) for name, ranks in baselines.items()},
        against=against,
        verdict=_verdict(run, against),
        ranks=own,
    )


def kept_ranks(run: OpenRun, split: SplitName) -> np.ndarray:
    """[num_targets] ranks of `run.split.targets(split)`, made where the run has none yet.

    Raises RecsysError where there is nobody to evaluate on.
    """
    if not len(run.split.targets(split)):
        raise RecsysError(f"No metrics: {why_nobody(run.split, split)}. {_instead(run, split)}")
    frame = run.folder.load_ranks()
    if frame is None:
        frame = user_ranks(run.model, run.split)
        run.folder.save_ranks(frame)
    return asked(frame[split].to_numpy())


def _instead(run: OpenRun, split: SplitName) -> str:
    """What to do where these targets are none."""
    other: SplitName = "validation" if split == "test" else "test"
    if len(run.split.targets(other)):
        return f"Look at the {other} instead."
    return "Bring longer histories" + ("." if run.split.liked_from is None else ", or train with a lower liked_from.")


def _difference(own: np.ndarray, other: np.ndarray, cut_offs: Sequence[int]) -> tuple[float, float, float]:
    values = per_user(own, cut_offs)[HEADLINE] - per_user(other, cut_offs)[HEADLINE]
    return (float(values.mean()), *bootstrap(values))


def _verdict(run: OpenRun, against: dict[str, tuple[float, float, float]]) -> str:
    """One plain sentence: does the run beat the simple models? A network that loses to one is told so."""
    rivals = {name: told for name, told in against.items() if name != run.config.model}
    if not rivals:
        return ""
    best, (mean, low, high) = min(rivals.items(), key=lambda pair: pair[1][0])
    title, rival = run.model.title, MODELS[best].title
    span = f"{mean:+.3f} NDCG@10, 95 % interval {low:+.3f} to {high:+.3f}, same users"
    if low > 0:
        return f"{title} beats every simple model; the closest is {rival} ({span})."
    if high < 0:
        return f"{title} loses to {rival} ({span}): the simple model is the better choice on this data."
    return f"{title} and {rival} cannot be told apart on these users ({span})."


def _baseline_ranks(workspace: Workspace, run: OpenRun) -> dict[str, pd.DataFrame]:
    """Ranks by baseline, kept with the data set: they depend on nothing else but the items held out and the targets.

    A table too large for one is left out.
    """
    share, liked_from = run.config.options.cold_share, run.config.options.liked_from
    cold, liked = f"-cold-{share}" if share else "", "" if liked_from is None else f"-liked-{liked_from}"
    path = workspace.datasets.folder(run.dataset.dataset_id) / f"baselines{cold}{liked}.parquet"
    kept = pd.read_parquet(path) if path.exists() else pd.DataFrame()
    new: dict[str, np.ndarray] = {}
    for name in BASELINES:
        cls = MODELS[name]
        if f"{name}.test" in kept:
            continue
        try:
            model = cls(shape_of(run.dataset), cls.Config())
        except SettingError:
            continue
        assert isinstance(model, FittedModel)
        fit(model, run.split)
        found = user_ranks(model, run.split)
        new |= {f"{name}.{split}": found[split].to_numpy() for split in ("validation", "test")}
    if new:
        kept = kept.assign(**new)
        buffer = io.BytesIO()
        kept.to_parquet(buffer, index=False)
        write_atomic(path, buffer.getvalue())
    known = [name for name in BASELINES if f"{name}.test" in kept]
    return {n: pd.DataFrame({s: kept[f"{n}.{s}"] for s in ("validation", "test")}) for n in known}
