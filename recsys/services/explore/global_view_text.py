"""Names and the summary of a global view, in words."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.data.dataset import TEXT, TITLE
from recsys.explain.quantity import LOGIT, MARGIN
from recsys.explain.words.judgement import source_name
from recsys.messages import Message, message
from recsys.models.base import PairModel
from recsys.models.inputs.fields import field_label
from recsys.runs.global_record import Effect, GlobalView
from recsys.services.explain.content_reasons import PLACES
from recsys.services.explore.global_view import OLDER
from recsys.services.workspace.open_run import OpenRun

TABLES = {
    "positions": message("Positions"),
    "sources": message("Sources"),
    "categories": message("Categories"),
    "items": message("Items"),
    "fields": message("Fields"),
    "words": message("Words"),
    "columns": message("Texts"),
    "regions": message("Picture regions"),
}
REGIONS = {str(name): name for row in PLACES for name in row}
COLUMNS = {TITLE: message("title"), TEXT: message("text")}


def tables(view: GlobalView) -> list[str]:
    """Names of the tables that the view has."""
    return [name for name in TABLES if getattr(view, name)]


def row_names(run: OpenRun, view: GlobalView, table: str) -> list[str]:
    """Display names of the rows of a table; titles, words and columns of the user's file stay as they are."""
    rows: Sequence[Effect] = getattr(view, table)
    names = [row.name for row in rows]
    if table == "positions":
        return [OLDER if name == str(OLDER) else name for name in names]
    if table == "sources":
        fields = names if isinstance(run.model, PairModel) else []
        return [source_name(name, fields) for name in names]
    if table == "fields":
        return [field_label(name, names) for name in names]
    if table == "items":
        index = run.dataset.interactions.item_index
        return [run.dataset.title(index[name]) for name in names]
    labels = {"regions": REGIONS, "columns": COLUMNS}.get(table, {})
    return [labels.get(name, name) for name in names]


def summary(run: OpenRun, view: GlobalView) -> Message:
    """The largest source, and the newest event's part in the effect of the history."""
    names = row_names(run, view, "sources")
    text = message("The largest source is {source}: {share:.0%} of the absolute effects on the top recommendation.")
    sentences = [text.format(source=names[0], share=view.sources[0].share)]
    if view.positions:
        newest = view.positions[0]
        text = message("The newest event carries {share:.0%} of the effect of the history.")
        sentences.append(text.format(share=newest.share))
    return message(" ").join(sentences)


def unit(view: GlobalView) -> Message:
    """Unit of the effects."""
    if view.quantity in (MARGIN.name, LOGIT.name):
        return message("mean absolute effect on log-odds")
    return message("mean absolute effect on the score")
