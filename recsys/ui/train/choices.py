"""Choices of the Train form: preset, settings, what is held out, target, device and seed."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.data.dataset import Dataset
from recsys.models.config import PRESETS
from recsys.sequences.relevance import in_words, thresholds, usual_threshold, why_not
from recsys.services.train.model_cards import ModelCard, columns_of
from recsys.services.train.recipe import Recipe
from recsys.training.device import available_devices
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session
from recsys.ui.shell.text import plain
from recsys.ui.train import federated
from recsys.ui.train.model_cards import suffix
from recsys.ui.train.settings import cold_share_slider, liked_choice, settings_form
from recsys.ui.train.split_choice import split_choice

USUAL = "balanced"


def choose_one(card: ModelCard, dataset: Dataset, folded: DeltaGenerator) -> Recipe:
    """Preset and settings of one model: the basic ones here, the rest in `folded`. They begin with the filled recipe."""
    filled = session().recipe
    is_filled = filled is not None and filled.model == card.name
    st.caption(f"**{plain(card.title)}** {plain(card.summary)}")
    preset, settings = filled.preset if filled and is_filled else USUAL, {}
    if card.settings:
        preset = _preset(list(card.presets), preset, f"preset_{card.name}{suffix()}")
        is_same = filled and (filled.model, filled.preset) == (card.name, preset)
        values = filled.settings if filled and is_same else card.presets[preset]
        key = f"{card.name}_{preset}{suffix()}"
        settings = settings_form(card, preset, values, key, folded, columns_of(dataset))
    shared = _shared(dataset, folded)
    return replace(shared, model=card.name, preset=preset, settings=settings)


def choose_several(chosen: list[ModelCard], dataset: Dataset, folded: DeltaGenerator) -> list[Recipe]:
    """One preset for all; a model without that preset takes its usual one."""
    st.caption(tr("The chosen models are trained with this preset, one after another. Their curves share one chart."))
    preset = _preset(list(PRESETS), USUAL, f"preset_several{suffix()}")
    shared, recipes = _shared(dataset, folded), []
    for card in chosen:
        of_card = preset if preset in card.presets else USUAL
        settings = dict(card.presets[of_card])  # the cards are kept
        recipes.append(replace(shared, model=card.name, preset=of_card, settings=settings))
    return recipes


def _preset(names: list[str], usual: str, key: str) -> str:
    chosen = st.segmented_control(
        tr("Preset"), names, default=usual, format_func=lambda name: tr(PRESETS[name]) if name in PRESETS else plain(name),
        key=key, required=True, persist_state="session",
    )  # fmt: skip
    return chosen or usual


def _shared(dataset: Dataset, folded: DeltaGenerator) -> Recipe:
    """Choices that do not depend on the model; model and settings of the result have no meaning."""
    filled, devices, end = session().recipe, ("auto", *available_devices()), suffix()
    with folded:
        split_by, cut = split_choice(dataset, filled, end)
        cold_share = 0.0  # a time split has cold-start items of its own
        if split_by != "time":
            cold_share = cold_share_slider(filled.cold_share if filled else 0.0, f"cold_share{end}")
        liked_from = choose_target(dataset, filled.liked_from if filled else None, end)
        with st.container(horizontal=True):
            at = devices.index(filled.device) if filled and filled.device in devices else 0
            device = st.selectbox(tr("Device"), devices, at, format_func=_device_name, key=f"device{end}", width=160)
            seed = st.number_input(
                tr("Seed"), 0, 2**31 - 1, filled.seed if filled else 1, key=f"seed{end}", width=160,
                help=tr("The same seed gives the same model."),
            )  # fmt: skip
        federated_options = federated.choose(filled.federated if filled else None, end)
    return Recipe("", "", {}, int(seed), device, cold_share, liked_from, split_by, cut, federated_options)


def _device_name(device: str) -> str:
    return tr("auto") if device == "auto" else device


def choose_target(dataset: Dataset, filled: float | None, end: str) -> float | None:
    """What comes next (None), or the rating from which an event is liked; warns of one that these data lack."""
    ratings = thresholds(dataset.interactions)
    usual = usual_threshold(dataset.interactions, ratings)
    if filled is not None and why_not(dataset.interactions, filled):
        st.warning(
            tr(
                "These settings predict what is {liked}, which does not split the events of this dataset. The form starts "
                "with what comes next.",
                liked=in_words(filled),
            ),
            icon=":material/warning:",
        )
        filled = None
    if filled is not None:
        ratings = tuple(sorted({*ratings, filled}))
    return liked_choice(ratings, usual, filled, f"liked_{dataset.dataset_id}{end}")
