"""The Recommend page's parts: what is wanted, the suggestions, two runs side by side, lists for all users."""

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
from recsys.services.recommend.cold_start import Listed
from recsys.services.recommend.recommendation import Asker, Suggestion
from recsys.services.train.training import why_nobody
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
class Wanted:
    """What the list is to be like; `trade_off` 1 is the plain list."""

    hide_seen: bool
    category: str | None
    trade_off: float
    is_dense: bool


def choose_other(run: OpenRun) -> OpenRun | None:
    """Another whole run on the same data set to stand beside, where one is wanted."""
    by_id = {
        one.run_id: one
        for one in leaderboard.list_runs(workspace())
        if one.state in ("finished", "stopped") and one.dataset_id == run.config.dataset_id
    }
    del by_id[run.config.run_id]
    ids = [NOBODY, *by_id]
    follow_address("compare", "compare_choice", ids, None)
    chosen = st.selectbox(
        "Compare with", ids, key="compare_choice",
        format_func=lambda i: f"{by_id[i].title}, {day(by_id[i].created)}" if i else "no other run",
        help="Another run on the same data set" if by_id else "There is no other run on this data set yet.",
    )  # fmt: skip
    lead_address("compare", "compare_choice", chosen)
    if not chosen:
        return None
    try:
        return cache.opened(workspace(), chosen)
    except RecsysError as error:
        fail(error)
        return None


def choose_wanted(run: OpenRun) -> Wanted:
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
        return Wanted(hide, category, 1.0, view == TABLE)
    if trade_off < 1:
        st.caption(cost(run, trade_off))
    return Wanted(hide, category, trade_off, view == TABLE)


def cost(run: OpenRun, trade_off: float) -> str:
    """What diversity costs, measured on validation, in one line."""
    found = run_cache.diversity_cost(workspace(), run, trade_off)
    if found is None:
        return f"What diversity costs cannot be measured: {plain(why_nobody(run.split, 'validation'))}."
    mean, low, high = found.difference
    return (
        f"λ = {trade_off:g} on {count(found.num_users, 'user')} of the validation: NDCG@{K} {found.plain_ndcg:.3f} → "
        f"**{found.ndcg:.3f}** ({mean:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}); mean likeness within a list "
        f"{found.plain_likeness:.3f} → **{found.likeness:.3f}**."
    )


def listed(run: OpenRun, asker: Asker, wanted: Wanted) -> Listed:
    trade_off = 1.0 if diversity_cost.why_no_diversity(run) else wanted.trade_off
    return cold_start.listed(run, asker, K, wanted.hide_seen, wanted.category, trade_off)


def suggestions(run: OpenRun, asker: Asker, wanted: Wanted) -> None:
    """The recommendations of one model, with a CSV of them."""
    st.subheader("Suggestions")
    target(run)
    told = listed(run, asker, wanted)
    show(run, asker, wanted, told, {}, "suggestion")
    if told.found:
        download(run, told.found, "download")


def target(run: OpenRun) -> None:
    """Says so where a run does not suggest what comes next."""
    if run.split.liked_from is not None:
        st.caption(f":material/thumb_up: Suggests what would be {in_words(run.split.liked_from)}.")


def side_by_side(run: OpenRun, other: OpenRun, asker: Asker, wanted: Wanted) -> None:
    """The lists of two runs for the same history; what is in both says where it stands in the other."""
    lists = [(run, asker), what_if.for_run(other, asker)]
    told = [listed(each, who, wanted) for each, who in lists]
    ranks = [{one.item_id: f"#{one.rank}" for one in one_list.found} for one_list in told]
    both = len(ranks[0].keys() & ranks[1].keys())
    st.markdown(f"**{both} of {max(map(len, ranks))}** items are in both lists.")
    for place, column in enumerate(st.columns(2, gap="medium")):
        each, who = lists[place]
        with column:
            st.subheader(plain(each.model.title))
            st.caption(plain(each.config.run_id))
            target(each)
            if wanted.trade_off < 1 and (why_not := diversity_cost.why_no_diversity(each)):
                st.caption(f"The plain list: {plain(why_not)}")
            show(each, who, wanted, told[place], ranks[1 - place], f"list_{place}")
            download(each, told[place].found, f"download_{place}")


