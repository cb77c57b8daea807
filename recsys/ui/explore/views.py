"""The views of Explore, one a tab: only the open one is computed and drawn."""

from __future__ import annotations

from collections.abc import Callable

from recsys.messages import message
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explore import batch_lists, global_view, histograms, item_map, similar_items, slice_users
from recsys.ui.parts.widgets import tabs
from recsys.ui.shell.state import from_address, to_address

SIMILAR = message("Similar items")


def users(run: OpenRun) -> None:
    histograms.show(run)
    slice_users.show(run)


VIEWS: dict[str, Callable[[OpenRun], None]] = {
    message("Map"): item_map.show,
    message("Users and errors"): users,
    SIMILAR: similar_items.show,
    message("What drives it"): global_view.show,
    message("Recommendations for all users"): batch_lists.show,
}


def show(run: OpenRun) -> None:
    """Draw the tabs. A link that names an item alone leads to what is similar to it."""
    if from_address("item") and not from_address("part"):
        to_address(part=str(SIMILAR))
    for name, place in tabs([*VIEWS], "part").items():
        if place.open:
            with place:
                VIEWS[name](run)
            if name != SIMILAR:
                to_address(item=None)
