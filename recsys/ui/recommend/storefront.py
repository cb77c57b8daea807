"""Recommendations as picture cards, and the panel of the selected one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from recsys.errors import RecsysError
from recsys.messages import Message
from recsys.services.explain import explain_item
from recsys.services.explain import verdict as faithfulness
from recsys.services.explain.explain_item import ItemExplanation
from recsys.services.recommend.cold_start import RecommendationList
from recsys.services.recommend.query import Query
from recsys.services.recommend.recommendation import RecommendedItem
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.explain import verdict
from recsys.ui.parts import tiles
from recsys.ui.recommend import strip
from recsys.ui.shell import explanation_cache, nav, run_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import capitalized, plain

COLUMNS, NARROWEST = 6, 88  # cards a row, pixels of one
CAUSES = 4
UNCUT = 30  # letters of a reason that a card shows whole
MOVES = {"▲": "green", "▼": "orange", "n": "blue"}  # the arrow or the word says the same as the colour


@dataclass(frozen=True)
class Other:
    """The list of another model, `name`: item id -> rank in it, as "#1"."""

    name: str
    ranks: Mapping[str, str]


NO_OTHER = Other("", {})


@dataclass(frozen=True)
class Marks:
    """What cards show beside the title: moves since an edit by item id, and the rank in the other list.

    `chosen` is the item whose panel is open, if it is of this list. `before` names the rank of a re-ranked item in the
    plain list, with {rank}.
    """

    moves: Mapping[str, str]
    there: Other
    chosen: RecommendedItem | None
    before: Message


def cards(run: OpenRun, query: Query, listing: RecommendationList, marks: Marks, key: str) -> None:
    """The list as cards, six a row. A press on a title selects the card; reasons that take time follow once all stand."""
    ids = [] if listing.badge else [item.item_id for item in listing.items]
    is_quick = explanation_cache.has_reasons(workspace(), run, query)
    reasons = explanation_cache.reasons(workspace(), run, query, ids) if is_quick else {}
    portrait = run_cache.are_portraits(workspace(), run.dataset.dataset_id)
    later: list[tuple[RecommendedItem, DeltaGenerator]] = []
    with st.grid(
        COLUMNS, min_column_width=NARROWEST, gap="xsmall", key=f"{key}_{'portrait' if portrait else 'square'}"
    ) as grid:
        for item in listing.items:
            with grid.cell():
                place = st.container(key=f"{key}_chosen") if item == marks.chosen else st
                place.image(
                    tiles.picture(item.image, item.title, item.category, is_portrait=portrait), width="stretch",
                    alt=tr("Picture of {title}", title=item.title),
                )  # fmt: skip
                st.button(
                    f"**{item.rank:d}.** {plain(item.title, 60)}", key=f"{key}_card_{item.rank:d}", type="tertiary", wrap=True,
                    help=plain(" · ".join([item.title, *_facts(item, listing.badge)])), on_click=_select, args=(item.item_id, key),
                )  # fmt: skip
                slot = st.empty()
                _line(slot, item, marks, listing.badge, reasons.get(item.item_id, ""))
                later.append((item, slot))
    if is_quick:
        return
    reasons = explanation_cache.reasons(workspace(), run, query, ids)
    for item, slot in later:
        if reason := reasons.get(item.item_id):
            _line(slot, item, marks, listing.badge, reason)


def _select(item_id: str, key: str) -> None:
    session().selected_item, session().selected_list = item_id, key


def _line(slot: DeltaGenerator, item: RecommendedItem, marks: Marks, fallback: str, reason: str) -> None:
    """The signs and the reason; where it may be cut on the card, a tooltip has the whole of it."""
    line = " ".join(filter(None, [_badges(item, marks, fallback), plain(reason, 90)]))
    before = tr(marks.before.format(rank=item.plain_rank)) if item.plain_rank != item.rank else ""
    hint = ". ".join(filter(None, [plain(reason, 300) if len(reason) > UNCUT else "", before]))
    slot.caption(line or "\u00a0", help=hint or None)  # a line of its height


def _facts(item: RecommendedItem, fallback: str) -> list[str]:
    score = tr("score {score:.2f}", score=item.score)
    if fallback:
        score = tr("{share:.1%} of their recent events", share=item.score)
    return [fact for fact in (item.category, score, tr("seen before") if item.seen else "") if fact]


def _badges(item: RecommendedItem, marks: Marks, fallback: str) -> str:
    """Small signs; `fallback` names the group of users whose popular items are listed instead of a model's."""
    move, rank = marks.moves.get(item.item_id, ""), marks.there.ranks.get(item.item_id)
    signs = [
        (MOVES[move[0]], localized(move)) if move else None,
        ("blue", tr("{model}: {rank}", model=plain(marks.there.name, 40), rank=rank)) if rank else None,
        ("green", tr("cold start: by content")) if item.is_new else None,
        ("orange", plain(fallback, 60)) if fallback else None,
        ("gray", tr("was #{rank}", rank=item.plain_rank)) if item.plain_rank != item.rank else None,
    ]
    return " ".join(f":{sign[0]}-badge[{sign[1]}]" for sign in signs if sign)


