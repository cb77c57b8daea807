"""The Recommend page's parts: the person, the options of the list, one list or two beside each other."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import message, plural
from recsys.sequences.relevance import in_words
from recsys.services.explain import what_if
from recsys.services.explore import batch_lists
from recsys.services.recommend import cold_start, diversity_cost, recommendation
from recsys.services.recommend.cold_start import RecommendationList
from recsys.services.recommend.person import person_summary
from recsys.services.recommend.query import Query
from recsys.services.recommend.recommendation import RecommendedItem
from recsys.services.train.training import why_no_targets
from recsys.services.workspace import slices
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.widgets import fail, item_table
from recsys.ui.recommend import popularity_cost, storefront
from recsys.ui.recommend.history_edits import before_the_edit
from recsys.ui.recommend.storefront import Marks
from recsys.ui.shell import cache, context, nav, run_cache, sliced
from recsys.ui.shell.language import tr
from recsys.ui.shell.run_labels import run_labels
from recsys.ui.shell.state import follow_address, lead_address, session, workspace
from recsys.ui.shell.text import comma_list, plain

SIZES, USUAL = (6, 12, 18, 24, 48), 12  # items of a list
K = 10  # of the metric that says what diversity costs
NAMED = 3  # items that left the list
CARDS, TABLE = message("Cards"), message("Table")
MANY_CATEGORIES = 500
NEW_ITEM, LISTS = "new_item", "lists"  # dialogs
DIALOGS = {NEW_ITEM: message("New item: who would see it?"), LISTS: message("Recommendations for all users")}
ICONS = {NEW_ITEM: "add_box", LISTS: "groups"}
COST = message(
    "λ = {trade_off:g} on {users} of the validation: NDCG@{k} {plain_ndcg:.3f} → **{ndcg:.3f}** ({change:+.3f}, 95 % interval "
    "{low:+.3f} to {high:+.3f}); mean similarity within a list {plain_similarity:.3f} → **{similarity:.3f}**."
)


@dataclass(frozen=True)
class ListOptions:
    """What the list is to be like; with `trade_off` 1 and `less_popular` 0 it is the plain list. `disliked`: item indices."""

    num_items: int
    hide_seen: bool
    categories: tuple[str, ...]
    trade_off: float
    is_dense: bool
    disliked: tuple[int, ...] = ()
    in_slice: bool = True  # only items of the slice
    less_popular: float = 0.0


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
    st.title(
        tr("User {user_id}", user_id=plain(query.user_id, 60)) if query.user_id is not None else tr("Custom history")
    )
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


def choose_options(run: OpenRun) -> ListOptions:
    """Number of items, filters and diversity, in one line."""
    names = slices.categories(run.dataset)
    why_not = diversity_cost.why_no_diversity(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="options"):
        now = follow_address("view", "view", [CARDS, TABLE], CARDS)
        view = st.segmented_control(tr("View"), [CARDS, TABLE], default=now, key="view", format_func=tr, required=True)
        lead_address("view", "view", str(view), CARDS)
        num_items = st.selectbox(tr("Items"), SIZES, SIZES.index(USUAL), key="num_items", width=84, bind="query-params")
        chosen = []
        if 1 < len(names) <= MANY_CATEGORIES:
            chosen = st.multiselect(
                tr("Categories"), names, key="category", width=130, placeholder=tr("All"), bind="query-params"
            )
        diversity = st.slider(
            tr("Diversity"), 0.0, 1.0, 0.0, 0.05, key="diversity", width=140, disabled=why_not is not None,
            bind="query-params", help=plain(why_not or "") or tr("0 shows the most relevant items. Higher values prefer items unlike "
            "those above them: maximal marginal relevance with λ = 1 − diversity, by the model's item vectors."),
        )  # fmt: skip
        less_popular = popularity_cost.choose(run)
        hide = st.toggle(tr("Hide seen"), value=run.candidates.hide_seen, key="hide_seen", bind="query-params")
        in_slice = not sliced.current(run.dataset.dataset_id).only("items") or st.toggle(
            tr("Items of the slice only"), value=True, key="items_in_slice", bind="query-params"
        )
        more(run)
    trade_off = 1.0 if why_not is not None else round(1 - diversity, 10)
    if trade_off < 1:
        st.caption(cost(run, trade_off))
    if less_popular:
        st.caption(popularity_cost.cost(run, less_popular))
    editing = session().editing
    disliked = editing.disliked if editing is not None else ()
    return ListOptions(num_items, hide, tuple(chosen), trade_off, view == TABLE, disliked, in_slice, less_popular)


def more(run: OpenRun) -> None:
    """Less frequent tasks, each in a dialog that stays open until it is dismissed."""
    with st.popover(tr("More"), icon=":material/more_horiz:", key="more"):
        for name, label in DIALOGS.items():
            st.button(tr(label), key=f"open_{name}", type="tertiary", icon=f":material/{ICONS[name]}:",
                      on_click=_open, args=(name,))  # fmt: skip
    if session().dialog == NEW_ITEM:
        st.dialog(tr(DIALOGS[NEW_ITEM]), width="large", on_dismiss=_dismiss)(new_item_dialog)(run)
    elif session().dialog == LISTS:
        st.dialog(tr(DIALOGS[LISTS]), on_dismiss=_dismiss)(lists_dialog)(run)


def _open(name: str) -> None:
    session().dialog = name


def _dismiss() -> None:
    session().dialog = None


def new_item_dialog(run: OpenRun) -> None:
    from recsys.ui.recommend.new_item import new_item

    new_item(run)


def lists_dialog(run: OpenRun) -> None:
    from recsys.ui.explore import batch_lists as screen

    screen.show(run)


def cost(run: OpenRun, trade_off: float) -> str:
    """What diversity costs, measured on validation, in one line."""
    price = run_cache.diversity_cost(workspace(), run, trade_off)
    if price is None:
        reason = plain(why_no_targets(run.split, "validation"))
        return tr("The effect of diversity cannot be measured: {reason}.", reason=reason)
    change, low, high = price.difference
    users = plural("{n:,} user", "{n:,} users", price.num_users)
    line = COST.format(
        trade_off=trade_off, users=users, k=K, plain_ndcg=price.plain_ndcg, ndcg=price.ndcg, change=change, low=low,
        high=high, plain_similarity=price.plain_likeness, similarity=price.likeness,
    )  # fmt: skip
    return tr(line)


def recommendation_list(run: OpenRun, query: Query, options: ListOptions) -> RecommendationList:
    trade_off = 1.0 if diversity_cost.why_no_diversity(run) else options.trade_off
    of_slice = sliced.items(run.dataset.dataset_id, run) if options.in_slice else None
    within = slices.item_filter(run.dataset, options.categories, options.disliked, of_slice)
    return cold_start.recommendation_list(
        run, query, options.num_items, options.hide_seen, within, trade_off, options.less_popular
    )


def recommended_items(run: OpenRun, query: Query, options: ListOptions) -> None:
    """The recommendations of one model as cards with the panel of the selected one, or as a table."""
    listing = recommendation_list(run, query, options)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        show(run, query, options, listing, {}, storefront.PANEL_OF)
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
    """The lists of two models for the same history; an item in both lists shows its rank in the other."""
    lists = [(run, query), what_if.for_run(other, query)]
    listings = [recommendation_list(each, who, options) for each, who in lists]
    ranks = [{item.item_id: f"#{item.rank}" for item in one_list.items} for one_list in listings]
    both = len(ranks[0].keys() & ranks[1].keys())
    st.markdown(tr("**{both} of {total}** items are in both lists.", both=both, total=max(map(len, ranks))))
    names = run_labels(run for run in (context.current().run, context.current().other) if run)
    for index, (each, who) in enumerate(lists):
        st.subheader(plain(names[each.config.run_id]))
        if options.trade_off < 1 and (why_not := diversity_cost.why_no_diversity(each)):
            st.caption(tr("Without diversity: {reason}", reason=plain(why_not)))
        show(each, who, options, listings[index], ranks[1 - index], f"list_{index}")
        download(each, listings[index].items, f"download_{index}")


def show(
    run: OpenRun, query: Query, options: ListOptions, listing: RecommendationList, there: dict[str, str], key: str
) -> None:
    """One list, with the moves since the history was edited and, by item id, the rank in the other list (`there`)."""
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
        storefront.cards(run, query, listing, Marks(moved, there), key)
    if not listing.why and (unscored := cold_start.not_scored(run)):
        st.caption(plain(unscored))


def _notes(
    items: list[RecommendedItem], options: ListOptions, moved: dict[str, str], there: dict[str, str]
) -> dict[str, dict[str, str]]:
    """The columns that a table has beside the usual ones, by item id."""
    notes = {"move": moved} if any(moved.values()) else {}
    notes |= {"other": there} if there else {}
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
    content = recommendation.recommendations_csv(items).encode()
    st.download_button(
        tr("Download as CSV"),
        lambda: content,
        batch_lists.named("recommendations", run, content, "csv"),
        "text/csv",
        key=key,
    )
