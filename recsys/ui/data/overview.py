"""The Data page's parts: the upload with its roles, the report, the profile."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys.data.load import ImportRequest
from recsys.data.profile import Profile
from recsys.data.roles import preview
from recsys.data.store import DatasetSummary
from recsys.data.template import TEMPLATES
from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.services.data import datasets
from recsys.ui.parts import charts
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache, nav
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, to_address, workspace
from recsys.ui.shell.text import plain

NONE = "(none)"
CATEGORIES = 12  # drawn as bars
TYPES = ["csv", "tsv", "txt", "dat", "data", "gz", "item", "user", "base"]


def upload() -> None:
    """The uploader, the guessed roles, and the import."""
    log = st.file_uploader(
        tr("Ratings or events"),
        type=TYPES,
        key="upload",
        help=tr("One row an event: user, item; rating and time if known."),
    )
    columns = st.columns(4)
    items = columns[0].file_uploader(
        tr("Items (optional)"), type=TYPES, key="upload_items", help=tr("item, title, category, price, text …")
    )
    users = columns[1].file_uploader(
        tr("Users (optional)"), type=TYPES, key="upload_users", help=tr("user, age, gender …")
    )
    images = columns[2].file_uploader(
        tr("Pictures (optional)"),
        type=["zip"],
        key="upload_images",
        help=tr("A zip of pictures named as the item ids."),
    )
    impressions = columns[3].file_uploader(
        tr("Impressions (optional)"), type=TYPES, key="upload_impressions",
        help=tr("What was shown to whom: user, item, clicked (1 or 0); time and position if known."),
    )  # fmt: skip
    with st.container(horizontal=True):
        for name, text in TEMPLATES.items():
            st.download_button(
                tr("Template {name}", name=name),
                text,
                file_name=f"recscope-template-{name}",
                mime="text/csv",
                key=f"template_{name}",
            )
    if log is None:
        return
    with tempfile.TemporaryDirectory(prefix="recscope-") as folder:
        try:
            ratings = spooled(log, Path(folder))
            mapping = roles(ratings)
            if st.button(tr("Import"), type="primary", key="import"):
                with st.spinner(tr("Reading and checking …")):
                    request = ImportRequest(
                        ratings,
                        items=spooled(items, Path(folder)) if items else None,
                        users=spooled(users, Path(folder)) if users else None,
                        images=spooled(images, Path(folder)) if images else None,
                        impressions=spooled(impressions, Path(folder)) if impressions else None,
                        mapping=mapping,
                        name=Path(log.name).stem,
                    )
                    dataset = datasets.import_dataset(workspace(), request)
                session().dataset_id, session().dialog = dataset.dataset_id, None
                session().imported = dataset.dataset_id
                nav.go("data", dataset=dataset.dataset_id)
        except RecsysError as error:
            fail(error)


def spooled(file: Any, folder: Path) -> Path:
    """The upload as a file of a name made here (its ending kept, which says how to read it)."""
    path = folder / f"{file.file_id[:8]}{''.join(Path(file.name).suffixes[-2:])[-12:]}"
    path.write_bytes(file.getbuffer())
    return path


def roles(path: Path) -> dict[str, str]:
    """The first rows and who plays which role; changed by the person where the guess is wrong."""
    seen = preview(path)
    st.dataframe(
        seen.rows.head(5), hide_index=True, height=215, key="preview", alt=tr("The first five rows of the upload")
    )
    st.caption(
        tr(
            "{capitalize}-separated, {num_rows}. Check the detected columns.",
            capitalize=plain(seen.separator.capitalize()),
            num_rows=plural("{n:,} row", "{n:,} rows", seen.num_rows),
        )
    )
    columns, chosen = st.columns(4), {}
    for index, role in enumerate(("user", "item", "rating", "time")):
        choices = seen.columns if role in ("user", "item") else [NONE, *seen.columns]
        guess = seen.roles.get(role)
        picked = columns[index].selectbox(
            tr('{capitalize} column', capitalize=plain(role.capitalize())), choices, index=choices.index(guess) if guess in choices else 0,
            format_func=lambda c: f"column {c}" if c.isdigit() else c, key=f"role_{role}",
        )  # fmt: skip
        chosen[role] = "" if picked == NONE else picked  # "" leaves the role out, whatever was guessed
    return chosen


@st.dialog("Import interactions", width="large", on_dismiss=lambda: setattr(session(), "dialog", None))
def import_dialog() -> None:
    upload()


def success(chosen: DatasetSummary) -> None:
    """Right after an import: that it worked."""
    if session().imported == chosen.dataset_id:
        session().imported = None
        st.success(tr('**{name}** is imported: {rows} of {users} with {items}.', name=plain(chosen.name, 60), rows=plural("{n:,} interaction", "{n:,} interactions", chosen.rows), users=plural("{n:,} user", "{n:,} users", chosen.users), items=plural("{n:,} item", "{n:,} items", chosen.items)), icon=":material/check_circle:")  # fmt: skip


def report(chosen: DatasetSummary) -> None:
    """Warnings of the import, and what it repaired."""
    import_report = cache.dataset(workspace(), chosen.dataset_id).report
    for warning in import_report.warnings:
        st.warning(plain(warning), icon=":material/warning:")
    if not import_report.repairs:
        st.caption(tr("Import report: nothing had to be repaired."))
        return
    with st.expander(
        tr("Import report: {repairs}", repairs=plural("{n:,} note", "{n:,} notes", len(import_report.repairs))),
        icon=":material/cleaning_services:",
    ):
        rows = [
            {"note": r.message, "count": r.count, "lines": ", ".join(map(str, r.lines))} for r in import_report.repairs
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="repairs", alt=tr("Notes of the import"))


def delete(chosen: DatasetSummary) -> None:
    """Says what goes along, then removes it."""
    going = datasets.runs_on(workspace(), chosen.dataset_id)
    along = f" and {plural('{n:,} run', '{n:,} runs', len(going))} trained on it" if going else ""
    st.markdown(
        tr(
            "**{name}**{along} go for good. Export what you want to keep, on Runs, first.",
            name=plain(chosen.name, 60),
            along=along,
        )
    )
    if st.button(tr("Delete for good"), type="primary", key="delete_dataset_for_good"):
        try:
            datasets.delete_dataset(workspace(), chosen.dataset_id)
        except RecsysError as error:
            fail(error)
            return
        session().dataset_id = None
        to_address(dataset=None)
        st.rerun()


@dataclass(frozen=True, eq=False)
class Chart:
    key: str
    title: str
    figure: go.Figure
    caption: str
    table: pd.DataFrame


def summary(chosen: DatasetSummary) -> None:
    """Key figures and charts."""
    figures(cache.profiled(workspace(), chosen.dataset_id))
    plots(chosen)


def plots(chosen: DatasetSummary) -> None:
    """Charts two by two: over time, history lengths, long tail, ratings, categories."""
    drawn = charts_of(cache.profiled(workspace(), chosen.dataset_id))
    for start in range(0, len(drawn), 2):
        for column, chart in zip(st.columns(2, gap="medium"), drawn[start : start + 2], strict=False):
            with column:
                st.markdown(f"**{plain(chart.title)}**")
                charts.show(chart.figure, chart.key, chart.caption, chart.table, height=210)


def charts_of(seen: Profile) -> list[Chart]:
    drawn = []
    if seen.time_labels:
        over = pd.DataFrame({seen.time_unit: seen.time_labels, "events": seen.time_counts})
        span = f", from {seen.span[0]} to {seen.span[1]}" if seen.span else ""
        area = charts.area(seen.time_labels, seen.time_counts, seen.time_unit)
        drawn.append(Chart("time", "Interactions over time", area, f"Interactions by {seen.time_unit}{span}.", over))
    lengths = pd.DataFrame({"events": seen.history_bins, "users": seen.history_counts})
    bars = charts.bars(seen.history_bins, seen.history_counts, "events of a user", "users")
    median = f"Half of the users have {seen.median_history:,.0f} events or fewer."
    drawn.append(Chart("histories", "History lengths", bars, median, lengths))
    tail = pd.DataFrame({"item rank": seen.tail_rank, "events": seen.tail_events, "share so far": seen.tail_share})
    curve = charts.long_tail(seen.tail_rank, seen.tail_events, seen.tail_share, seen.items_for_80)
    carried = (
        f"{plural('{n:,} item', '{n:,} items', seen.items_for_80)} of {seen.items:,} carry 80 % of all interactions."
    )
    drawn.append(Chart("tail", "Long tail", curve, carried, tail))
    if seen.rating_values:
        rated = pd.DataFrame({"rating": seen.rating_values, "events": seen.rating_counts})
        bars = charts.bars(seen.rating_values, seen.rating_counts, "rating", "events")
        drawn.append(Chart("ratings", "Ratings", bars, "How often each rating was given.", rated))
    if seen.category_counts:
        most = dict(list(seen.category_counts.items())[:CATEGORIES])
        named = pd.DataFrame({"category": list(seen.category_counts), "items": list(seen.category_counts.values())})
        bars = charts.bars(list(most), list(most.values()), "category", "items")
        drawn.append(Chart("categories", "Categories", bars, "Items of the most frequent categories.", named))
    return drawn


def figures(seen: Profile) -> None:
    with st.container(horizontal=True):
        for name, value, text in (
            ("Interactions", f"{seen.rows:,}", "Rows of the file after checks."),
            ("Users", f"{seen.users:,}", f"{seen.short_users:,} of them have fewer than 3 events."),
            ("Items", f"{seen.items:,}", f"{seen.cold_items:,} more are known and have no event."),
            ("Density", f"{seen.density:.2%}", "Share of all (user, item) pairs that have an event."),
            ("Tied timestamps", "–" if seen.tie_rate is None else f"{seen.tie_rate:.0%}",
             "Interactions at the same time as another of the same user: their order is that of the file."),
        ):  # fmt: skip
            st.metric(name, value, help=text, border=True)
    if seen.click_rate is not None:
        st.markdown(
            tr(
                "Beside the log: {impressions}, {click_rate:.1%} of them clicked.",
                impressions=plural("{n:,} impression", "{n:,} impressions", seen.impressions),
                click_rate=seen.click_rate,
            )
        )
