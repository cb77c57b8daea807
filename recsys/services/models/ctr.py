"""Calibration, accuracy and CTR: is a held-out event liked, is an impression clicked?

Scores become probabilities by Platt scaling. It is fitted on other events than those measured: on validation events,
or on the impressions of other users. Raises RecsysError for datasets without ratings or impressions, and where all
labels to fit the scale on are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from recsys.data.dataset import CLICKED
from recsys.data.interactions import TIME, Interactions
from recsys.errors import RecsysError, SettingError
from recsys.evaluation import labels as measure
from recsys.evaluation.intervals import SEED, bootstrap, bootstrap_auc
from recsys.evaluation.labels import CalibrationBin
from recsys.evaluation.metrics import CUT_OFFS
from recsys.evaluation.platt import Scale, fit_scale
from recsys.evaluation.scores import target_scores
from recsys.messages import Message, message
from recsys.models.base import PairModel
from recsys.sequences.impression_targets import impression_targets
from recsys.sequences.relevance import thresholds, usual_threshold
from recsys.sequences.split import Targets
from recsys.services.models.ctr_text import WORDS, Kind, in_a_sentence, probability_text, ranking_in_a_sentence
from recsys.services.train.training import why_no_targets
from recsys.services.workspace.open_run import OpenRun

MAX_CUT_OFF = 1000


@dataclass(frozen=True, eq=False)
class Labelled:
    """Labelled events, [num_events] each: `users` and `items` indices, bool `labels`, raw model `scores`."""

    users: np.ndarray
    items: np.ndarray
    labels: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.users)

    def where(self, mask: np.ndarray) -> Labelled:
        return Labelled(self.users[mask], self.items[mask], self.labels[mask], self.scores[mask])


@dataclass(frozen=True, eq=False)
class LabelQuality:
    """Binary classification metrics of a run on `num_events` events of `num_users` users, `num_yes` of them positive.

    - `probability`: how scores become probabilities; `scale` is None for a model that outputs probabilities.
    - `num_left_out`: events of items without a training event, which are excluded.
    - `num_known`: impressions of an item in the same user's training events (None for ratings).
    - `base_rate`: accuracy of always predicting `commoner`, the more frequent label.
    - `difference`: accuracy less the base rate, as (mean, low, high).
    - `user_auc`: mean AUC over the `num_auc_users` users with both labels.
    - `ctr`: CTR at K by K, over all `num_ctr_users` users with impressions; `ctr_any_order`: mean of their click rates.

    `events` are those measured on, with their `probabilities`. Intervals are 95 % by bootstrap over users. A metric that is not computable is None, with the reason in `why_none`.
    """

    kind: Kind
    protocol: str
    probability: str
    scale: Scale | None
    num_events: int
    num_users: int
    num_yes: int
    accuracy: float
    base_rate: float
    commoner: str
    difference: tuple[float, float, float]
    log_loss: float
    auc: float | None
    user_auc: float | None
    num_auc_users: int
    calibration: tuple[CalibrationBin, ...]
    calibration_error: float
    verdict: str
    threshold: float | None = None
    num_left_out: int = 0
    num_known: int | None = None
    ctr: dict[int, float] = field(default_factory=dict)
    ctr_any_order: float | None = None
    num_ctr_users: int = 0
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    why_none: dict[str, str] = field(default_factory=dict)
    events: Labelled | None = None
    probabilities: np.ndarray | None = None


def label_quality(
    run: OpenRun, kind: Kind, threshold: float | None = None, cut_offs: Sequence[int] = CUT_OFFS
) -> LabelQuality:
    """Compute label metrics. `threshold` applies to ratings, `cut_offs` to clicks. Raises RecsysError, SettingError."""
    cut_offs = sorted(set(cut_offs))
    if not cut_offs or cut_offs[0] < 1 or cut_offs[-1] > MAX_CUT_OFF:
        raise SettingError(message("A cut-off K is a whole number from 1 to {limit}.", limit=MAX_CUT_OFF), column="k")
    if kind == "clicks":
        return _clicks(run, cut_offs)
    return _ratings(run, threshold)


def _ratings(run: OpenRun, threshold: float | None) -> LabelQuality:
    """Fit the scale on validation events and measure on test events; without a scale, measure on both."""
    log = run.dataset.interactions
    ratings, usual = log.ratings, usual_threshold(log, thresholds(log))
    if ratings is None or usual is None:
        text = message("Dataset {dataset} has one rating only: nobody can say what was liked.")
        if ratings is None:
            text = message("Dataset {dataset} has no ratings: nobody can say what was liked.")
        raise SettingError(text.format(dataset=run.dataset.name), column="labels")
    # All held-out events, whatever the target of the run.
    held_out = run.config.options.model_copy(update={"liked_from": None}).split(log)
    if not len(held_out.test):
        reason = why_no_targets(held_out, "test")
        raise RecsysError(message("No held-out events: {reason}. Import longer histories.", reason=reason))
    least = usual if threshold is None else threshold
    assert held_out.log.ratings is not None
    targets = (held_out.validation, held_out.test)
    parts = [_scored(run, part, held_out.log.ratings[part.ends] >= least) for part in targets]
    leave_one_out = message("liked = a rating of {threshold:g} or more; leave-one-out, history before each event")
    if held_out.time_cut is not None:
        leave_one_out = message("liked = a rating of {threshold:g} or more; time split, history before the cut")
    protocol = [leave_one_out.format(threshold=least)]
    if isinstance(run.model, PairModel):
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        both = Labelled(*(np.concatenate(column) for column in columns))
        quality = _measured(run, "ratings", both, None, _joined(*protocol, message("validation and test events")))
        return replace(quality, threshold=least, num_left_out=sum(map(len, targets)) - len(both))
    scale = _fitted(parts[0], message("validation events"))
    protocol += [
        message("test events"),
        message("scale fitted on {events:,} validation events", events=len(parts[0])),
    ]
    quality = _measured(run, "ratings", parts[1], scale, _joined(*protocol))
    return replace(quality, threshold=least, num_left_out=len(targets[1]) - len(parts[1]))


def _clicks(run: OpenRun, cut_offs: Sequence[int]) -> LabelQuality:
    """Fit the scale on the impressions of half of the users, measure on the others; without a scale, on all users."""
    impressions = run.dataset.impressions
    if impressions is None:
        raise SettingError(
            message(
                "Dataset {dataset} has no impressions. Import it again with a file of what was shown and clicked.",
                dataset=run.dataset.name,
            ),
            column="labels",
        )
    targets = impression_targets(run.dataset, run.split)
    events = _scored(run, targets, impressions[CLICKED].to_numpy())
    has_times = TIME in impressions and run.dataset.interactions.times is not None
    before, training = message("history: events before each impression"), message("history: training events")
    protocol = _joined(message("impressions"), before if has_times else training)
    measured, scale = events, None
    if not isinstance(run.model, PairModel):
        to_fit = np.isin(events.users, half_of(np.unique(events.users)))
        fitted, measured = events.where(to_fit), events.where(~to_fit)
        scale = _fitted(fitted, message("impressions of half of the users"))
        half = message("scale fitted on {events:,} impressions of one half of the users, measured on the other half")
        protocol = _joined(protocol, half.format(events=len(fitted)))
    quality = _measured(run, "clicks", measured, scale, protocol)
    by_k = {k: measure.ctr_at_k(events.users, events.items, events.scores, events.labels, k) for k in cut_offs}
    any_order = measure.ctr_at_k(events.users, events.items, events.scores, events.labels, len(events))
    return replace(
        quality,
        num_left_out=len(targets) - len(events),
        num_known=_num_in_training(run.split.train, measured),
        ctr={k: float(values.mean()) for k, values in by_k.items()},
        ctr_any_order=float(any_order.mean()),
        num_ctr_users=len(any_order),
        intervals=quality.intervals | {f"ctr@{k}": bootstrap(values) for k, values in by_k.items()},
    )


def half_of(users: np.ndarray) -> np.ndarray:
    """A fixed random half of the users."""
    return np.random.default_rng(SEED).permutation(users)[: len(users) // 2]


def _scored(run: OpenRun, targets: Targets, labels: np.ndarray) -> Labelled:
    """Score the events of items with a training event; other events and those of held-out users are left out."""
    is_out = np.isin(targets.users, run.split.held_out_users)
    rows = np.flatnonzero(run.candidates.scorable[targets.items] & ~is_out)
    if not len(rows):
        raise RecsysError(message("No event to measure on: none is of an item that the model was trained on."))
    scorable = targets.take(rows)
    scores = target_scores(run.model, scorable)
    assert np.isfinite(scores).all(), "an item with a training event has a finite score"
    return Labelled(scorable.users, scorable.items, labels[rows], scores)


def _fitted(events: Labelled, where: Message) -> Scale:
    scale = fit_scale(events.scores, events.labels)
    if scale is None:
        text = message(
            "No probabilities: the {events:,} {where} for fitting the scale all have the same label. "
            "Choose another threshold, or import more data."
        )
        raise RecsysError(text.format(events=len(events), where=where))
    return scale


def _num_in_training(train: Interactions, events: Labelled) -> int:
    """Number of events whose (user, item) pair is in the training events."""
    width = train.num_items + 1
    return int(np.isin(events.users * width + events.items, train.users * width + train.items).sum())


def _measured(run: OpenRun, kind: Kind, events: Labelled, scale: Scale | None, protocol: Message) -> LabelQuality:
    if not len(events):
        raise RecsysError(message("No event to measure on: there are too few users with impressions."))
    users, labels = events.users, events.labels
    probabilities = (scale or Scale(1.0, 0.0)).probabilities(events.scores)
    is_correct, word = measure.is_right(labels, probabilities), WORDS[kind][measure.majority_label(labels)]
    gains = is_correct.astype(float) - (labels == measure.majority_label(labels))
    difference = (float(gains.mean()), *bootstrap(gains, users=users))
    auc_of_user = measure.auc_per_user(users, labels, events.scores)
    auc_of_user = auc_of_user[np.isfinite(auc_of_user)]
    curve = measure.calibration(labels, probabilities)
    spans = {
        "auc": bootstrap_auc(users, labels, events.scores),
        "user_auc": bootstrap(auc_of_user) if len(auc_of_user) else None,
    }
    why_none: dict[str, str | None] = {"auc": measure.why_no_auc(labels)}
    text = message('No user has both "{positive}" and "{negative}" events.')
    why_none["user_auc"] = None if len(auc_of_user) else text.format(positive=WORDS[kind][1], negative=WORDS[kind][0])
    auc, verdict = measure.auc(labels, events.scores), in_a_sentence(run.model.title, gains, labels, word, difference)
    if auc is not None and spans["auc"] is not None:
        verdict = message(" ").join([ranking_in_a_sentence(kind, auc, spans["auc"]), verdict])
    return LabelQuality(
        kind=kind,
        protocol=protocol,
        probability=probability_text(scale),
        scale=scale,
        num_events=len(events),
        num_users=len(np.unique(users)),
        num_yes=int(labels.sum()),
        accuracy=float(is_correct.mean()),
        base_rate=measure.base_rate(labels),
        commoner=word,
        difference=difference,
        log_loss=measure.log_loss(labels, probabilities),
        auc=auc,
        user_auc=float(auc_of_user.mean()) if len(auc_of_user) else None,
        num_auc_users=len(auc_of_user),
        calibration=curve,
        calibration_error=measure.calibration_error(curve),
        verdict=verdict,
        intervals={name: span for name, span in spans.items() if span is not None},
        why_none={name: reason for name, reason in why_none.items() if reason is not None},
        events=events,
        probabilities=probabilities,
    )


def _joined(*parts: Message) -> Message:
    return message("; ").join(parts)


def bins_of(quality: LabelQuality) -> list[int]:
    """The bin of each point of `calibration`, in its order."""
    return [] if quality.probabilities is None else np.unique(measure.calibration_bins(quality.probabilities)).tolist()


def in_bin(quality: LabelQuality, number: int) -> Labelled:
    """The events of one bin, the most probable first."""
    assert quality.events is not None and quality.probabilities is not None
    mask = measure.calibration_bins(quality.probabilities) == number
    order = np.argsort(-quality.probabilities[mask], kind="stable")
    events = quality.events.where(mask)
    return Labelled(events.users[order], events.items[order], events.labels[order], events.scores[order])


def as_json(quality: LabelQuality) -> dict[str, Any]:
    """The `labels` object of the command line."""
    apart = ("calibration", "ctr", "scale", "events", "probabilities")
    answer = {name: value for name, value in vars(quality).items() if name not in apart}
    return {
        **answer,
        "slope": None if quality.scale is None else quality.scale.slope,
        "bias": None if quality.scale is None else quality.scale.bias,
        "ctr": {f"ctr@{k}": value for k, value in quality.ctr.items()},
        "calibration": [vars(calibration_bin) for calibration_bin in quality.calibration],
    }
