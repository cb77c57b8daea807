"""The Data page's import: the uploader, the detected columns, what was repaired."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.data.dataset import Repair
from recsys.data.fingerprint import TREATMENTS
from recsys.data.importing.import_choices import Choices
from recsys.data.importing.load import ImportRequest
from recsys.data.importing.roles import preview
from recsys.data.importing.template import TEMPLATES
from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.messages import ENGLISH, message, plural
from recsys.services.data import datasets
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache, nav, presenter
from recsys.ui.shell.language import language, tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import comma_list, plain

NONE = message("(none)")
SEPARATORS = {
    "comma": message("Comma-separated, {rows}. Check the detected columns."),
    "semicolon (;)": message("Semicolon-separated, {rows}. Check the detected columns."),
    "tab": message("Tab-separated, {rows}. Check the detected columns."),
    "bar (|)": message("Separated by bars, {rows}. Check the detected columns."),
    "blanks": message("Separated by spaces, {rows}. Check the detected columns."),
}
SEPARATED = message("Separator {separator}, {rows}. Check the detected columns.")
ROLES = {
    "user": message("User column"), "item": message("Item column"), "rating": message("Rating column"),
    "time": message("Time column"),
}  # fmt: skip
TYPES = ["csv", "tsv", "txt", "dat", "data", "gz", "item", "user", "base"]


# The label of Streamlit's button cannot be chosen: beside its English word, made invisible, stands that of the language.
BUTTON = """<style>
[data-testid="stFileUploaderDropzone"] > span button p {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] > span button [data-testid="stMarkdownContainer"]::after {{ content: "{label}"; font-size: 0.875rem; }}
</style>"""


def upload() -> None:
    """The uploader of the interactions, their detected columns, further files, and the import."""
    if presenter.closed():
        return
    if language() != ENGLISH:
        st.html(BUTTON.format(label=tr("Upload")))
    log = st.file_uploader(
        tr("Ratings or events"),
        type=TYPES,
        key="upload",
        help=tr("One row per event: user, item; rating and time if known."),
    )
    detected = st.container()
    with st.expander(
        tr("Items, users, pictures, impressions (optional)"), icon=":material/attach_file:", key="more_files"
    ):
        others = further_files()
    if log is not None:
        _read(log, detected, **others)
    st.caption(
        tr("Tables as CSV, TSV or other text files, also gzipped; pictures as a zip file. At most {megabytes:d} MB a file.",
           megabytes=st.get_option("server.maxUploadSize"))
    )  # fmt: skip
    with st.container(horizontal=True):
        for name, text in TEMPLATES.items():
            st.download_button(
                tr("Template {name}", name=name),
                text.encode,
                file_name=f"recscope-template-{name}",
                mime="text/csv",
                key=f"template_{name}",
            )


def further_files() -> dict[str, Any]:
    """The uploaders of the other tables, by kind of file."""
    columns = st.columns(4)
    items = columns[0].file_uploader(
        tr("Items (optional)"),
        type=TYPES,
        key="upload_items",
        help=tr("Columns such as item, title, category, price, text"),
    )
    users = columns[1].file_uploader(
        tr("Users (optional)"), type=TYPES, key="upload_users", help=tr("Columns such as user, age, gender")
    )
    images = columns[2].file_uploader(
        tr("Pictures (optional)"),
        type=["zip"],
        key="upload_images",
        help=tr("A zip file of pictures named by item id."),
    )
    impressions = columns[3].file_uploader(
        tr("Impressions (optional)"), type=TYPES, key="upload_impressions",
        help=tr("What was shown to whom: user, item, clicked (1 or 0); time and position if known."),
    )  # fmt: skip
    return {"items": items, "users": users, "images": images, "impressions": impressions}


def _read(log: Any, detected: DeltaGenerator, **others: Any) -> None:
    """Show the detected columns of the uploaded log in `detected`, and import it when the button is pressed."""
    with tempfile.TemporaryDirectory(prefix="recscope-") as name:
        folder = Path(name)
        try:
            ratings = spooled(log, folder)
            with detected:
                mapping = roles(ratings)
            if st.button(tr("Import"), type="primary", key="import"):
                with st.spinner(tr("Reading and checking …")):
                    files: dict[str, Any] = {
                        kind: spooled(file, folder) if file else None for kind, file in others.items()
                    }
                    request = ImportRequest(
                        ratings, **files, choices=Choices(mapping=mapping), name=Path(log.name).stem
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
    """Show the first rows and the detected columns, to be changed where the guess is wrong."""
    seen = preview(path)
    st.dataframe(
        seen.rows.head(5), hide_index=True, height=215, key="preview", alt=tr("The first five rows of the upload")
    )
    rows = plural("{n:,} row", "{n:,} rows", seen.num_rows)
    line = SEPARATORS.get(seen.separator, SEPARATED)
    st.caption(tr(line.format(rows=rows, separator=plain(seen.separator))))
    columns, chosen = st.columns(4), {}
    for index, role in enumerate(ROLES):
        choices = seen.columns if role in ("user", "item") else [NONE, *seen.columns]
        guess = seen.roles.get(role)
        picked = columns[index].selectbox(
            tr(ROLES[role]), choices, index=choices.index(guess) if guess in choices else 0,
            format_func=_column_name, key=f"role_{role}",
        )  # fmt: skip
        chosen[role] = "" if picked == NONE else picked  # "" leaves the role out, whatever was guessed
    return chosen


def _column_name(column: str) -> str:
    """The name of a column of the file; without a header columns have numbers."""
    if column == NONE:
        return tr(NONE)
    return tr("column {number}", number=column) if column.isdigit() else column


def import_dialog() -> None:
    st.dialog(tr("Import interactions"), width="large", on_dismiss=_dismiss)(upload)()


def _dismiss() -> None:
    session().dialog = None


def success(chosen: DatasetSummary) -> None:
    """Right after an import: that it worked, and how many rows were merged."""
    if session().imported != chosen.dataset_id:
        return
    session().imported = None
    text = tr("Imported **{name}**: {rows}, {users}, {items}.", name=plain(chosen.name, 60),
              rows=plural("{n:,} interaction", "{n:,} interactions", chosen.rows),
              users=plural("{n:,} user", "{n:,} users", chosen.users),
              items=plural("{n:,} item", "{n:,} items", chosen.items))  # fmt: skip
    merged = sum(repair.count for repair in chosen.repairs if repair.kind in TREATMENTS)
    if merged:
        kept = plural("{kept:,} of {rows:,} rows kept; {n:,} repeat merged.",
                      "{kept:,} of {rows:,} rows kept; {n:,} repeats merged.",
                      merged, kept=chosen.rows, rows=chosen.rows + merged)  # fmt: skip
        text = f"{text}  \n{tr(kept)}"
    st.success(text, icon=":material/check_circle:")


def report(chosen: DatasetSummary) -> None:
    """Warnings of the import, and what it repaired."""
    import_report = cache.dataset(workspace(), chosen.dataset_id).report
    for warning in import_report.warnings:
        st.warning(plain(warning), icon=":material/warning:")
    if not import_report.repairs:
        st.caption(tr("Import report: no problems."))
        return
    with st.expander(
        tr(plural("Import report: {n:,} note", "Import report: {n:,} notes", len(import_report.repairs))),
        icon=":material/cleaning_services:",
    ):
        st.markdown("\n".join(f"- {_note(repair)}" for repair in import_report.repairs))


def _note(repair: Repair) -> str:
    """One note as Markdown, with the numbers of the lines that it is about."""
    if not repair.lines:
        return plain(repair.message)
    note, lines = plain(repair.message), comma_list(map(str, repair.lines))
    if repair.count > len(repair.lines):
        return tr("{note} Lines {lines} and more.", note=note, lines=lines)
    return tr(plural("{note} Line {lines}.", "{note} Lines {lines}.", repair.count, note=note, lines=lines))
