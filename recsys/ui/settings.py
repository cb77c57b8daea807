"""A model's settings as widgets, with the words and units that people know them by."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

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
}


def label_of(name: str) -> str:
    return LABELS.get(name, name.replace("_", " ").capitalize())


def key_of(name: str, model: str, preset: str) -> str:
    """The widget of a setting: each model and preset has its own, so that none inherits another's value."""
    return f"set_{name}_{model}_{preset}"


def settings_form(card: ModelCard, preset: str) -> dict[str, Any]:
    """A slider or field for every setting of a model in two columns, the basic ones first, the rest folded."""
    basic = [setting for setting in card.settings if setting.basic]
    advanced = [setting for setting in card.settings if not setting.basic]
    chosen = _in_columns(basic, card, preset)
    if advanced:
        with st.expander("Advanced"):
            chosen |= _in_columns(advanced, card, preset)
    return chosen


def _in_columns(settings: list[Setting], card: ModelCard, preset: str) -> dict[str, Any]:
    chosen = {}
    for start in range(0, len(settings), 2):
        for column, setting in zip(st.columns(2, gap="small"), settings[start : start + 2], strict=False):
            with column:
                key = key_of(setting.name, card.name, preset)
                chosen[setting.name] = setting_widget(setting, card.presets[preset][setting.name], key)
    return chosen


def setting_widget(setting: Setting, usual: float, key: str) -> float:
    """A slider where the range is one to slide over, else a number field; `usual` is the preset's value."""
    whole = setting.type == "int"
    value = st.session_state.setdefault(key, int(usual) if whole else float(usual))
    name, low, high = label_of(setting.name), setting.low, setting.high
    if whole and low is not None and high is not None:
        most = max(value, int(min(high, max(4 * usual, 16))))
        step = 8 if setting.name.endswith("_dim") else 1
        return st.slider(name, int(low), most, step=step, help=setting.help, key=key)
    if setting.name == "dropout":
        return st.slider(name, 0.0, max(value, 0.9), step=0.05, help=setting.help, key=key)
    digits = max(3, 2 - math.floor(math.log10(usual))) if usual else 3
    fine = usual < 1
    return st.number_input(
        name,
        None if low is None else float(low), None if high is None else float(high),
        step=10.0**-digits if fine else 1.0, format=f"%.{digits if fine else 1}f", help=setting.help, key=key,
    )  # fmt: skip
