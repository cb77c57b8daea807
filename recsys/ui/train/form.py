"""The Train page's form: model, preset, settings; what it will take; what the model will see; passing settings on."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.data.dataset import Dataset
from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.sequences.relevance import in_words, thresholds, usual_threshold, why_not
from recsys.services.train import estimate, recipe, training
from recsys.services.train.estimate import Estimate
from recsys.services.train.machine import job_threads
from recsys.services.train.model_cards import ModelCard, columns_of, list_models
from recsys.services.train.planning import TrainRequest
from recsys.services.train.recipe import Recipe
from recsys.training.config import TrainingOptions
from recsys.training.device import available_devices
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache, nav
from recsys.ui.shell.state import from_address, session, workspace
from recsys.ui.shell.text import count, duration, plain, size
from recsys.ui.train.settings import cold_share_slider, label_of, liked_choice, settings_form

FAMILIES = ("self-attention", "RNN", "CNN", "dense", "neighbourhood", "baseline")  # the most useful first


def form(chosen: DatasetSummary) -> None:
    """Everything that decides a training, and the button."""
    simple_last = list_models()[::-1]
    cards = {card.name: card for card in sorted(simple_last, key=usefulness)}
    made = choices(cards, cache.dataset(workspace(), chosen.dataset_id))
    options = TrainingOptions(
        seed=made.seed,
        device=made.device,
        threads=job_threads(),
        cold_share=made.cold_share,
        liked_from=made.liked_from,
    )
    request = TrainRequest(chosen.dataset_id, made.model, made.preset, made.settings, options)
    with st.container(horizontal=True):
        pressed = st.button(f"Train {plain(cards[made.model].title)}", type="primary", key="train")
        wants_estimate = st.button("Estimate time and memory", key="estimate", icon=":material/timer:")
    if pressed:
        start(request)
    slot = st.container()  # filled last, so that the rest of the form stands while the trial runs
    first_batch(request)
    pass_on(request, made)
    with slot:
        expectation(request, wants_estimate)


def usefulness(card: ModelCard) -> int:
    """The place of a model among the choices."""
    return FAMILIES.index(card.family) if card.family in FAMILIES else len(FAMILIES)


def choices(cards: dict[str, ModelCard], dataset: Dataset) -> Recipe:
    """Model, preset, sliders, what is seen, what to recommend, device and seed; they begin with what the form was filled
    with."""
    filled, names, devices = session().recipe, list(cards), ("auto", *available_devices())
    suffix = f"_{session().fillings}" if session().fillings else ""
    name = st.radio(
        "Model", names, names.index(filled.model) if filled else 0, horizontal=True, key=f"model{suffix}",
        format_func=lambda n: f"{cards[n].title} · {cards[n].family}",
    )  # fmt: skip
    card, settings = cards[name], {}
    preset = filled.preset if filled and filled.model == name else "balanced"
    st.caption(plain(card.summary))
    basic, folded = st.container(), st.expander("Advanced")
    if card.settings:
        preset = (
            basic.segmented_control(
                "Preset",
                list(card.presets),
                default=preset,
                format_func=plain,
                key=f"preset_{name}{suffix}",
                required=True,
            )
            or preset
        )
        is_filled = filled and (filled.model, filled.preset) == (name, preset)
        values = filled.settings if filled and is_filled else card.presets[preset]
        with basic:
            settings = settings_form(card, preset, values, f"{name}_{preset}{suffix}", folded, columns_of(dataset))
    with folded:
        cold_share = cold_share_slider(filled.cold_share if filled else 0.0, f"cold_share{suffix}")
    liked_from = what_to_suggest(dataset, filled.liked_from if filled else None, suffix, folded)
    with st.container(horizontal=True):
        at = devices.index(filled.device) if filled and filled.device in devices else 0
        device = st.selectbox("Device", devices, at, key=f"device{suffix}", width=160)
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, filled.seed if filled else 1, key=f"seed{suffix}", width=160,
            help="The same seed gives the same model.",
        )  # fmt: skip
    return Recipe(name, preset, settings, int(seed), device, cold_share, liked_from)


def what_to_suggest(dataset: Dataset, filled: float | None, suffix: str, folded: DeltaGenerator) -> float | None:
    """What comes next (None), or what will be liked, from a rating on; a rating that these data lack is said aloud."""
    ratings = thresholds(dataset.interactions)
    usual = usual_threshold(dataset.interactions, ratings)
    if filled is not None and why_not(dataset.interactions, filled):
        st.warning(
            f"The settings ask for what is {in_words(filled)}, which tells nothing apart in these data, so the form "
            "begins with what comes next.",
            icon=":material/warning:",
        )
        filled = None
    if filled is not None:
        ratings = tuple(sorted({*ratings, filled}))
    with folded:
        return liked_choice(ratings, usual, filled, f"liked_{dataset.dataset_id}{suffix}")


def start(request: TrainRequest) -> None:
    """Starts the run, and keeps with it what was estimated for it."""
    try:
        with st.spinner("Checking and starting …"):
            run_id = training.start(workspace(), request)
    except RecsysError as error:
        fail(error)
        return
    estimate_of_request = session().estimates.get(repr(request))
    if estimate_of_request is not None:
        estimate.save_estimate(workspace(), run_id, estimate_of_request)
    session().run_id = run_id
    nav.go("train", run=run_id)


def expectation(request: TrainRequest, wants_estimate: bool) -> None:
    """Time and memory, on demand; remembered for these settings."""
    estimates, key = session().estimates, repr(request)
    if wants_estimate and key not in estimates:
        try:
            estimates[key] = tried(request)
        except RecsysError as error:
            fail(error)
    if key not in estimates:
        return
    estimate_of_request = estimates[key]
    epochs = (
        f"at most **{duration(estimate_of_request.seconds)}** for {count(estimate_of_request.epochs, 'epoch')} "
        f"({estimate_of_request.epoch_seconds:.1f} s each; it stops early where it no longer gets better)"
        if estimate_of_request.epochs
        else f"about **{duration(max(1, estimate_of_request.seconds))}**"
    )
    st.markdown(f"Estimate: {epochs}, and about **{size(estimate_of_request.memory)}** of memory.")
    lower = estimate.to_lower(estimate_of_request, request.settings)
    if lower is not None:
        names = " or ".join(label_of(name).split(" (")[0].lower() for name in lower)
        what = f"lower {names}" if names else "bring fewer items, or take another model"
        st.warning(
            f"This needs about {size(estimate_of_request.memory)}, and {size(estimate_of_request.memory_free)} are free: the system may end the "
            f"training. Close other programs, or {what}.",
            icon=":material/memory:",
        )


def tried(request: TrainRequest) -> Estimate:
    """Waits for the trial in sight; whatever is pressed meanwhile ends it and is done at once."""
    process, began = estimate.start(workspace(), request), time.monotonic()
    try:
        with st.empty():
            while process.poll() is None:
                st.caption(
                    f"Trying a second of the training in a process of its own … {time.monotonic() - began:.0f} s"
                )
                time.sleep(0.2)
            st.caption("")
        return estimate.answer(process)
    finally:
        process.kill()
        process.wait()


def first_batch(request: TrainRequest) -> None:
    """What the model really sees, for who opens it."""
    fold = st.expander(
        "The first batch: what the model sees", icon=":material/visibility:", key="first_batch", on_change="rerun"
    )
    if not fold.open:
        return
    with fold:
        try:
            batch = cache.first_batch(workspace(), request)
        except RecsysError as error:
            fail(error)
            return
        if batch is None:
            st.caption("This model has a closed form: it is fitted on all interactions at once, without batches.")
            return
        st.caption(plain(batch.words, 600))
        st.dataframe(
            batch.table, hide_index=True, height=320, key="first_batch_rows", alt="Rows of the first batch with titles"
        )


def pass_on(request: TrainRequest, made: Recipe) -> None:
    """The same training as a command and as a file, and a file's settings into the form."""
    with st.expander("Command and settings file", icon=":material/terminal:", key="pass_on"):
        st.code(recipe.command(workspace(), request.dataset_id, made), language="bash", wrap_lines=True)
        st.caption(
            "The same model from a terminal, in the folder of the project: it uses all cores, the app leaves one free."
        )
        st.download_button(
            "Save settings", recipe.to_file(made), f"{made.model}.json", "application/json", key="save_settings"
        )
        file = st.file_uploader("Load settings", type=["json"], key="load_settings", on_change=load)
        if file is not None:
            try:
                settings_file = recipe.from_file(file.getvalue())
                st.caption(
                    f"{plain(file.name)} was read: {plain(settings_file.model)} with {count(len(settings_file.changed), 'changed setting')}."
                )
            except RecsysError as error:
                fail(error)


def load() -> None:
    """A settings file came in: fills the form before it is drawn."""
    file = st.session_state["load_settings"]
    if file is not None:
        try:
            fill(recipe.from_file(file.getvalue()))
        except RecsysError:
            return  # said in its place, below the file


def follow_link() -> None:
    """Fills the form, once, with the settings of the run that a link names: ?like=RUN."""
    run_id = from_address("like")
    if run_id and run_id != session().like:
        try:
            session().dataset_id, settings_of_run = recipe.of_run(workspace(), run_id)
            fill(settings_of_run)
        except RecsysError as error:
            fail(error)
    session().like = run_id


def fill(settings_to_fill: Recipe) -> None:
    """The form begins anew with these choices; a device that this machine lacks becomes auto."""
    session().recipe = settings_to_fill
    session().fillings += 1
