"""The Recommend page's parts: the person, the options of the list, one list or two beside each other."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.sequences.relevance import in_words
from recsys.services.explain import what_if
from recsys.services.explore import batch_lists
from recsys.services.recommend import cold_start, diversity_cost, recommendation, slices
from recsys.services.recommend.cold_start import RecommendationList
from recsys.services.recommend.person import person_summary
from recsys.services.recommend.recommendation import Query, RecommendedItem
from recsys.services.train.training import why_no_targets
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.widgets import fail, item_table
from recsys.ui.recommend import storefront
from recsys.ui.recommend.history_edits import before_the_edit
from recsys.ui.recommend.storefront import Marks
from recsys.ui.shell import cache, context, nav, run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain

SIZES, USUAL = (6, 12, 18, 24, 48), 12  # items of a list
K = 10  # of the metric that says what diversity costs
NAMED = 3  # items that left the list
CARDS, TABLE = "Cards", "Table"
MANY_CATEGORIES = 500
NEW_ITEM, LISTS = "new_item", "lists"  # dialogs


@dataclass(frozen=True)
class ListOptions:
    """What the list is to be like; `trade_off` 1 is the plain list. `disliked`: item indices."""

    num_items: int
    hide_seen: bool
    categories: tuple[str, ...]
    trade_off: float
    is_dense: bool
    disliked: tuple[int, ...] = ()


def person(run: OpenRun, query: Query) -> None:
    """Who it is for, in one line."""
    summary = person_summary(run, query)
    period = summary.period and " – ".join(dict.fromkeys(day[:7] for day in summary.period))
    facts = [
        plural("{n:,} event", "{n:,} events", summary.num_events),
        f"mean rating {summary.mean_rating:.1f}" if summary.mean_rating is not None else "",
        period or "",
        plain(summary.traits),
        f"mostly {plain(', '.join(summary.favourites), 80)}" if summary.favourites else "",
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
        view = st.segmented_control(tr("View"), [CARDS, TABLE], default=CARDS, key="view", bind="query-params") or CARDS
        num_items = st.selectbox(tr("Items"), SIZES, SIZES.index(USUAL), key="num_items", width=84, bind="query-params")
        chosen = []
        if 1 < len(names) <= MANY_CATEGORIES:
            chosen = st.multiselect(
                tr("Categories"), names, key="category", width=190, placeholder=tr("All"), bind="query-params"
            )
        diversity = st.slider(
            tr("Diversity"), 0.0, 1.0, 0.0, 0.05, key="diversity", width=140, disabled=why_not is not None,
            bind="query-params", help=plain(why_not or "") or tr("At 0 the most relevant items. Above, an item also counts for being "
            "unlike those before it: maximal marginal relevance with λ = 1 − diversity, by the model's item vectors."),
        )  # fmt: skip
        hide = st.toggle(tr("Hide seen"), value=run.candidates.hide_seen, key="hide_seen", bind="query-params")
        more(run)
    trade_off = 1.0 if why_not is not None else round(1 - diversity, 10)
    if trade_off < 1:
        st.caption(cost(run, trade_off))
    editing = session().editing
    disliked = editing.disliked if editing is not None else ()
    return ListOptions(num_items, hide, tuple(chosen), trade_off, view == TABLE, disliked)


def more(run: OpenRun) -> None:
    """What is wanted less often, each in a dialog that stays open until it is dismissed."""
    with st.popover(tr("More"), icon=":material/more_horiz:", key="more"):
        for name, label, icon in (
            (NEW_ITEM, "New item: who would see it?", "add_box"),
            (LISTS, "Recommendations for all users", "groups"),
        ):
            st.button(
                label, key=f"open_{name}", type="tertiary", icon=f":material/{icon}:", on_click=_open, args=(name,)
            )
    if session().dialog == NEW_ITEM:
        new_item_dialog(run)
    elif session().dialog == LISTS:
        lists_dialog(run)


def _open(name: str) -> None:
    session().dialog = name


def _dismiss() -> None:
    session().dialog = None


@st.dialog("New item: who would see it?", width="large", on_dismiss=_dismiss)
def new_item_dialog(run: OpenRun) -> None:
    from recsys.ui.recommend.new_item import new_item

    new_item(run)


@st.dialog("Recommendations for all users", on_dismiss=_dismiss)
def lists_dialog(run: OpenRun) -> None:
    from recsys.ui.explore import batch_lists as screen

    screen.show(run)


def cost(run: OpenRun, trade_off: float) -> str:
    """What diversity costs, measured on validation, in one line."""
    price = run_cache.diversity_cost(workspace(), run, trade_off)
    if price is None:
        return f"What diversity costs cannot be measured: {plain(why_no_targets(run.split, 'validation'))}."
    mean, low, high = price.difference
    return (
        f"λ = {trade_off:g} on {plural('{n:,} user', '{n:,} users', price.num_users)} of the validation: NDCG@{K} {price.plain_ndcg:.3f} → "
        f"**{price.ndcg:.3f}** ({mean:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}); mean likeness within a list "
        f"{price.plain_likeness:.3f} → **{price.likeness:.3f}**."
    )


def recommendation_list(run: OpenRun, query: Query, options: ListOptions) -> RecommendationList:
    trade_off = 1.0 if diversity_cost.why_no_diversity(run) else options.trade_off
    within = slices.item_filter(run.dataset, options.categories, options.disliked)
    return cold_start.recommendation_list(run, query, options.num_items, options.hide_seen, within, trade_off)


def recommended_items(run: OpenRun, query: Query, options: ListOptions) -> None:
    """The recommendations of one model as cards with the panel of the selected one, or as a table."""
    listing = recommendation_list(run, query, options)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        show(run, query, options, listing, {}, "cards")
        if listing.items:
            download(run, listing.items, "download")
    with right:
        storefront.panel(run, query, listing)


def target(run: OpenRun) -> None:
    """Says so where a run does not recommend what comes next."""
    if run.split.liked_from is not None:
        st.caption(
            tr(":material/thumb_up: Recommends what would be {liked_from}.", liked_from=in_words(run.split.liked_from))
        )


def side_by_side(run: OpenRun, other: OpenRun, query: Query, options: ListOptions) -> None:
    """The lists of two runs for the same history, one row each; what is in both says its rank in the other."""
    lists = [(run, query), what_if.for_run(other, query)]
    listings = [recommendation_list(each, who, options) for each, who in lists]
    ranks = [{item.item_id: f"#{item.rank}" for item in one_list.items} for one_list in listings]
    both = len(ranks[0].keys() & ranks[1].keys())
    st.markdown(tr("**{both} of {total}** items are in both lists.", both=both, total=max(map(len, ranks))))
    for index, (each, who) in enumerate(lists):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(plain(each.model.title))
            st.caption(plain(each.config.run_id), width="content")
        if options.trade_off < 1 and (why_not := diversity_cost.why_no_diversity(each)):
            st.caption(tr("The plain list: {why_not}", why_not=plain(why_not)))
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
        st.info(tr("No item is left: remove the filter or show seen items."))
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
    if options.trade_off < 1:
        notes["plain"] = {item.item_id: f"#{item.plain_rank}" for item in items}
    if new := [item.item_id for item in items if item.is_new]:
        notes["events"] = dict.fromkeys(new, "none")
    return notes


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
    st.caption(tr("Moves against {whose}.{left}", whose=whose, left=left))
    return moved


def download(run: OpenRun, items: list[RecommendedItem], key: str) -> None:
    content = recommendation.recommendations_csv(items).encode()
    st.download_button(
        tr("Download as CSV"), content, batch_lists.named("recommendations", run, content, "csv"), "text/csv", key=key
    )
