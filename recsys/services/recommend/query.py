"""Whom to recommend for: a user with the logged or an edited history, or a custom history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, GENDER, Dataset
from recsys.data.interactions import UNKNOWN_USER
from recsys.messages import message
from recsys.models.base import PairModel
from recsys.recommend.blend import models_in
from recsys.recommend.popular import Person, age_bands, genders
from recsys.services.data.value_names import gender_names
from recsys.services.recommend.history_edits import Draft
from recsys.services.workspace.open_run import OpenRun


@dataclass(frozen=True)
class HistoryEvent:
    """One event of a history. `position` counts from 0, the oldest; `when` is a day or ""."""

    item_id: str
    title: str
    category: str
    image: Path | None
    position: int
    when: str
    rating: float | None


@dataclass(frozen=True, eq=False)
class Query:
    """What to recommend for: an existing user, or a custom history (`user_id` None).

    `log_positions` [num_events] int64 are the positions of the events of `history` in the user's logged history, -1
    for an added one. `ratings` [num_events] float32 are the user's ratings of these items, NaN without one; None if
    the dataset has no ratings. `person` overrides age and gender for the cold-start list; None means the dataset's
    values. `persona` holds (feature, value) pairs that override the model's user features (what_if.py). `seen` are the
    items that count as seen: those of the history and, of a user whose history was edited, those of the logged one, so
    that what is removed from the history is no new recommendation. `disliked` item indices are in no list and have no
    rank, yet stay among the candidates of an explanation: the reasons of other items do not depend on them.
    """

    user_id: str | None
    user: int
    history: np.ndarray
    log_positions: np.ndarray
    ratings: np.ndarray | None
    is_edited: bool
    traits: str
    note: str
    seen: np.ndarray
    person: Person | None = None
    persona: tuple[tuple[str, str], ...] = ()
    disliked: tuple[int, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """Cache key: queries with equal keys get the same lists from every model and from the fallback."""
        rated = None if self.ratings is None else self.ratings.tobytes()
        person = None if self.person is None else (self.person.gender, self.person.age_band)
        history, seen = self.history.tobytes(), self.seen.tobytes()
        return (self.user_id, self.user, history, seen, rated, self.is_edited, self.persona, person, self.disliked)


def query_of(run: OpenRun, user_id: str | None, history_ids: Sequence[str] | None) -> Query:
    """Query for a user with the logged history, for a custom history, or for a user with another history.

    Raises NotFoundError for an unknown id.
    """
    if user_id is not None and history_ids is None:
        return edited_query(run, user_id, None)
    history = run.history(list(history_ids or []))
    return _make_query(run, user_id, history, np.full(len(history), -1), is_edited=user_id is not None)


def edited_query(run: OpenRun, user_id: str, draft: Draft | None) -> Query:
    """Query for a user with the edited history of `draft`; None means the logged history. Raises NotFoundError."""
    log = run.dataset.interactions.history(run.user(user_id))
    if draft is None:
        return _make_query(run, user_id, log, np.arange(len(log)), is_edited=False)
    return _make_query(
        run, user_id, draft.items(log), np.maximum(np.array(draft.entries, dtype=np.int64), -1), draft.is_edited
    )


def with_history(run: OpenRun, query: Query, history_ids: Sequence[str]) -> Query:
    """The query with another history; user, person and persona stay."""
    edited = query_of(run, query.user_id, history_ids)
    return replace(
        edited,
        user=query.user,
        person=query.person,
        persona=query.persona,
        traits=query.traits,
        disliked=query.disliked,
    )


def _make_query(
    run: OpenRun, user_id: str | None, history: np.ndarray, positions: np.ndarray, is_edited: bool
) -> Query:
    user = UNKNOWN_USER if user_id is None else run.user(user_id)
    notes = []
    if user_id is None and any(isinstance(model, PairModel) for model in models_in(run.model)):
        this_model = message(
            "This model knows trained users only: for a custom history it uses its unknown-user vector."
        )
        a_part = message(
            "A part of this blend knows trained users only: for a custom history it uses its unknown-user vector."
        )
        notes.append(this_model if isinstance(run.model, PairModel) else a_part)
    if (user_id is None or is_edited) and run.model.window == 0:
        notes.append(
            message(
                "{model} reads no events: its scores do not depend on the history, which only decides which "
                "items count as seen.",
                model=run.model.title,
            )
        )
    ratings = run.dataset.interactions.ratings_by(user, history)
    if run.model.reads_ratings and ratings is not None and np.isnan(ratings).any():
        notes.append(
            message("{model} reads the ratings of past events: added events count as unrated.", model=run.model.title)
        )
    traits_of_user = "" if user_id is None else traits(run.dataset, user)
    is_of_user = user_id is not None and is_edited
    seen = np.union1d(run.dataset.interactions.history(user), history) if is_of_user else history
    return Query(user_id, user, history, positions, ratings, is_edited, traits_of_user, message(" ").join(notes), seen)


def for_run(run: OpenRun, query: Query) -> Query:
    """The query adapted to another run on the same dataset."""
    query_for_run = _make_query(run, query.user_id, query.history, query.log_positions, query.is_edited)
    return replace(query_for_run, person=query.person, seen=query.seen, disliked=query.disliked)


def with_person(query: Query, gender: str, age_band: str) -> Query:
    """The query with a gender and an age band for the cold-start list; "" is unknown."""
    return replace(query, person=Person(gender, age_band))


def known_traits(dataset: Dataset) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(genders, age bands from young to old) of the users in the dataset."""
    return genders(dataset), age_bands(dataset)


def traits(dataset: Dataset, user: int) -> str:
    """Gender and age of a user in words; "" where unknown."""
    row, parts = dataset.users.iloc[user].to_dict(), list[str]()
    if row.get(GENDER):
        gender = str(row[GENDER])
        parts.append(gender_names(dataset.users[GENDER].unique()).get(gender, gender))
    if AGE in row and np.isfinite(row[AGE]):
        parts.append(message("{age:.0f} years", age=row[AGE]))
    return message(", ").join(parts)


def history_events(run: OpenRun, query: Query) -> list[HistoryEvent]:
    """The events of the history, oldest first, with days and ratings where logged."""
    log, items = run.dataset.interactions, run.dataset.items
    rows = log.offsets[query.user] + query.log_positions
    is_logged = query.log_positions >= 0
    days = None if log.times is None else pd.to_datetime(log.times[rows], unit="s").strftime("%Y-%m-%d")
    return [
        HistoryEvent(
            item_id=str(log.item_ids[item]),
            title=run.dataset.title(item),
            category=str(items[CATEGORY].iat[item]) if CATEGORY in items else "",
            image=run.dataset.images.get(int(item)),
            position=position,
            when=str(days[position]) if days is not None and is_logged[position] else "",
            rating=float(log.ratings[rows[position]]) if log.ratings is not None and is_logged[position] else None,
        )
        for position, item in enumerate(query.history)
    ]
