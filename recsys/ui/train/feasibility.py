"""Below the cards of the Train page: the models that do not suit the dataset, and why, in a line."""

from __future__ import annotations

import streamlit as st

from recsys.data.store import DatasetSummary
from recsys.messages import Message, message
from recsys.services.train.earlier_runs import order_sentence, order_tests
from recsys.ui.shell import cache, context
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

GROUP = message("**{chip}**: {models}")


def line(chosen: DatasetSummary) -> None:
    """Models by their first reason, the sentences in the help, and whether order matters, where that was measured.

    Nothing where all suit.
    """
    if context.current().all_runs:
        order = order_sentence(order_tests(workspace(), chosen.dataset_id))
        if order is not None:
            st.caption(f":material/shuffle: {plain(order)}")
    seen = cache.feasibility(workspace(), chosen.dataset_id)
    by_chip: dict[Message, list[str]] = {}
    sentences = []
    for one in seen.models:
        if one.reasons:
            by_chip.setdefault(one.reasons[0].chip, []).append(one.title)
        sentences += [f"- {plain(one.title)}: {plain(reason.sentence)}" for reason in one.reasons]
    if not by_chip:
        return
    groups = [tr(GROUP, chip=plain(chip), models=plain(message(", ").join(titles))) for chip, titles in by_chip.items()]
    text = tr("May not suit this dataset: {groups}.", groups=" · ".join(groups))
    st.caption(f":material/warning: {text}", help="\n".join(sentences))
