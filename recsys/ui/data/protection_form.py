"""What an import does not keep of people: a folder of choices for the import dialog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from recsys.data.dataset import AGE
from recsys.data.importing.import_choices import Protection
from recsys.messages import message
from recsys.services.data.privacy_notes import pseudonym_note
from recsys.ui.shell.language import tr

AS_IS, APP_BANDS = "as is", "app"
WIDTHS = {
    AS_IS: message("as in the file"), APP_BANDS: message("under 18, 18–24, 25–34 …"), "5": message("5 years"),
    "10": message("10 years"),
}  # fmt: skip


def protection_form(
    columns: Mapping[str, Sequence[str]], before: Protection, *, has_times: bool = True, key: str = "protect"
) -> Protection:
    """Draw the choices, folded unless something was chosen `before`, and return them.

    `columns`: kind of table ("users", "items") -> names of its columns as they are stored ("age" for the age), without the ids.
    """
    width_before = next((APP_BANDS if width is None else f"{width:g}" for width in before.bands.values()), AS_IS)
    with st.expander(
        tr("Privacy: pseudonyms, columns left out, bands"), icon=":material/shield_person:", key=key,
        expanded=before != Protection(),
    ):  # fmt: skip
        with st.container(horizontal=True):
            users = st.checkbox(
                tr("Replace user ids by pseudonyms"),
                "users" in before.pseudonyms,
                key=f"{key}_users",
                help=tr(pseudonym_note()),
            )
            items = st.checkbox(tr("Replace item ids by pseudonyms"), "items" in before.pseudonyms, key=f"{key}_items")
            days = has_times and st.checkbox(tr("Keep only the day of times"), before.days, key=f"{key}_days")
        if users or items:
            st.caption(
                tr("The key of the pseudonyms is kept apart from the dataset and deleted with it. Ids are not stored.")
            )
        names = [f"{kind}.{name}" for kind, of_kind in columns.items() for name in of_kind]
        names += [name for name in before.drop if name not in names]
        dropped, width = [], AS_IS
        if names:
            dropped = st.multiselect(
                tr("Columns to leave out"), names, before.drop, key=f"{key}_drop", placeholder=tr("none")
            )
        if AGE in columns.get("users", ()) and f"users.{AGE}" not in dropped:
            width = st.segmented_control(
                tr("Ages"), [*WIDTHS], default=width_before, format_func=lambda name: tr(WIDTHS[name]), required=True, key=f"{key}_age"
            ) or AS_IS  # fmt: skip
    whose = tuple(kind for kind, is_chosen in (("users", users), ("items", items)) if is_chosen)
    bands = {} if width == AS_IS else {f"users.{AGE}": None if width == APP_BANDS else float(width)}
    return Protection(pseudonyms=whose, drop=tuple(dropped), bands=bands, days=bool(days))
