"""A new item on the Recommend page: what it is goes in, who would see it and at what rank comes out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import plural
from recsys.services.recommend import new_item as newitem
from recsys.services.recommend import slices
from recsys.services.recommend.new_item import NewItemRequest, Placed
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts.widgets import fail
from recsys.ui.recommend.history_edits import show_user
from recsys.ui.shell import run_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import session, workspace
from recsys.ui.shell.text import plain

KINDS = ["png", "jpg", "jpeg", "webp"]


def new_item(run: OpenRun) -> None:
    if (why := newitem.why_no_new_item(run)) is not None:
        st.markdown(
            tr(
                "{why} To place new items, train a run that sees what they are: Train → **What the model sees of an item**.",
                why=plain(why),
            )
        )
        return
    seen = newitem.reads(run)
    st.caption(
        tr(
            "Nothing is stored or trained: {title} reads the item's {seen} as it reads those of the catalogue, and ranks it for every user's full history, seen items left out.",
            title=plain(run.model.title),
            seen=plain(_listing(seen)),
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
    """What the run reads of an item, typed in; None until the button is pressed."""
    with st.form("new_item", border=False):
        left, right = st.columns(2, gap="medium")
        with left:
            title = st.text_input(tr("Title"), max_chars=300, key="new_title") if "title" in seen else ""
            text = st.text_area(tr("Text"), max_chars=20_000, key="new_text", height=110) if "text" in seen else ""
        with right:
            category = price = picture = None
            if "category" in seen:
                category = st.selectbox(tr("Category"), slices.categories(run.dataset), index=None, key="new_category",
                                        placeholder=tr("not known"), accept_new_options=True)  # fmt: skip
            if "price" in seen:
                price = st.number_input(
                    tr("Price"), min_value=0.0, value=None, key="new_price", placeholder=tr("not known")
                )
            if "picture" in seen:
                most = newitem.MAX_PICTURE // 1_000_000
                picture = st.file_uploader(tr('Picture (PNG, JPEG or WebP, at most {most} MB)', most=most), KINDS, key="new_picture",
                                           max_upload_size=most)  # fmt: skip
        if not st.form_submit_button("Who would see it?", type="primary", key="place_new"):
            return None
    return NewItemRequest(title, text, category or "", price, picture.getvalue() if picture else None)


def answer(placed: Placed) -> None:
    """How many would see it, who first, and what it is like."""
    for note in placed.notes:
        st.markdown(f":material/info: {plain(note)}")
    with st.container(horizontal=True, gap="medium"):
        for cut_off, share in placed.in_top.items():
            st.metric(tr("in the top {cut_off} of", cut_off=cut_off), f"{share:.1%} of users", width="content")
        st.metric(tr("median rank"), f"{placed.median_rank:,.0f} of {placed.num_items + 1:,}", width="content")
    if placed.num_users < placed.of_users:
        st.caption(
            tr(
                "Of {num_users}, drawn at random from {of_users:,}.",
                num_users=plural("{n:,} user", "{n:,} users", placed.num_users),
                of_users=placed.of_users,
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
                detail = " · ".join(filter(None, [plain(item.category, 40), f"cosine {item.cosine:.2f}"]))
                st.markdown(
                    tr("{title}  \n:small[:gray[{detail}]]", title=plain(item.title, 80), detail=detail),
                    width="stretch",
                )


def takers(placed: Placed) -> None:
    st.markdown(
        tr(
            "**The {takers} in whose lists it stands highest**",
            takers=plural("{n:,} user", "{n:,} users", len(placed.takers)),
        )
    )
    frame = pd.DataFrame(
        {
            "rank": [taker.rank for taker in placed.takers],
            "user": [taker.user_id for taker in placed.takers],
            "open": ["Open this user"] * len(placed.takers),
            "latest events": [", ".join(taker.latest) for taker in placed.takers],
        }
    )
    config = st.column_config
    st.dataframe(
        frame, hide_index=True, height=35 * 11 + 3, key="takers", alt=tr("Users with the rank of the new item, best first"),
        column_config={
            "rank": config.NumberColumn(width=44), "user": config.TextColumn(width=64),
            "open": config.ButtonColumn("", width=124, key="open_taker", on_click=_open, args=(placed,)),
            "latest events": config.TextColumn(width=210),
        },
    )  # fmt: skip


def _open(placed: Placed) -> None:
    show_user(placed.takers[st.session_state["open_taker"]["row"]].user_id)


def _listing(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
