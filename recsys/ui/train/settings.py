"""A model's settings as widgets, with the words and units that people know them by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.messages import message
from recsys.services.models.setting_names import LABELS
from recsys.services.train.model_cards import Columns, ModelCard, Setting
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import plain

RATINGS, MASK_SEEN, OFF, ON = "ratings", "mask_seen", "off", "on"
NARROWEST = 140  # pixels of a slider
COLUMNS = {
    "title": message("title"), "text": message("text"), "category": message("category"), "price": message("price"),
    "picture": message("picture"), "age": message("age"), "gender": message("gender"),
}  # fmt: skip
SEEN = {"content": "id_dropout", "user_features": "user_dropout"}  # what is seen, and how often it is all or hidden


def label_of(name: str) -> str:
    return tr(LABELS[name]) if name in LABELS else name


def settings_form(
    card: ModelCard, preset: str, values: dict[str, Any], key: str, folded: DeltaGenerator, columns: Columns
) -> dict[str, Any]:
    """A slider or field for every setting of a model, two in a row, the basic ones here, what the model sees and the rest
    in `folded`.

    They begin with `values`; `columns` is what the dataset has to be seen. A model, a preset and a filling of the
    form have widgets of their own, named by `key`, so that none inherits another's value.
    """
    hiding = {setting.name: setting for setting in card.settings if setting.name in SEEN.values()}
    basic = [setting for setting in card.settings if setting.basic]
    advanced = [s for s in card.settings if not s.basic and s.name not in (*SEEN, *hiding, RATINGS, MASK_SEEN)]
    usual = card.presets[preset]
    chosen = _in_rows(basic, usual, values, key)
    with folded:
        for setting in card.settings:
            if setting.name in SEEN:
                offered = columns.content if setting.name == "content" else columns.users
                chosen |= seen_widgets(setting, hiding.get(SEEN[setting.name]), usual, values, offered, key)
            if setting.name == RATINGS:
                chosen[RATINGS] = switch(setting, values[RATINGS], key) if columns.ratings else OFF
        chosen |= _in_rows(advanced, usual, values, key)
        chosen |= {s.name: switch(s, values[s.name], key) for s in card.settings if s.name == MASK_SEEN}
    return chosen


def seen_widgets(
    setting: Setting,
    hiding: Setting | None,
    usual: dict[str, Any],
    values: dict[str, Any],
    offered: Sequence[str],
    key: str,
) -> dict[str, Any]:
    """Which of the columns `offered` the model sees, and how often they are hidden, or must do alone."""
    unchosen = {} if hiding is None else {hiding.name: hiding.default}
    if not offered:
        return {setting.name: setting.default, **unchosen}
    before = parts_of(values[setting.name])
    seen = st.pills(
        label_of(setting.name), offered, selection_mode="multi", default=[name for name in offered if name in before],
        format_func=_column_name, help=plain(setting.help), key=f"set_{setting.name}_{key}",
    )  # fmt: skip
    lacking = [name for name in parts_of(str(setting.default)) if name in before and name not in offered]  # harmless
    chosen = {setting.name: ", ".join([*seen, *lacking]), **unchosen}
    if hiding is not None:
        chosen[hiding.name] = values[hiding.name]
        if seen:
            chosen[hiding.name] = setting_widget(
                hiding, usual[hiding.name], values[hiding.name], f"set_{hiding.name}_{key}"
            )
    return chosen


def _column_name(column: str) -> str:
    """A column in words; one of the user's file by its name there."""
    return tr(COLUMNS[column]) if column in COLUMNS else plain(column)


def switch(setting: Setting, value: str, key: str) -> str:
    """A setting that is "on" or "off"."""
    label, help_text = label_of(setting.name), plain(setting.help)
    return ON if st.toggle(label, value == ON, help=help_text, key=f"set_{setting.name}_{key}") else OFF


def parts_of(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _in_rows(settings: list[Setting], usual: dict[str, Any], values: dict[str, Any], key: str) -> dict[str, Any]:
    chosen = {}
    if not settings:
        return {}
    with st.grid(2, min_column_width=NARROWEST) as grid:
        for setting in settings:
            with grid.cell():
                chosen[setting.name] = setting_widget(
                    setting, usual[setting.name], values[setting.name], f"set_{setting.name}_{key}"
                )
    return chosen


def cold_share_slider(value: float, key: str) -> float:
    """The share of the items that is held out of training, from 0 to 0.5."""
    share = st.slider(
        tr("Items held out (cold-start test)"), 0.0, 0.5, value, 0.05, format="percent", key=key,
        help=tr("This share of the items is removed from training, with all of their events. The Segments tab of Models then "
                "shows how well the model ranks items it has never seen. Every run on the same data holds out the same items."),
    )  # fmt: skip
    return round(float(share), 10)  # the browser counts in steps of its own


def held_out_users_slider(value: float, key: str) -> float:
    """The share of the users that is held out entirely, from 0 to 0.5."""
    share = st.slider(
        tr("Users held out (privacy test)"), 0.0, 0.5, value, 0.05, format="percent", key=key,
        help=tr("Training, validation and test never see these users. The Privacy tab of Models then attacks the model: can the "
                "users it learnt from be identified? Every run on the same data holds out the same users."),
    )  # fmt: skip
    return round(float(share), 10)


NEXT, LIKED = message("what comes next"), message("what will be liked")


def liked_choice(ratings: Sequence[float], usual: float | None, value: float | None, key: str) -> float | None:
    """Target: None for what comes next, else the rating from which on an event counts as liked.

    `ratings` are those that may be chosen and `usual` the one to begin with; without any there is nothing to choose.
    """
    if usual is None:
        return None
    chosen = st.radio(
        tr("Target"), (NEXT, LIKED), int(value in ratings), format_func=tr, horizontal=True, key=key,
        help=tr("What will be liked: the model still reads every event, but is trained and evaluated only on events with at "
                "least the rating you choose."),
    )  # fmt: skip
    if chosen == NEXT:
        return None
    begin = value if value in ratings else usual
    if len(ratings) == 1:
        st.caption(tr("Liked means a rating of {rating:g}.", rating=usual))
        return begin
    return st.select_slider(
        tr("Liked means a rating of at least"), ratings, begin, format_func=lambda rating: f"{rating:g}",
        key=f"{key}_from",
    )  # fmt: skip


def setting_widget(setting: Setting, usual: float, value: float, key: str) -> float:
    """A slider where the range is one to slide over, else a number field; `usual` is the preset's value.

    The value is the widget's default and never put into its state: a state that is set while the page still
    draws can be lost on the way, and the slider would then stand at its lowest.
    """
    name, low, high = label_of(setting.name), setting.low, setting.high
    if setting.type == "int" and low is not None and high is not None:
        most = int(max(value, min(high, max(4 * usual, 16))))
        step = 8 if setting.name.endswith("_dim") else 1
        return st.slider(name, int(low), most, int(value), step, help=plain(setting.help), key=key)
    if setting.name in ("dropout", *SEEN.values()):
        return st.slider(name, 0.0, max(float(value), 0.9), float(value), 0.05, help=plain(setting.help), key=key)
    digits = max(3, 2 - math.floor(math.log10(usual))) if usual else 3
    fine = usual < 1
    return st.number_input(
        name,
        None if low is None else float(low), None if high is None else float(high), float(value),
        step=10.0**-digits if fine else 1.0, format=f"%.{digits if fine else 1}f", help=plain(setting.help), key=key,
    )  # fmt: skip
