"""The options of a list on the Recommend page, in one line: view, number of items, categories, diversity; the rest under More."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys.messages import message
from recsys.services.recommend import diversity_cost
from recsys.services.recommend import new_item as newitem
from recsys.services.train.training import why_no_targets
from recsys.services.workspace import slices
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.recommend import effect_line, popularity_cost
from recsys.ui.shell import nav, run_cache, sliced
from recsys.ui.shell.job_cards import LESS_POPULAR
from recsys.ui.shell.language import tr
from recsys.ui.shell.presenter import is_presenting
from recsys.ui.shell.state import follow_address, lead_address, session, workspace
from recsys.ui.shell.text import plain

SIZES, USUAL = (6, 12, 18, 24, 48), 12  # items of a list
CARDS, TABLE = message("Cards"), message("Table")
MANY_CATEGORIES = 500
MENU = 340  # pixels: beside the cards, which the options change
NEW_ITEM, LISTS = "new_item", "lists"  # dialogs
DIALOGS = {NEW_ITEM: message("New item: who would see it?"), LISTS: message("Recommendations for all users")}
DIVERSITY = message("Diversity")


@dataclass(frozen=True)
class ListOptions:
    """What the list is to be like; with `trade_off` 1 and `less_popular` 0 it is the plain list."""

    num_items: int
    hide_seen: bool
    categories: tuple[str, ...]
    trade_off: float
    is_dense: bool
    in_slice: bool = True  # only items of the slice
    less_popular: float = 0.0


def choose_options(run: OpenRun) -> ListOptions:
    """The options, and what re-ranking costs where the list is re-ranked."""
    names = slices.categories(run.dataset)
    why_not = diversity_cost.why_no_diversity(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="options"):
        now = follow_address("view", "view", [CARDS, TABLE], CARDS)
        view = st.segmented_control(tr("View"), [CARDS, TABLE], default=now, key="view", format_func=tr, required=True)
        lead_address("view", "view", str(view), CARDS)
        num_items = st.selectbox(
            tr("Items shown"), SIZES, SIZES.index(USUAL), key="num_items", width=84, bind="query-params"
        )
        chosen = []
        if 1 < len(names) <= MANY_CATEGORIES:
            chosen = st.multiselect(
                tr("Categories"), names, key="category", width=150, placeholder=tr("All"), bind="query-params"
            )
        diversity = st.slider(
            tr(DIVERSITY), 0.0, 1.0, 0.0, 0.05, key="diversity", width=160, disabled=why_not is not None,
            bind="query-params", help=plain(why_not or "") or tr("0 shows the most relevant items. Higher values prefer items unlike "
            "those above them: maximal marginal relevance with λ = 1 − diversity, by the model's item vectors."),
        )  # fmt: skip
        hide_seen, in_slice, less_popular = more(run)
    trade_off = 1.0 if why_not is not None else round(1 - diversity, 10)
    if trade_off < 1:
        cost(run, trade_off)
    if less_popular:
        popularity_cost.cost(run, less_popular)
    return ListOptions(num_items, hide_seen, tuple(chosen), trade_off, view == TABLE, in_slice, less_popular)


def more(run: OpenRun) -> tuple[bool, bool, float]:
    """(hide seen items, only items of the slice, strength of less popular), and the dialogs of less frequent tasks."""
    with (
        st.popover(tr("More"), icon=":material/more_horiz:", key=LESS_POPULAR, on_change="rerun") as popover,
        st.container(width=MENU, gap="xsmall"),
    ):
        hide_seen = st.toggle(tr("Hide seen"), value=run.candidates.hide_seen, key="hide_seen", bind="query-params")
        in_slice = not sliced.current(run.dataset.dataset_id).only("items") or st.toggle(
            tr("Items of the slice only"), value=True, key="items_in_slice", bind="query-params"
        )
        tasks(run, is_open=bool(popover.open))
        less_popular = popularity_cost.choose(run, is_open=bool(popover.open))
    if session().dialog == NEW_ITEM:
        st.dialog(tr(DIALOGS[NEW_ITEM]), width="large", on_dismiss=_dismiss)(new_item_dialog)(run)
    elif session().dialog == LISTS:
        st.dialog(tr(DIALOGS[LISTS]), on_dismiss=_dismiss)(lists_dialog)(run)
    return hide_seen, in_slice, less_popular


def tasks(run: OpenRun, *, is_open: bool) -> None:
    """Less frequent tasks, each in a dialog that stays open until it is dismissed."""
    why_not = newitem.why_no_new_item(run)
    st.button(tr(DIALOGS[NEW_ITEM]), key=f"open_{NEW_ITEM}", type="tertiary", icon=":material/add_box:", disabled=why_not is not None,
              help=plain(why_not, 300) if why_not else None, on_click=_open, args=(NEW_ITEM,))  # fmt: skip
    if is_open and why_not and (recipe := newitem.content_recipe(run)) and st.button(
        tr("Train a model that reads item content"), key="train_content", type="tertiary", icon=":material/tune:",
        help=plain(why_not, 300), disabled=is_presenting(),
    ):  # fmt: skip
        session().recipe, session().fillings = recipe, session().fillings + 1
        nav.go("train", dataset=run.dataset.dataset_id)
    st.button(tr(DIALOGS[LISTS]), key=f"open_{LISTS}", type="tertiary", icon=":material/groups:", on_click=_open,
              args=(LISTS,))  # fmt: skip


def _open(name: str) -> None:
    session().dialog = name
    st.session_state[LESS_POPULAR] = False  # the menu would lie above the dialog


def _dismiss() -> None:
    session().dialog = None


def new_item_dialog(run: OpenRun) -> None:
    from recsys.ui.recommend.new_item import new_item

    new_item(run)


def lists_dialog(run: OpenRun) -> None:
    from recsys.ui.explore import batch_lists as screen

    screen.show(run)


def cost(run: OpenRun, trade_off: float) -> None:
    """What diversity costs, measured on validation, in one line."""
    price = run_cache.diversity_cost(workspace(), run, trade_off)
    if price is None:
        reason = plain(why_no_targets(run.split, "validation"))
        st.caption(tr("The effect of diversity cannot be measured: {reason}.", reason=reason))
        return
    line = effect_line.effect(DIVERSITY, 1 - trade_off, price.plain_ndcg, price.ndcg)
    details = effect_line.details(price.num_users, price.difference)
    similarity = tr(
        "Mean similarity within a list: {before:.3f} → {after:.3f}.", before=price.plain_likeness, after=price.likeness
    )
    st.caption(tr(line), help=f"{tr(details)} {similarity}")
