"""A model's settings as widgets, with the words and units that people know them by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.services.models import ModelCard, Setting

LABELS = {
    "epochs": "Epochs, at most",
    "batch_size": "Batch size (rows)",
    "learning_rate": "Learning rate",
    "patience": "Patience (epochs)",
    "embedding_dim": "Embedding size (numbers per item)",
    "hidden_dim": "Hidden size (numbers)",
    "num_blocks": "Layers",
    "num_heads": "Attention heads",
    "max_length": "History length (events)",
    "dropout": "Dropout (share)",
    "filter_window": "Filter window (events)",
    "horizontal_filters": "Horizontal filters per height",
    "vertical_filters": "Vertical filters",
    "negatives": "Negatives per event",
    "l2": "L2 regularisation",
    "decay": "Decay per event",
    "neighbours": "Neighbours (items)",
    "shrinkage": "Shrinkage of the likeness",
    "half_life": "Half-life (share of the log)",
    "kernel_size": "Filter size (events)",
    "attention_dim": "Attention size (numbers)",
    "content": "What the model sees of an item",
    "id_dropout": "Hidden ids (share)",
}


CONTENT = ("content", "id_dropout")


def label_of(name: str) -> str:
    return LABELS.get(name, name.replace("_", " ").capitalize())


def settings_form(
    card: ModelCard, preset: str, values: dict[str, Any], key: str, folded: DeltaGenerator, content: Sequence[str] = ()
) -> dict[str, Any]:
    """A slider or field for every setting of a model, two in a row, the basic ones here, the rest in `folded`.

    They begin with `values`; `content` is what the data set has of its items. A model, a preset and a filling of the
    form have widgets of their own, named by `key`, so that none inherits another's value.
    """
    of_content = {setting.name: setting for setting in card.settings if setting.name in CONTENT}
    basic = [setting for setting in card.settings if setting.basic]
    advanced = [setting for setting in card.settings if not setting.basic and setting.name not in CONTENT]
    usual = card.presets[preset]
    chosen = _in_rows(basic, usual, values, key)
    if of_content and content:
        chosen |= content_widgets(of_content, usual, values, content, key)
    else:
        chosen |= {name: setting.default for name, setting in of_content.items()}
    if advanced:
        with folded:
            chosen |= _in_rows(advanced, usual, values, key)
    return chosen


def content_widgets(
    settings: dict[str, Setting], usual: dict[str, Any], values: dict[str, Any], content: Sequence[str], key: str
) -> dict[str, Any]:
    """Which of the items' content the model sees, and how often it must do with that alone."""
    named = [name for name in content if name in parts_of(values["content"])]
    one = settings["content"]
    seen = st.pills(
        label_of(one.name), content, selection_mode="multi", default=named, help=one.help, key=f"set_content_{key}"
    )
    chosen: dict[str, Any] = {"content": ", ".join(seen), "id_dropout": values["id_dropout"]}
    if seen:
        hidden = settings["id_dropout"]
        chosen["id_dropout"] = setting_widget(hidden, usual["id_dropout"], values["id_dropout"], f"set_hidden_{key}")
    return chosen


def parts_of(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _in_rows(settings: list[Setting], usual: dict[str, Any], values: dict[str, Any], key: str) -> dict[str, Any]:
    chosen = {}
    for start in range(0, len(settings), 2):
        for column, one in zip(st.columns(2, gap="small"), settings[start : start + 2], strict=False):
            with column:
                chosen[one.name] = setting_widget(one, usual[one.name], values[one.name], f"set_{one.name}_{key}")
    return chosen


def cold_share_slider(value: float, key: str) -> float:
    """The share of the items that is held out of training, from 0 to 0.5."""
    share = st.slider(
        "Items held out (cold start test)", 0.0, 0.5, value, 0.05, format="percent", key=key,
        help="This share of the items is taken out of training entirely, with all of their events. Evaluate then shows "
        "how well the model ranks items that it never met. The same items are held out in every run on the same data.",
    )  # fmt: skip
    return round(float(share), 10)  # the browser counts in steps of its own


NEXT, LIKED = "what comes next", "what will be liked"


def liked_choice(ratings: Sequence[float], usual: float | None, value: float | None, key: str) -> float | None:
    """What to suggest: None for what comes next, else the rating from which on an event counts as liked.

    `ratings` are those that may be chosen and `usual` the one to begin with; without any there is nothing to choose.
    """
    if usual is None:
        return None
    chosen = st.radio(
        "What to suggest", (NEXT, LIKED), int(value in ratings), horizontal=True, key=key,
        help="What will be liked: the model still reads every event, but learns to suggest, and is measured on, only "
        "those rated as high as you say.",
    )  # fmt: skip
    if chosen == NEXT:
        return None
    begin = value if value in ratings else usual
    if len(ratings) == 1:
        st.caption(f"Liked means a rating of {usual:g}.")
        return begin
    return st.select_slider(
        "Liked means a rating of at least", ratings, begin, format_func=lambda rating: f"{rating:g}", key=f"{key}_from"
    )


def setting_widget(setting: Setting, usual: float, value: float, key: str) -> float:
    """A slider where the range is one to slide over, else a number field; `usual` is the preset's value.

    The value is the widget's default and never put into its state: a state that is set while the page still
    draws can be lost on the way, and the slider would then stand at its lowest.
    """
    name, low, high = label_of(setting.name), setting.low, setting.high
    if setting.type == "int" and low is not None and high is not None:
        most = int(max(value, min(high, max(4 * usual, 16))))
        step = 8 if setting.name.endswith("_dim") else 1
        return st.slider(name, int(low), most, int(value), step, help=setting.help, key=key)
    if setting.name in ("dropout", "id_dropout"):
        return st.slider(name, 0.0, max(float(value), 0.9), float(value), 0.05, help=setting.help, key=key)
    digits = max(3, 2 - math.floor(math.log10(usual))) if usual else 3
    fine = usual < 1
    return st.number_input(
        name,
        None if low is None else float(low), None if high is None else float(high), float(value),
        step=10.0**-digits if fine else 1.0, format=f"%.{digits if fine else 1}f", help=setting.help, key=key,
    )  # fmt: skip
