"""Pictures of items on the Explain page, in the shape of the dataset's pictures."""

from __future__ import annotations

import streamlit as st

from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import tiles
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace


def show(run: OpenRun, item: int, key: str) -> None:
    """The picture of an item, or its drawn tile, as wide as its container."""
    portrait = run_cache.are_portraits(workspace(), run.dataset.dataset_id)
    image = tiles.of_item(run.dataset, item, is_portrait=portrait)
    place = st.container(key=f"{key}_{'portrait' if portrait else 'square'}")
    place.image(image, alt=tr("Picture of {item}", item=run.dataset.title(item)), width="stretch")
