"""The Recommend page's parts: what is wanted, the recommendations, two runs side by side, lists for all users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from recsys.errors import RecsysError
from recsys.sequences.relevance import in_words
from recsys.services.explain import explain_item, what_if
from recsys.services.explore import batch_lists
from recsys.services.models import leaderboard
from recsys.services.recommend import cold_start, diversity_cost, recommendation
from recsys.services.recommend.cold_start import RecommendationList
from recsys.services.recommend.recommendation import Query, RecommendedItem
from recsys.services.train.training import why_no_targets
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.widgets import fail, item_rows, item_table
from recsys.ui.recommend.history_edits import before_the_edit
from recsys.ui.shell import cache, explanation_cache, nav, run_cache
from recsys.ui.shell.state import follow_address, lead_address, workspace
from recsys.ui.shell.text import count, day, plain

K = 10
NAMED = 3  # items that left the list
CARDS, TABLE = "Cards", "Table"
NOBODY = ""  # compare with no other run
MOVES = {"▲": "green", "▼": "orange", "n": "blue"}  # the arrow or the word says the same as the colour


@dataclass(frozen=True)
class ListOptions:
    """What the list is to be like; `trade_off` 1 is the plain list."""

    hide_seen: bool
    category: str | None
    trade_off: float
    is_dense: bool


def choose_other(run: OpenRun) -> OpenRun | None:
    """Another whole run on the same dataset to stand beside, where one is wanted."""
    by_id = {
        run_summary.run_id: run_summary
        for run_summary in leaderboard.list_runs(workspace())
        if run_summary.state in ("finished", "stopped") and run_summary.dataset_id == run.config.dataset_id
    }
    del by_id[run.config.run_id]
    ids = [NOBODY, *by_id]
    follow_address("compare", "compare_choice", ids, None)
    chosen = st.selectbox(
        "Compare with", ids, key="compare_choice",
        format_func=lambda i: f"{by_id[i].title}, {day(by_id[i].created)}" if i else "no other run",
        help="Another model on the same dataset" if by_id else "There is no other model on this dataset yet.",
    )  # fmt: skip
    lead_address("compare", "compare_choice", chosen)
    if not chosen:
        return None
    try:
        return cache.opened(workspace(), chosen)
    except RecsysError as error:
        fail(error)
        return None


def choose_options(run: OpenRun) -> ListOptions:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = st.segmented_control("View", [CARDS, TABLE], default=CARDS, key="view", bind="query-params") or CARDS
        hide = st.toggle("Hide seen items", value=run.candidates.hide_seen, key="hide_seen", bind="query-params")
        names = recommendation.categories(run.dataset)
        category = None
        if 1 < len(names) <= 500:
            picked = st.selectbox("Category", ["All", *names], key="category", width=180, bind="query-params")
            category = None if picked == "All" else picked
        why_not = diversity_cost.why_no_diversity(run)
        trade_off = st.slider(
            "Relevance against diversity (λ)", 0.0, 1.0, 1.0, 0.05, key="lambda", width=220, disabled=why_not is not None,
            bind="query-params", help=plain(why_not or "") or "At 1 the plain list. Below, an item also counts for being unlike those "
            "above it (maximal marginal relevance, by the model's item vectors).",
        )  # fmt: skip
    if why_not is not None:
        st.caption(f"No diversity here: {plain(why_not)}")
        return ListOptions(hide, category, 1.0, view == TABLE)
    if trade_off < 1:
        st.caption(cost(run, trade_off))
    return ListOptions(hide, category, trade_off, view == TABLE)


def cost(run: OpenRun, trade_off: float) -> str:
    """What diversity costs, measured on validation, in one line."""
    price = run_cache.diversity_cost(workspace(), run, trade_off)
    if price is None:
        return f"What diversity costs cannot be measured: {plain(why_no_targets(run.split, 'validation'))}."
    mean, low, high = price.difference
    return (
        f"λ = {trade_off:g} on {count(price.num_users, 'user')} of the validation: NDCG@{K} {price.plain_ndcg:.3f} → "
        f"**{price.ndcg:.3f}** ({mean:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}); mean likeness within a list "
        f"{price.plain_likeness:.3f} → **{price.likeness:.3f}**."
    )


def recommendation_list(run: OpenRun, query: Query, options: ListOptions) -> RecommendationList:
    trade_off = 1.0 if diversity_cost.why_no_diversity(run) else options.trade_off
    return cold_start.recommendation_list(run, query, K, options.hide_seen, options.category, trade_off)


def recommended_items(run: OpenRun, query: Query, options: ListOptions) -> None:
    """The recommendations of one model, with a CSV of them."""
    st.subheader("Recommendations")
    target(run)
    listing = recommendation_list(run, query, options)
    show(run, query, options, listing, {}, "suggestion")
    if listing.items:
        download(run, listing.items, "download")


def target(run: OpenRun) -> None:
    """Says so where a run does not recommend what comes next."""
    if run.split.liked_from is not None:
        st.caption(f":material/thumb_up: Recommends what would be {in_words(run.split.liked_from)}.")


def side_by_side(run: OpenRun, other: OpenRun, query: Query, options: ListOptions) -> None:
    """The lists of two runs for the same history; what is in both says where it stands in the other."""
    lists = [(run, query), what_if.for_run(other, query)]
    listings = [recommendation_list(each, who, options) for each, who in lists]
    ranks = [{item.item_id: f"#{item.rank}" for item in one_list.items} for one_list in listings]
    both = len(ranks[0].keys() & ranks[1].keys())
    st.markdown(f"**{both} of {max(map(len, ranks))}** items are in both lists.")
    for index, column in enumerate(st.columns(2, gap="medium")):
        each, who = lists[index]
        with column:
            st.subheader(plain(each.model.title))
            st.caption(plain(each.config.run_id))
            target(each)
            if options.trade_off < 1 and (why_not := diversity_cost.why_no_diversity(each)):
                st.caption(f"The plain list: {plain(why_not)}")
            show(each, who, options, listings[index], ranks[1 - index], f"list_{index}")
            download(each, listings[index].items, f"download_{index}")


def show(
    run: OpenRun, query: Query, options: ListOptions, listing: RecommendationList, there: Mapping[str, str], key: str
) -> None:
    """One list, with the moves since the history was edited and, by item id, the rank in the other list (`there`)."""
    items = listing.items
    if query.note and not listing.why:
        st.info(plain(query.note))
    if listing.why:
        st.info(plain(listing.why), icon=":material/group:")
    if not items:
        st.info("No item is left: remove the filter or show seen items.")
        return
    moved = {} if listing.why else _moves(run, query, options, items)
    notes: dict[str, Mapping[str, str]] = {"move": moved} if any(moved.values()) else {}
    notes |= {"other": there} if there else {}
    if options.trade_off < 1:
        notes["plain"] = {item.item_id: f"#{item.plain_rank}" for item in items}
    if new := [item.item_id for item in items if item.is_new]:
        notes["events"] = dict.fromkeys(new, "none")
    if options.is_dense:
        clicked_item = item_table(items, notes, key, listing.badge)
    else:
        marks = {item.item_id: _badges(item, moved, there, listing.badge) for item in items}
        reason = None if listing.badge else lambda item_id: _reason(run, query, item_id)
        clicked_item = item_rows(items, marks, key, listing.badge, reason)
    if not listing.why and (unscored := cold_start.not_scored(run)):
        st.caption(plain(unscored))
    if clicked_item:
        told_as = {f"as_{name}": value for name, value in query.persona}
        nav.go("explain", run=run.config.run_id, user=query.user_id or "", item=clicked_item, **told_as)


def _moves(run: OpenRun, query: Query, options: ListOptions, found: list[RecommendedItem]) -> dict[str, str]:
    """How each item moved since the history was edited, by item id; a caption says against what, and which items are gone."""
    compared = before_the_edit(run, query)
    if compared is None:
        return {}
    run_before, asker_before, whose = compared
    before = recommendation_list(run_before, asker_before, options).items
    moved = recommendation.moves(found, before)
    gone = [plain(one.title, 40) for one in before if one.item_id not in moved]
    more = f" and {len(gone) - NAMED} more" * (len(gone) > NAMED)
    left = f" Gone from the list: {', '.join(gone[:NAMED])}{more}." if gone else ""
    st.caption(f"Moves against {whose}.{left}")
    return moved


def _reason(run: OpenRun, query: Query, item_id: str) -> str:
    """In a few words; "" for a model that looks at nothing, or where nothing of the past speaks for the item."""
    if not explain_item.methods(run):
        return ""
    try:
        return explanation_cache.explained(workspace(), run, query, item_id, None).because
    except RecsysError:
        return ""


def _badges(item: RecommendedItem, moved: Mapping[str, str], there: Mapping[str, str], instead: str) -> str:
    """Small signs behind a title; `replacement_sentence` says what the list rests on where it is no model's."""
    move, rank = moved.get(item.item_id, ""), there.get(item.item_id)
    signs = [f":{MOVES[move[0]]}-badge[{move}]"] if move else []
    signs += [f":violet-badge[in both, {rank} there]"] if rank else []
    signs += [":green-badge[cold start: by content]"] * item.is_new
    signs += [f":orange-badge[{plain(instead, 60)}]"] * bool(instead)
    signs += [f":gray-badge[plain #{item.plain_rank}]"] if item.plain_rank != item.rank else []
    return " ".join(signs)


def download(run: OpenRun, items: list[RecommendedItem], key: str) -> None:
    content = recommendation.recommendations_csv(items).encode()
    st.download_button(
        "Download as CSV", content, batch_lists.named("suggestions", run, content, "csv"), "text/csv", key=key
    )
