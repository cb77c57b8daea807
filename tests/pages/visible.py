"""Every text of a page that a person can read, from the tree that AppTest keeps of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest


def nodes(node: Any) -> Iterator[Any]:
    """An element or block and all that it holds."""
    yield node
    for child in getattr(node, "children", {}).values():
        yield from nodes(child)


def strings(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text within a message, with the names of the fields that lead to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Message):
        for field, inner in value.ListFields():
            yield from strings(inner, f"{path}.{field.name}")
    elif isinstance(value, Mapping):
        yield from strings(list(value.values()), path)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for inner in value:
            yield from strings(inner, path)


NOT_READ = (  # fields that nobody reads: ids, addresses, looks
    ".id", ".url", ".icon", ".type", ".tag", ".config", ".theme", ".format", ".query_param_key", ".deferred_file_id",
    ".raw_value", ".raw_values", ".default", "Html.body", "Code.code_text", ".form_id", ".columns", ".spec",
    "default_tab_label", "FileUploader.max_upload_size_mb", "Dataframe.selection_default", "Code.language", ".button_click_widgets",
)  # fmt: skip
DRAWN = {"text", "name", "hovertemplate", "x", "y", "customdata"}  # keys of what plotly draws


def visible(app: AppTest) -> Iterator[tuple[str, str]]:
    """(element and field, text) of all that the page shows, says in tooltips or to screen readers."""
    for node in nodes(app._tree):
        proto = getattr(node, "proto", None)
        name = type(proto).__name__
        if not isinstance(proto, Message):
            continue
        for path, text in strings(proto, name):
            if path == "PlotlyChart.spec":
                yield from of_figure(json.loads(text))
            elif not path.endswith(NOT_READ):
                yield path, text
        if name == "Dataframe":
            yield from of_table(node.value, json.loads(proto.columns or "{}"))


def of_figure(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and key in DRAWN:
        yield f"figure.{key}", value
    elif isinstance(value, Mapping):
        is_hovered = "customdata" in str(value.get("hovertemplate"))  # else it holds the ids of what can be clicked
        for name, inner in value.items():
            if name != "template" and (name != "customdata" or is_hovered):
                yield from of_figure(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from of_figure(inner, key)


def of_table(frame: pd.DataFrame, config: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for name in frame.columns:
        settings = config.get(str(name), {})
        yield "table header", settings.get("label") or ("" if "label" in settings else str(name))
        if not frame[name].astype(str).str.startswith("data:").any():
            yield from (("table cell", cell) for cell in dict.fromkeys(c for c in frame[name] if isinstance(c, str)))
