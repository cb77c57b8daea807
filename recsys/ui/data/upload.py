"""The Data page's import: a line of steps, the step that is shown, and what an import has done."""

from __future__ import annotations

import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.errors import RecsysError
from recsys.messages import Message, message, plural
from recsys.services.data import import_notes
from recsys.services.data.import_draft import STEPS, ImportDraft, Step
from recsys.ui.data import append, import_columns, import_faults, import_files, import_preview, import_state
from recsys.ui.data.import_preview import repair_note
from recsys.ui.parts.widgets import fail
from recsys.ui.shell import cache, presenter
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain

TITLES = {
    "files": message("Files"), "columns": message("Columns"), "problems": message("Problems"), "preview": message("Preview"),
}  # fmt: skip
RECIPE = "recipe.json"  # in the folder of a dataset


def upload() -> None:
    """The import on the page itself, where there is no dataset yet."""
    if not presenter.closed():
        import_state.aim(None)
        st.fragment(wizard)()


def dialog() -> None:
    """The import that is open, if any: of a new dataset, or of new events for one."""
    if session().dialog not in ("import", "append"):
        return
    import_state.aim(import_state.target())
    title = tr("Import interactions")
    if (target := import_state.target()) is not None:
        title = tr("Add new events to “{name}”", name=plain(cache.dataset(workspace(), target).name, 60))
    st.dialog(title, width="large", on_dismiss=_dismiss)(wizard)()


def _dismiss() -> None:
    session().dialog = None


def wizard() -> None:
    """The steps, and the one that is shown."""
    if presenter.closed():
        return
    try:
        draft = import_state.current()
    except RecsysError as error:
        fail(error)
        draft = None
    target = import_state.target()
    if target is not None and not append.can_be_appended(target):
        return
    steps(draft)
    if target is not None and draft is None:
        st.caption(
            tr("The new file is read with the choices of the first import: columns, problems, filters. Only what is new is asked.")
        )  # fmt: skip
    step = "files" if draft is None else draft.step
    with st.container(key=f"import_body_{step}"):  # of its own for each step, so that each begins at its top
        if step == "files" or draft is None:
            import_files.show(draft)
        elif step == "columns":
            import_columns.show(draft)
        elif step == "problems":
            import_faults.show(draft)
        else:
            import_preview.show(draft)


def steps(draft: ImportDraft | None) -> None:
    """The line of steps, with the number of questions of each; a press opens the step."""
    shown: Step = "files" if draft is None else draft.step
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="import_steps"):
        for number, step in enumerate(STEPS, start=1):
            questions = draft.num_questions(step) if draft is not None else 0
            title = tr("{number} {title}", number=number, title=tr(TITLES[step]))
            if questions:
                title = tr("{title} ({count})", title=title, count=questions)
            import_state.button(title, _open, step, key=f"import_step_{step}", type="secondary" if step == shown else "tertiary", disabled=step != "files" and (draft is None or not draft.can_be_mapped))  # fmt: skip


def _open(step: Step) -> None:
    draft = session().importing
    assert draft is not None
    draft.go_to(step)


def success(chosen: DatasetSummary) -> None:
    """Right after an import: that it worked, and where the rows of the file went."""
    if session().imported != chosen.dataset_id:
        return
    session().imported = None
    text = tr(added(chosen) or message("Imported **{name}**: {rows}, {users}, {items}.").format(**sizes(chosen)))
    balance = cache.dataset(workspace(), chosen.dataset_id).report.balance
    if balance is not None and balance.kept < balance.rows:
        text = f"{text}  \n{tr(balance.sentence)}"
    st.success(text, icon=":material/check_circle:")


def added(chosen: DatasetSummary) -> Message | None:
    """After new events were added: how many, and that the dataset without them stays. None if none were."""
    earlier, session().appended_to = session().appended_to, None
    num_added = 0 if earlier is None else chosen.rows - workspace().datasets.summary(earlier).rows
    if num_added <= 0:
        return None
    return plural("{n:,} interaction added. **{name}** now has {rows}, {users}, {items}. The dataset without it stays in the list.",
                  "{n:,} interactions added. **{name}** now has {rows}, {users}, {items}. The dataset without them stays in the list.",
                  num_added, **sizes(chosen))  # fmt: skip


def sizes(chosen: DatasetSummary) -> dict[str, str]:
    """The name of a dataset, escaped, and its numbers of interactions, users and items in words."""
    return {
        "name": plain(chosen.name, 60),
        "rows": plural("{n:,} interaction", "{n:,} interactions", chosen.rows),
        "users": plural("{n:,} user", "{n:,} users", chosen.users),
        "items": plural("{n:,} item", "{n:,} items", chosen.items),
    }


def report(chosen: DatasetSummary) -> None:
    """Warnings of the import, what it repaired, and the recipe of its choices."""
    import_report = cache.dataset(workspace(), chosen.dataset_id).report
    for warning in import_report.warnings:
        st.warning(plain(warning), icon=":material/warning:")
    recipe = workspace().datasets.folder(chosen.dataset_id) / RECIPE
    balance = import_report.balance
    if not import_report.repairs and not recipe.exists():
        st.caption(tr("Import report: no problems."))
        return
    with st.expander(
        tr(plural("Import report: {n:,} note", "Import report: {n:,} notes", len(import_report.repairs))),
        icon=":material/cleaning_services:",
    ):
        if balance is not None:
            whole = tr(balance.sentence)
            st.markdown(whole)
        is_later = balance is not None and balance.is_later
        repairs = import_notes.in_order(import_report.repairs)
        st.markdown("\n".join(f"- {repair_note(repair, is_later=is_later)}" for repair in repairs))
        if recipe.exists():
            st.download_button(
                tr("Recipe"), recipe.read_bytes, file_name=RECIPE, mime="application/json", key="recipe",
                icon=":material/download:", help=tr("All choices of this import. It imports a later file in the same way."),
            )  # fmt: skip
