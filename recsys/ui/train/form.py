"""The Train page's form: models, their settings, what they will take, and the button."""

from __future__ import annotations

import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.messages import Message, message, plural
from recsys.runs.record import title_with
from recsys.services.train import start_several
from recsys.services.train.job_list import running_jobs
from recsys.services.train.machine import job_threads
from recsys.services.train.model_cards import ModelCard
from recsys.services.train.planning import TrainRequest
from recsys.services.train.recipe import Recipe
from recsys.ui.shell import cache, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain
from recsys.ui.train import batch_preview, choices, estimate, feasibility, model_cards, recipe, sweep
from recsys.ui.train.layout import Areas
from recsys.ui.train.learning_curves import MOST


def form(chosen: DatasetSummary, areas: Areas) -> None:
    """Everything that decides a training, and the button."""
    cards, dataset = model_cards.cards(), cache.dataset(workspace(), chosen.dataset_id)
    with areas.head:
        mode = model_cards.choose_mode()
    several = mode == model_cards.SEVERAL
    with areas.models:
        names = model_cards.choose(cards, several=several)
        feasibility.line(chosen)
    with areas.form:
        basic, action, folded = st.container(), st.container(), st.expander(tr("Advanced"), icon=":material/tune:")
        if mode == model_cards.SEARCH:
            with basic:
                search = sweep.choose(cards[names[0]], dataset, folded)
            with action:
                sweep.action(search, request_of(chosen.dataset_id, search.fixed))
            return
        with basic:
            if several:
                recipes = choices.choose_several([cards[name] for name in names], dataset, folded)
            else:
                recipes = [choices.choose_one(cards[names[0]], dataset, folded)]
        requests = [request_of(chosen.dataset_id, made) for made in recipes]
        with action:
            train_button(requests, cards, several=several)
        if not several:
            if recipes[0].options.privacy is None:  # otherwise a step takes single users, without a batch
                batch_preview.fold(requests[0])
            recipe.fold(chosen.dataset_id, recipes[0])


def request_of(dataset_id: str, made: Recipe) -> TrainRequest:
    options = made.options.model_copy(update={"threads": job_threads()})
    return TrainRequest(dataset_id, made.model, made.preset, made.settings, options)


def train_button(requests: list[TrainRequest], cards: dict[str, ModelCard], *, several: bool) -> None:
    """The estimate, the button, and what was refused when it was pressed last."""
    slot = st.container(key="estimate")
    if running_jobs(workspace()):
        label = message("Add to the queue")
    elif several:
        label = plural("Train {n:,} model", "Train {n:,} models", len(requests))
    else:
        named = title_with(Message(cards[requests[0].model].title), requests[0].options)
        label = message("Train {model}", model=plain(named))
    if st.button(tr(label), type="primary", key="train", icon=":material/play_arrow:", disabled=not requests):
        start(requests)
    for model, reason in session().refused.items():
        title, why = plain(cards[model].title), plain(reason, 400)
        st.error(tr("**{model}** cannot be trained. {reason}", model=title, reason=why), icon=":material/warning:")
    with slot:
        estimate.show(requests)


def start(requests: list[TrainRequest]) -> None:
    """Queue the trainings, keep their estimates with them and lead to the live panel of the first."""
    estimate.cancel()
    with st.spinner(tr("Checking and starting …")):
        started = start_several.start_several(workspace(), requests)
    session().refused = started.refused
    if not started.run_ids:
        return
    estimate.keep(started.run_ids)
    first, *others = started.run_ids
    session().run_id = first
    nav.go("train", run=first, beside=",".join(others[: MOST - 1]))
