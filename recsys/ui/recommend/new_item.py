"""A new item on the Recommend page: from its content to the users who would see it, and its rank for them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import message, plural
from recsys.services.recommend import new_item as newitem
from recsys.services.recommend.new_item import NewItemRequest, Placed
from recsys.services.workspace import slices
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.widgets import fail
from recsys.ui.recommend.history_edits import show_user
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import comma_list, plain

KINDS = ["png", "jpg", "jpeg", "webp"]
READS = {
    "title": message("title"), "text": message("text"), "category": message("category"), "price": message("price"),
    "picture": message("picture"),
}  # fmt: skip


def new_item(run: OpenRun) -> None:
    if (why := newitem.why_no_new_item(run)) is not None:
        st.markdown(
            tr(
                "{why} To place new items, train a model that reads item content: Train → Advanced → **What the model sees of an item**.",
                why=plain(why),
            )
        )
        return
    seen = newitem.reads(run)
    st.caption(
        tr(
            "{model} reads these of the new item: {columns}. It ranks the item for every user's full history among the items not seen yet. Nothing is stored or trained.",
            model=plain(run.model.title),
            columns=plain(comma_list(READS.get(name, name) for name in seen)),
        )
    )
    request = form(run, seen)
    if request is not None:
        try:
            session().placed = (
                run.record.weights_sha256,
                newitem.place(run, request, run_cache.readers(workspace(), run)),
            )
        except RecsysError as error:
            session().placed = None
            fail(error)
    now = session().placed
    if now is not None and now[0] == run.record.weights_sha256:
        answer(now[1])


def form(run: OpenRun, seen: tuple[str, ...]) -> NewItemRequest | None:
    """The content of the item that the model reads; None until the button is pressed."""
    with st.form("new_item", border=False):
        left, right = st.columns(2, gap="medium")
        with left:
            title = st.text_input(tr("Title"), max_chars=300, key="new_title") if "title" in seen else ""
            text = st.text_area(tr("Text"), max_chars=20_000, key="new_text", height=110) if "text" in seen else ""
        with right:
            category = price = picture = None
            if "category" in seen:
                category = st.selectbox(tr("Category"), slices.categories(run.dataset), index=None, key="new_category",
                                        placeholder=tr("unknown"), accept_new_options=True)  # fmt: skip
            if "price" in seen:
                price = st.number_input(
                    tr("Price"), min_value=0.0, value=None, key="new_price", placeholder=tr("unknown")
                )
            if "picture" in seen:
                most = newitem.MAX_PICTURE // 1_000_000
                picture = st.file_uploader(tr("Picture (PNG, JPEG or WebP, at most {megabytes} MB)", megabytes=most), KINDS, key="new_picture",
                                           max_upload_size=most)  # fmt: skip
        if not st.form_submit_button(tr("Who would see it?"), type="primary", key="place_new"):
            return None
    return NewItemRequest(title, text, category or "", price, picture.getvalue() if picture else None)


def answer(placed: Placed) -> None:
    """How many users would see the item, which ones first, and which items are similar."""
    for note in placed.notes:
        st.markdown(f":material/info: {plain(note)}")
    with st.container(horizontal=True, gap="medium"):
        for cut_off, share in placed.in_top.items():
            st.metric(tr("in the top {k}", k=cut_off), tr("{share:.1%} of users", share=share), width="content")
        st.metric(tr("median rank"), tr("{rank:,.0f} of {items:,}", rank=placed.median_rank, items=placed.num_items + 1),
                  width="content")  # fmt: skip
    if placed.num_users < placed.of_users:
        st.caption(
            tr(
                plural(
                    "For {n:,} user, drawn at random from {users:,}.",
                    "For {n:,} users, drawn at random from {users:,}.",
                    placed.num_users,
                    users=placed.of_users,
                )
            )
        )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        takers(placed)
    with right:
        st.markdown(tr("**Most similar in the catalogue**"))
        for item in placed.alike:
            with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
                if item.image is not None:
                    st.image(str(item.image), width=36, alt=tr("Picture of {title}", title=item.title))
                detail = " · ".join(
                    filter(None, [plain(item.category, 40), tr("cosine {cosine:.2f}", cosine=item.cosine)])
                )
                st.markdown(f"{plain(item.title, 80)}  \n:small[:gray[{detail}]]", width="stretch")


def takers(placed: Placed) -> None:
    st.markdown(
        tr(plural("**The user with its best rank**", "**The {n:,} users with its best ranks**", len(placed.takers)))
    )
    frame = pd.DataFrame(
        {
            "rank": [taker.rank for taker in placed.takers],
            "user": [taker.user_id for taker in placed.takers],
            "open": [tr("Open this user")] * len(placed.takers),
            "latest events": [comma_list(taker.latest) for taker in placed.takers],
        }
    )
    config = st.column_config
    st.dataframe(
        frame, hide_index=True, height=35 * 11 + 3, key="takers", alt=tr("Users with the rank of the new item, best first"),
        column_config={
            "rank": config.NumberColumn(tr("rank"), width=44), "user": config.TextColumn(tr("user"), width=64),
            "open": config.ButtonColumn("", width=124, key="open_taker", on_click=_open, args=(placed,)),
            "latest events": config.TextColumn(tr("latest events"), width=210),
        },
    )  # fmt: skip


def _open(placed: Placed) -> None:
    show_user(placed.takers[st.session_state["open_taker"]["row"]].user_id)