def show(run: OpenRun, asker: Asker, wanted: Wanted, told: Listed, there: Mapping[str, str], key: str) -> None:
    """One list, with the moves since the history was edited and, by item id, the rank in the other list (`there`)."""
    found = told.found
    if asker.note and not told.why:
        st.info(plain(asker.note))
    if told.why:
        st.info(plain(told.why), icon=":material/group:")
    if not found:
        st.info("No item is left to suggest here: take away the filter, or show seen items.")
        return
    moved = {} if told.why else _moves(run, asker, wanted, found)
    notes: dict[str, Mapping[str, str]] = {"move": moved} if any(moved.values()) else {}
    notes |= {"other": there} if there else {}
    if wanted.trade_off < 1:
        notes["plain"] = {one.item_id: f"#{one.plain_rank}" for one in found}
    if new := [one.item_id for one in found if one.is_new]:
        notes["events"] = dict.fromkeys(new, "none")
    if wanted.is_dense:
        asked = item_table(found, notes, key, told.badge)
    else:
        marks = {one.item_id: _badges(one, moved, there, told.badge) for one in found}
        reason = None if told.badge else lambda item_id: _reason(run, asker, item_id)
        asked = item_rows(found, marks, key, told.badge, reason)
    if not told.why and (unscored := cold_start.not_scored(run)):
        st.caption(plain(unscored))
    if asked:
        told_as = {f"as_{name}": value for name, value in asker.as_if}
        nav.go("explain", run=run.config.run_id, user=asker.user_id or "", item=asked, **told_as)


def _moves(run: OpenRun, asker: Asker, wanted: Wanted, found: list[Suggestion]) -> dict[str, str]:
    """How each item moved since the history was edited, by item id; a caption says against what, and which items are gone."""
    compared = before_the_edit(run, asker)
    if compared is None:
        return {}
    run_before, asker_before, whose = compared
    before = listed(run_before, asker_before, wanted).found
    moved = recommendation.moves(found, before)
    gone = [plain(one.title, 40) for one in before if one.item_id not in moved]
    more = f" and {len(gone) - NAMED} more" * (len(gone) > NAMED)
    left = f" Gone from the list: {', '.join(gone[:NAMED])}{more}." if gone else ""
    st.caption(f"Moves against {whose}.{left}")
    return moved


def _reason(run: OpenRun, asker: Asker, item_id: str) -> str:
    """In a few words; "" for a model that looks at nothing, or where nothing of the past speaks for the item."""
    if not explain_item.methods(run):
        return ""
    try:
        return explanation_cache.explained(workspace(), run, asker, item_id, None).because
    except RecsysError:
        return ""


def _badges(one: Suggestion, moved: Mapping[str, str], there: Mapping[str, str], instead: str) -> str:
    """Small signs behind a title; `instead` says what the list rests on where it is no model's."""
    move, rank = moved.get(one.item_id, ""), there.get(one.item_id)
    signs = [f":{MOVES[move[0]]}-badge[{move}]"] if move else []
    signs += [f":violet-badge[in both, {rank} there]"] if rank else []
    signs += [":green-badge[new: suggested for what it is]"] * one.is_new
    signs += [f":orange-badge[{plain(instead, 60)}]"] * bool(instead)
    signs += [f":gray-badge[plain #{one.plain_rank}]"] if one.plain_rank != one.rank else []
    return " ".join(signs)


def download(run: OpenRun, found: list[Suggestion], key: str) -> None:
    content = recommendation.suggestions_csv(found).encode()
    st.download_button(
        "Download as CSV", content, batch_lists.named("suggestions", run, content, "csv"), "text/csv", key=key
    )
