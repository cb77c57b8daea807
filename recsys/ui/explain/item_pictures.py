"""Pictures of items on the Explain page, in one shape, and the bars below them."""

from __future__ import annotations

import streamlit as st

from recsys.data.dataset import CATEGORY
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import tiles
from recsys.ui.parts.charts import FOR
from recsys.ui.shell import run_cache
from recsys.ui.shell.state import workspace


def show(run: OpenRun, item: int, key: str) -> None:
    """The picture of an item, or its drawn tile, as wide as its container."""
    portrait = run_cache.are_portraits(workspace(), run.dataset.dataset_id)
    title = run.dataset.title(item)
    category = str(run.dataset.items[CATEGORY].iat[item]) if CATEGORY in run.dataset.items else ""
    image = tiles.picture(run.dataset.images.get(item), title, category, is_portrait=portrait)
    shape = "portrait" if portrait else "square"
    st.container(key=f"{key}_{shape}").image(image, alt=f"Picture of {title}", width="stretch")


def bar(share: float) -> None:
    """A bar of this share of the width."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 5" width="100" height="5"><rect width="100" height="5" '
        f'rx="2.5" fill="#8A97A3" opacity=".25"/><rect width="{100 * min(max(share, 0.03), 1):.1f}" height="5" rx="2.5" '
        f'fill="{FOR}"/></svg>'
    )
    st.image(svg, alt=f"{share:.0%} of the strongest cause", width="stretch")
