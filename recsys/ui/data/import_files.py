"""The first step of an import: the files, and how each is read. A clean file is imported from here."""

from __future__ import annotations

import streamlit as st

from recsys.data.importing.faults import Kind
from recsys.data.importing.import_choices import FileChoices, Filters
from recsys.data.importing.load import MAX_ROWS
from recsys.data.importing.template import TEMPLATES
from recsys.messages import ENGLISH, Message, message
from recsys.services.data.import_draft import ImportDraft
from recsys.services.data.import_outcome import FileKind, FileLook
from recsys.services.data.upload import StoredFile
from recsys.ui.data import import_filters, import_preview, import_progress, import_state
from recsys.ui.shell.language import language, tr
from recsys.ui.shell.state import session
from recsys.ui.shell.text import plain

TYPES = [
    "csv",
    "tsv",
    "txt",
    "dat",
    "data",
    "gz",
    "zip",
    "json",
    "jsonl",
    "ndjson",
    "parquet",
    "xlsx",
    "item",
    "user",
    "base",
]
LABELS: dict[FileKind, Message] = {
    "interactions": message("Ratings or events"),
    "items": message("Items (optional)"),
    "users": message("Users (optional)"),
    "images": message("Pictures (optional)"),
    "impressions": message("Impressions (optional)"),
}
HELP: dict[FileKind, Message] = {
    "interactions": message("One row per event: user, item; rating and time if known."),
    "items": message("Columns such as item, title, category, price, text"),
    "users": message("Columns such as user, age, gender"),
    "images": message("A zip file of pictures named by item id."),
    "impressions": message("What was shown to whom: user, item, clicked (1 or 0); time and position if known."),
}
OTHERS: tuple[FileKind, ...] = ("items", "users", "images", "impressions")
KEYS: dict[FileKind, str] = {kind: f"upload_{kind}" for kind in OTHERS} | {"interactions": "upload"}
SEPARATORS = {
    ",": message("comma"), ";": message("semicolon"), "\t": message("tab"), "|": message("bar |"), "::": message("double colon ::"),
    " ": message("blanks"),
}  # fmt: skip
READ_AS = {
    "comma": message("comma"), "semicolon (;)": message("semicolon"), "tab": message("tab"), "bar (|)": message("bar |"),
    "double colon (::)": message("double colon ::"), "blanks": message("blanks"),
}  # fmt: skip
FORMATS = {
    "histories": message("one line per user"), "json": message("JSON lines"), "parquet": message("Parquet"), "xlsx": message("Excel"),
}  # fmt: skip
FIELDS: dict[str, tuple[str, ...]] = {  # of how a file is read, by its format
    "text": ("encoding", "separator", "has_header"), "histories": ("encoding",), "json": ("encoding",), "parquet": (),
    "xlsx": ("sheet", "has_header"),
}  # fmt: skip
ENCODINGS = ("UTF-8", "UTF-16", "Windows-1252", "GB18030", "Shift-JIS", "Big5")
COMMAND = "`python -m recsys import FILE --max-rows N`"
AS_FOUND = message("as found")

# The label of Streamlit's button cannot be chosen: beside its English word, made invisible, stands that of the language.
BUTTON = """<style>
[data-testid="stFileUploaderDropzone"] > span button p {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] > span button [data-testid="stMarkdownContainer"]::after {{ content: "{label}"; font-size: 0.875rem; }}
</style>"""


def show(draft: ImportDraft | None) -> None:
    """The files, their progress, and for a file without questions all that is needed to import it."""
    if language() != ENGLISH:
        st.html(BUTTON.format(label=tr("Upload")))
    files = {} if draft is None else draft.upload.files
    field("interactions", draft)
    with st.expander(
        tr("Items, users, pictures, impressions (optional)"), icon=":material/attach_file:", key="more_files",
        expanded=any(kind in files for kind in OTHERS),
    ):  # fmt: skip
        for row in (OTHERS[:2], OTHERS[2:]):
            for column, kind in zip(st.columns(2), row, strict=True):
                with column:
                    field(kind, draft)
    if draft is None or not draft.has_log:
        formats()
        if draft is not None:
            import_progress.checked(draft)
        return
    outcome = import_progress.checked(draft)
    if outcome is None:
        if draft.can_be_mapped:
            import_preview.as_found(draft)
        if draft.progress.state != "running" and draft.filters != Filters():
            import_filters.keep_only(draft)
        import_progress.bar(draft, is_first=True)
    else:
        import_preview.ready(draft, outcome)