def selected(listing: RecommendationList) -> RecommendedItem | None:
    """The card that was pressed last, else the first."""
    by_id = {item.item_id: item for item in listing.items}
    return by_id.get(session().selected_item or "") or next(iter(listing.items), None)


def panel(run: OpenRun, query: Query, listing: RecommendationList) -> None:
    """The selected item: why it is recommended, and what can be done with it."""
    item = selected(listing)
    if item is None:
        return
    is_pressed = session().selected_item == item.item_id  # then a phone shows the panel above the list
    with st.container(border=True, key="panel_pressed" if is_pressed else "panel"):
        st.markdown(tr("**{title}** · #{rank:d} in this list", title=plain(item.title, 120), rank=item.rank))
        st.caption(plain(" · ".join(_facts(item, listing.badge))))
        why = st.container()
        _actions(run, query, item, listing)
        if listing.badge:
            why.markdown(plain(listing.why, 400))
            return
        with why:
            explained = _why(run, query, item)
        if explained is not None:
            _bars(explained)


def _why(run: OpenRun, query: Query, item: RecommendedItem) -> ItemExplanation | None:
    """The sentence and its verdict; gives the explanation if single events or inputs are the reason."""
    if not explain_item.methods(run):
        st.markdown(tr("This model recommends the most popular items to everyone."))
        return None
    badge = st.empty()
    try:
        explained = explanation_cache.explained(workspace(), run, query, item.item_id, None)
    except RecsysError as error:
        st.caption(plain(error.message))
        return None
    if explained.explanation.is_seen:
        st.caption(tr("It is in the history already, and listed because seen items are shown."))
        return None
    judged = explanation_cache.judge(workspace(), run, query, item.item_id, None)
    explained = faithfulness.replaced(explained, judged)
    st.markdown(plain(explained.sentence, 400))
    if judged is not None:
        badge.markdown(verdict.headline_badge(judged), help=plain(capitalized(judged.grounds), 600))
    if not explained.names_parts or (judged is not None and judged.instead):
        return None
    return explained


def _bars(explained: ItemExplanation) -> None:
    """The strongest parts with their effects."""
    parts = [part for part in explain_item.strongest_first(explained.explanation)[:CAUSES] if part.value > 0]
    for part in parts:
        name = explain_item.part_name(part, explained.explanation, explained.titles)
        st.progress(min(1.0, part.value / parts[0].value), text=f"{plain(name, 40)} {part.value:+.2f}")


def _actions(run: OpenRun, query: Query, item: RecommendedItem, listing: RecommendationList) -> None:
    ids = [one.item_id for one in listing.items]
    place = ids.index(item.item_id)
    after = next(iter(ids[place + 1 :] + ids[:place]), None)
    with st.container(horizontal=True, gap="xsmall"):
        persona = {f"as_{name}": value for name, value in query.persona}
        if not listing.badge and st.button(
            tr("Explain"), type="primary", key="explain_item", icon=":material/search_insights:"
        ):
            nav.go("explain", run=run.config.run_id, user=query.user_id or "", item=item.item_id, **persona)
        if st.button(tr("Similar"), key="similar", icon=":material/hub:"):
            nav.go("explore", run=run.config.run_id, item=item.item_id)
        st.button(tr("Add"), key="add_recommended", icon=":material/add:", help=tr("Add the item to the history as the newest event."),
                  on_click=_then_next, args=(strip.add_event, run.item(item.item_id), after))  # fmt: skip
        st.button(tr("Dislike"), key="dislike", icon=":material/thumb_down:", help=tr("Remove the item from the list, as if it were seen."),
                  on_click=_then_next, args=(strip.dislike, run.item(item.item_id), after))  # fmt: skip


def _then_next(change: Callable[[int], None], item: int, after: str | None) -> None:
    """Make a change that takes the item out of the list; the next card is selected."""
    change(item)
    session().selected_item = after
