"""The Recommend page's parts: the person, one list or two beside each other."""

from __future__ import annotations

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import Message, message, plural
from recsys.sequences.relevance import in_words
from recsys.services.explain import what_if
from recsys.services.explore import batch_lists
from recsys.services.recommend import cold_start, diversity_cost, recommendation
from recsys.services.recommend.cold_start import RecommendationList
from recsys.services.recommend.person import person_summary
from recsys.services.recommend.query import Query
from recsys.services.recommend.recommendation import RecommendedItem
from recsys.services.workspace import slices
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.widgets import fail, item_table
from recsys.ui.recommend import storefront
from recsys.ui.recommend.history_edits import before_the_edit
from recsys.ui.recommend.storefront import NO_OTHER, Marks, Other
from recsys.ui.recommend.toolbar import ListOptions
from recsys.ui.shell import cache, context, nav, sliced
from recsys.ui.shell.language import tr
from recsys.ui.shell.run_labels import run_labels
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import comma_list, plain

NAMED = 3  # items that left the list
LISTS = ("list_0", "list_1")  # keys of two lists beside each other


def person(run: OpenRun, query: Query) -> None:
    """Who it is for, in one line."""
    summary = person_summary(run, query)
    period = summary.period and " – ".join(dict.fromkeys(day[:7] for day in summary.period))
    facts = [
        tr(plural("{n:,} event", "{n:,} events", summary.num_events)),
        tr("mean rating {rating:.1f}", rating=summary.mean_rating) if summary.mean_rating is not None else "",
        period or "",
        plain(summary.traits),
        tr("mostly {categories}", categories=plain(comma_list(summary.favourites), 80)) if summary.favourites else "",
    ]
    if query.user_id is None:
        st.title(tr("Recommendations for a custom history"))
    else:
        st.title(tr("Recommendations for user {user_id}", user_id=plain(query.user_id, 60)))
    st.caption(" · ".join(filter(None, facts)))


def compared_run() -> OpenRun | None:
    """The run of the context to show beside, where one is chosen."""
    other = context.current().other
    if other is None:
        return None
    try:
        return cache.opened(workspace(), other.run_id)
    except RecsysError as error:
        fail(error)
        return None


def recommendation_list(run: OpenRun, query: Query, options: ListOptions) -> RecommendationList:
    trade_off = 1.0 if diversity_cost.why_no_diversity(run) else options.trade_off
    of_slice = sliced.items(run.dataset.dataset_id, run) if options.in_slice else None
    within = slices.item_filter(run.dataset, options.categories, within=of_slice)
    return cold_start.recommendation_list(
        run, query, options.num_items, options.hide_seen, within, trade_off, options.less_popular
    )


def recommended_items(run: OpenRun, query: Query, options: ListOptions) -> None:
    """The recommendations of one model as cards with the panel of the selected one, or as a table."""
    listing = recommendation_list(run, query, options)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        show(run, query, options, listing, NO_OTHER, "cards", has_panel=True)
        if listing.items:
            download(run, listing.items, "download")
    with right:
        storefront.panel(run, query, listing)


def target(run: OpenRun) -> None:
    """Say so where a model does not predict the next event."""
    if run.split.liked_from is not None:
        text = tr("Recommends what would be {rated}.", rated=in_words(run.split.liked_from))
        st.caption(f":material/thumb_up: {text}")


def side_by_side(run: OpenRun, other: OpenRun, query: Query, options: ListOptions) -> None:
    """The lists of two models for the same history, with the panel of the card that was pressed last.

    An item in both lists shows its rank in the other.
    """
    lists = [(run, query), what_if.for_run(other, query)]
    listings = [recommendation_list(each, who, options) for each, who in lists]
    both = len({item.item_id for item in listings[0].items} & {item.item_id for item in listings[1].items})
    st.markdown(
        tr("**{both} of {total}** items are in both lists.", both=both, total=max(len(one.items) for one in listings))
    )
    labels = run_labels(run for run in (context.current().run, context.current().other) if run)
    names = [labels[each.config.run_id] for each, _ in lists]
    short_names = [each.model.title for each, _ in lists]
    short_names = names if len(set(short_names)) == 1 else short_names
    of_panel = LISTS.index(session().selected_list) if session().selected_list in LISTS else 0
    left, right = st.columns([7, 3], gap="medium")
    with left:
        for index, (each, who) in enumerate(lists):
            st.subheader(plain(names[index]))
            if options.trade_off < 1 and (why_not := diversity_cost.why_no_diversity(each)):
                st.caption(tr("Without diversity: {reason}", reason=plain(why_not)))
            there = Other(short_names[1 - index], {item.item_id: f"#{item.rank}" for item in listings[1 - index].items})
            show(each, who, options, listings[index], there, LISTS[index], has_panel=index == of_panel)
            download(each, listings[index].items, f"download_{index}")
    with right:
        storefront.panel(*lists[of_panel], listings[of_panel])