def field(kind: FileKind, draft: ImportDraft | None) -> None:
    """The uploader of a file; once it is here, its name and size and how it is read."""
    label, about = tr(LABELS[kind]), tr(HELP[kind])
    stored = None if draft is None else draft.upload.files.get(kind)
    if draft is None or stored is None:
        key = f"{KEYS[kind]}"
        if draft is not None and draft.version:
            key = f"{key}_{draft.version}"  # a new uploader: the last one still has the file that was removed
        st.file_uploader(
            label, type=["zip"] if kind == "images" else TYPES, key=key, help=about,
            on_change=import_state.take_in, args=(kind, key),
        )  # fmt: skip
        return
    with st.container(border=True, gap="xsmall", key=f"file_{kind}"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            name, size = plain(stored.name, 60), tr(size_text(stored))
            st.markdown(f":material/description: **{name}** · {size}", width="stretch", help=about)
            import_state.button("✕", draft.remove, kind, key=f"remove_{kind}", type="tertiary", help=tr("Remove this file"))  # fmt: skip
        if kind != "images" and draft.progress.state != "running":
            reading(draft, kind, draft.upload.looks.get(kind))


def size_text(file: StoredFile) -> Message:
    if file.size < 1_000_000:
        return message("{kilobytes:,.0f} KB", kilobytes=max(1.0, file.size / 1000))
    return message("{megabytes:,.0f} MB", megabytes=file.size / 1_000_000)


def reading(draft: ImportDraft, kind: Kind, look: FileLook | None) -> None:
    """How a file is read, as chips, and the fields that change it, also of a file that could not be read."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"chips_{kind}"):
        for text in () if look is None else chips(look):
            st.badge(text, color="gray")
        fields = FIELDS["text" if look is None else look.format]
        if fields:
            label = tr("Change") if look is not None else tr("Read it in another way")
            with st.popover(label, type="tertiary", key=f"reading_{kind}"):
                _fields(kind, fields, draft.readings.get(kind, FileChoices()), look)


def chips(look: FileLook) -> list[str]:
    """Format, encoding, separator and header of a file, escaped, as far as its format has them."""
    header = tr("with header") if look.has_header else tr("no header")
    separator = tr(READ_AS[look.separator]) if look.separator in READ_AS else plain(look.separator)
    shown = {"encoding": plain(look.encoding), "separator": separator, "has_header": header}
    return [*([tr(FORMATS[look.format])] if look.format in FORMATS else []),
            *(text for name, text in shown.items() if name in FIELDS[look.format])]  # fmt: skip


def _fields(kind: Kind, names: tuple[str, ...], now: FileChoices, look: FileLook | None) -> None:
    encodings = tuple(dict.fromkeys((*(look.encodings if look is not None else ()), *ENCODINGS)))
    options: dict[str, tuple[Message, tuple[object, ...]]] = {
        "encoding": (message("Encoding"), encodings),
        "separator": (message("Separator"), tuple(SEPARATORS)),
        "has_header": (message("First line"), (True, False)),
        "sheet": (message("Sheet"), look.sheets if look is not None else ()),
    }
    for name in names:
        label, values = options[name]
        _choice(kind, name, tr(label), values, now)


def _choice(kind: Kind, name: str, label: str, options: tuple[object, ...], now: FileChoices) -> None:
    """A field of how a file is read; None is what was found."""
    choices, chosen, key = (None, *options), getattr(now, name), f"reading_{kind}_{name}"
    st.selectbox(
        label, choices, index=choices.index(chosen) if chosen in choices else 0, key=key, format_func=_option,
        on_change=_read_as, args=(kind, name, key),
    )  # fmt: skip


def _option(option: object) -> str:
    if option is None:
        return tr(AS_FOUND)
    if isinstance(option, bool):
        return tr("is a header") if option else tr("is data")
    return tr(SEPARATORS[str(option)]) if option in SEPARATORS else str(option)


def _read_as(kind: Kind, name: str, key: str) -> None:
    draft = session().importing
    assert draft is not None
    now = draft.readings.get(kind, FileChoices())
    draft.read_as(kind, now.model_copy(update={name: st.session_state[key]}))


def formats() -> None:
    """What can be uploaded, and templates."""
    st.caption(
        tr("Tables as CSV or other text, JSON lines, Parquet or Excel, also as gzip or zip; pictures as a zip file. At most "
           "{megabytes:,d} MB and {rows:,} rows a file; for more: {command}",
           megabytes=st.get_option("server.maxUploadSize"), rows=MAX_ROWS, command=COMMAND)
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
