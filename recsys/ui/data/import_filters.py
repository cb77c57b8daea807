"""What an import keeps: filters of its events, and missing values to fill. Both are folded until something is chosen."""

from __future__ import annotations

import streamlit as st

from recsys.data.importing.import_choices import Filters
from recsys.messages import plural
from recsys.services.data.import_draft import ImportDraft
from recsys.services.data.import_outcome import Outcome
from recsys.ui.data import import_state
from recsys.ui.shell.language import tr
from recsys.ui.shell.text import comma_list, plain

NARROW = 160  # pixels of a field
FILTER = "filter_"  # kinds of repairs that say what a filter did


def show(draft: ImportDraft, outcome: Outcome) -> bool:
    """Both sections; gives whether something in them was changed and not applied."""
    is_changed = [keep_only(draft, outcome), missing_values(draft, outcome)]
    return any(is_changed)


def keep_only(draft: ImportDraft, outcome: Outcome | None = None) -> bool:
    """The filters, and what those that were applied did."""
    now = draft.filters
    with st.expander(
        tr("Keep only: active users, period, ratings"), icon=":material/filter_alt:", key="keep_only", expanded=now != Filters()
    ):  # fmt: skip
        chosen = _fields(draft)
        for repair in outcome.report.repairs if outcome is not None else ():
            if repair.kind.startswith(FILTER):
                st.caption(f":material/subdirectory_arrow_right: {plain(repair.message)}")
        with st.container(horizontal=True, vertical_alignment="center"):
            if chosen != now:
                import_state.button(tr("Apply"), draft.keep_only, chosen, key="apply_filters", type="primary")
            if now != Filters():
                import_state.button(tr("Remove filters"), draft.keep_only, Filters(), key="remove_filters", type="tertiary")  # fmt: skip
    return chosen != now


def _fields(draft: ImportDraft) -> Filters:
    now, whole = draft.filters, draft.whole
    assert whole is not None and whole.summary is not None, "filters are offered for a dataset"
    with st.container(horizontal=True, vertical_alignment="bottom", key="filter_fields"):
        users = st.number_input(
            tr("Events per user ≥"), 1, value=max(1, now.user_core), key=field_key("filter_user", draft), width=NARROW,
            help=tr("Counted after repeats were merged. Together with events per item this is a k-core: both hold for what is kept."),
        )  # fmt: skip
        items = st.number_input(
            tr("Events per item ≥"),
            1,
            value=max(1, now.item_core),
            key=field_key("filter_item", draft),
            width=NARROW,
        )
        since, until, rating = now.since, now.until, now.least_rating
        if whole.span is not None:
            first, last = whole.span
            since = st.date_input(
                tr("First day"), now.since, first, last, key=field_key("filter_since", draft), width=NARROW
            )
            until = st.date_input(tr("Last day"), now.until, first, last, key=field_key("filter_until", draft), width=NARROW,
                                  help=tr("The whole day, in UTC."))  # fmt: skip
        if whole.summary.has_ratings:
            rating = st.number_input(
                tr("Rating ≥"), value=now.least_rating, key=field_key("filter_rating", draft), width=NARROW, format="%g", placeholder="–"
            )  # fmt: skip
        share = st.number_input(
            tr("Users, %"), 1, 100, round(100 * now.sample), key=field_key("filter_sample", draft), width=NARROW,
            help=tr("Users drawn at random, with all their events."),
        )  # fmt: skip
    cores = {name: core if core > 1 else 0 for name, core in (("user_core", users), ("item_core", items))}
    return Filters(since=since, until=until, least_rating=rating, sample=share / 100, **cores)


def field_key(name: str, draft: ImportDraft) -> str:
    """The key of a field: a new one after each change that was applied, for fields begin with what is applied."""
    return f"{name}_{draft.num_applied}"


def missing_values(draft: ImportDraft, outcome: Outcome) -> bool:
    """Columns of items and users that have missing values, to be filled."""
    names = [*outcome.missing, *(name for name in draft.fill if name not in outcome.missing)]
    if not names:
        return False

    def label(name: str) -> str:
        missing = outcome.missing.get(name)
        if missing is None:
            return name
        return tr(plural("{column}: {n:,} missing", "{column}: {n:,} missing", missing, column=name))

    title = tr("Missing values: {columns}", columns=plain(comma_list(names), 80))
    with st.expander(title, icon=":material/format_color_fill:", key="missing_values", expanded=bool(draft.fill)):
        chosen = st.multiselect(
            tr("Columns to fill"), names, draft.fill, key=field_key("fill", draft), format_func=label, placeholder=tr("none: they stay unknown"),
            help=tr("Numbers are filled with the median, texts with the most frequent value."),
        )  # fmt: skip
        if set(chosen) != set(draft.fill):
            import_state.button(tr("Apply"), draft.fill_missing, tuple(chosen), key="apply_fill", type="primary")
    return set(chosen) != set(draft.fill)
