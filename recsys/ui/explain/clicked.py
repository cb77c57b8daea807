"""Below a chart of Explain: the past events, the item or the user behind the point that was clicked."""

from __future__ import annotations

from collections.abc import Mapping

from recsys.explain.explanation import EventContribution, Explanation
from recsys.messages import message
from recsys.models.inputs.fields import ITEM, USER
from recsys.services.explain import behind_point
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import compact_charts, listing
from recsys.ui.shell.language import tr

TITLES = {USER: message("The user"), ITEM: message("The item"), "category": message("Items of its category")}
EVENTS = message("Events behind this point")


def listed(run: OpenRun, query: Query, item_id: str, chart: str, effects: Mapping[int, float], column: int = 0) -> None:
    """What is behind the clicked point of the chart; its id stands in this `column` of the point's data.

    `effects`: position of an event -> what the chart says of it.
    """
    point = compact_charts.selected(chart, column)
    if not point:
        return
    found = behind_point.table(run, query, item_id, point, effects)
    show = listing.users if point == USER else listing.items
    show(found.rows, found.total, tr(TITLES.get(point, EVENTS)), f"behind_{chart}", run.config.run_id)


def effects_of(explanation: Explanation) -> dict[int, float]:
    """Position of an event -> its contribution."""
    parts = explanation.contributions
    return {part.position: part.value for part in parts if isinstance(part, EventContribution)}