def show(
    run: OpenRun,
    query: Query,
    options: ListOptions,
    listing: RecommendationList,
    there: Other,
    key: str,
    *,
    has_panel: bool,
) -> None:
    """One list, with the moves since the history was edited and the rank in the other list."""
    items = listing.items
    target(run)
    if query.note and not listing.why:
        st.info(plain(query.note))
    if listing.why:
        st.info(plain(listing.why), icon=":material/group:")
    if not items:
        st.info(tr("No items left. Remove the filter or show seen items."))
        return
    moved = {} if listing.why else _moves(run, query, options, items)
    if options.is_dense:
        clicked = item_table(items, _notes(items, options, moved, there), key, listing.badge)
        if clicked:
            persona = {f"as_{name}": value for name, value in query.persona}
            nav.go("explain", run=run.config.run_id, user=query.user_id or "", item=clicked, **persona)
    else:
        marks = Marks(moved, there, storefront.selected(listing) if has_panel else None, _before_reranking(options))
        storefront.cards(run, query, listing, marks, key)
    if not listing.why and (unscored := cold_start.not_scored(run)):
        st.caption(plain(unscored))


def _before_reranking(options: ListOptions) -> Message:
    """What a rank in the plain list is called."""
    if options.trade_off == 1:
        return message("Rank {rank} before re-ranking for popularity")
    if not options.less_popular:
        return message("Rank {rank} before re-ranking for diversity")
    return message("Rank {rank} before re-ranking for popularity and diversity")


def _notes(
    items: list[RecommendedItem], options: ListOptions, moved: dict[str, str], there: Other
) -> dict[str, dict[str, str]]:
    """The columns that a table has beside the usual ones, by item id."""
    notes = {"move": moved} if any(moved.values()) else {}
    notes |= {"other": dict(there.ranks)} if there.ranks else {}
    if options.trade_off < 1 or options.less_popular:
        notes["plain"] = {item.item_id: f"#{item.plain_rank}" for item in items}
    if new := [item.item_id for item in items if item.is_new]:
        notes["events"] = dict.fromkeys(new, tr("none"))
    return notes


def _moves(run: OpenRun, query: Query, options: ListOptions, found: list[RecommendedItem]) -> dict[str, str]:
    """How each item moved since the history was edited, by item id; a caption names the items that left the list."""
    compared = before_the_edit(run, query)
    if compared is None:
        return {}
    run_before, query_before, before_name = compared
    before = recommendation_list(run_before, query_before, options).items
    moved = recommendation.moves(found, before)
    gone = [plain(item.title, 40) for item in before if item.item_id not in moved]
    line, gone_line = tr("Compared with {before}.", before=before_name), _gone(gone)
    st.caption(f"{line} {gone_line}")
    return moved


def _gone(titles: list[str]) -> str:
    """The items that left the list."""
    if not titles:
        return ""
    named, more = comma_list(titles[:NAMED]), len(titles) - NAMED
    if more <= 0:
        return tr("No longer in the list: {titles}.", titles=named)
    return tr("No longer in the list: {titles} and {more} more.", titles=named, more=more)


def download(run: OpenRun, items: list[RecommendedItem], key: str) -> None:
    scored = "\n".join(f"{item.item_id}\t{item.score!r}" for item in items)
    st.download_button(
        tr("Download as CSV"),
        lambda: recommendation.recommendations_csv(items).encode(),
        batch_lists.named("recommendations", run, scored.encode(), "csv"),
        "text/csv",
        key=key,
    )
