"""Choices of the Train form: preset, settings, what is held out, target, device and seed."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.data.dataset import Dataset
from recsys.models.config import PRESETS
from recsys.sequences.relevance import in_words, thresholds, usual_threshold, why_not
from recsys.services.train.model_cards import ModelCard, columns_of
from recsys.services.train.recipe import Recipe
from recsys.training.config import TrainingOptions
from recsys.training.device import available_devices
from recsys.training.privacy_config import PRIVATE_MODELS
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session
from recsys.ui.shell.text import plain
from recsys.ui.train.federated import federated_choice
from recsys.ui.train.model_cards import suffix
from recsys.ui.train.privacy_choice import privacy_choice
from recsys.ui.train.settings import cold_share_slider, held_out_users_slider, liked_choice, settings_form
from recsys.ui.train.split_choice import split_choice

USUAL = "balanced"


def choose_one(card: ModelCard, dataset: Dataset, folded: DeltaGenerator, *, is_search: bool = False) -> Recipe:
    """Preset and settings of one model: the basic ones here, the rest in `folded`. They begin with the filled recipe.

    A search of settings has no privacy budget: choosing by results spends more than any run counts.
    """
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
    options = _options(dataset, folded, [] if is_search else [card])
    return Recipe(card.name, preset, settings, options)


def choose_several(chosen: list[ModelCard], dataset: Dataset, folded: DeltaGenerator) -> list[Recipe]:
    """One preset for all; a model without that preset takes its usual one."""
    st.caption(tr("The chosen models are trained with this preset, one after another. Their curves share one chart."))
    preset = _preset(list(PRESETS), USUAL, f"preset_several{suffix()}")
    options, recipes = _options(dataset, folded, chosen), []
    for card in chosen:
        of_card = preset if preset in card.presets else USUAL
        settings = dict(card.presets[of_card])  # the cards are kept
        recipes.append(Recipe(card.name, of_card, settings, options))
    return recipes


def _preset(names: list[str], usual: str, key: str) -> str:
    chosen = st.segmented_control(
        tr("Preset"), names, default=usual, format_func=lambda name: tr(PRESETS[name]) if name in PRESETS else plain(name),
        key=key, required=True, persist_state="session",
    )  # fmt: skip
    return chosen or usual


def _options(dataset: Dataset, folded: DeltaGenerator, cards: list[ModelCard]) -> TrainingOptions:
    """Choices besides a model's settings. Privacy budget and federated training are offered where one of `cards` has them."""
    filled, devices, end = session().recipe, ("auto", *available_devices()), suffix()
    before = TrainingOptions() if filled is None else filled.options
    with folded:
        split_by, cut = split_choice(dataset, before, end)
        cold_share = 0.0  # a time split has cold-start items of its own
        if split_by != "time":
            cold_share = cold_share_slider(before.cold_share, f"cold_share{end}")
        held_out_users = held_out_users_slider(before.held_out_users, f"held_out_users{end}")
        liked_from = choose_target(dataset, before.liked_from, end)
        is_private = any(card.name in PRIVATE_MODELS for card in cards)
        privacy = privacy_choice(before.privacy, end) if is_private else None
        is_network = any(setting.name == "epochs" for card in cards for setting in card.settings)
        federated = federated_choice(before.federated, end) if is_network else None
        with st.container(horizontal=True):
            at = devices.index(before.device) if before.device in devices else 0
            device = st.selectbox(tr("Device"), devices, at, format_func=_device_name, key=f"device{end}", width=160)
            seed = st.number_input(
                tr("Seed"), 0, 2**31 - 1, before.seed, key=f"seed{end}", width=160,
                help=tr("The same seed gives the same model."),
            )  # fmt: skip
    return TrainingOptions(
        seed=int(seed), device=device, cold_share=cold_share, liked_from=liked_from, split_by=split_by, cut=cut,
        held_out_users=held_out_users, privacy=privacy, federated=federated,
    )  # fmt: skip


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
