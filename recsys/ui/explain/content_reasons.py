"""Evidence on what the item is: its words, the places of its picture."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.services.explain import content_reasons
from recsys.services.explain.content_reasons import ContentReasons, Word
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.language import tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

SHOWN = 10  # words drawn as bars
LONGEST = 1_500  # characters of a text shown
WORDS_SAY = {
    "replacement": "How much more the score is with this word than with what else stands in such a place in the catalogue.",
    "removal": "What changes in the score when the place of this word alone is left empty.",
    "integrated_gradients": "How the way from an empty text to this one is shared out over its words.",
}
TINTED = 0.3  # of the strongest word: from here on a word is tinted


def is_shown(run: OpenRun) -> bool:
    """Whether the model reads content, or there is a reason why its content cannot be explained."""
    return content_reasons.has_content(run) or content_reasons.why_not(run) is not None


def tab(run: OpenRun, query: Query, item_id: str) -> None:
    """Contributions of words and picture, where the score is a sum over content parts."""
    if (reason := content_reasons.why_not(run)) is not None and not content_reasons.has_content(run):
        st.caption(plain(reason))
        return
    word_method, picture_method = st.session_state.get("word_method"), st.session_state.get("picture_method")
    try:
        reasons = explanation_cache.content_explained(workspace(), run, query, item_id, word_method, picture_method)
    except RecsysError as error:
        st.caption(plain(error))
        return
    if reasons is None or not (reasons.words or reasons.places_SS is not None):
        st.caption(tr("This item has no words and no picture that the model reads."))
        return
    if reasons.words:
        words(reasons)
    if reasons.places_SS is not None:
        picture(reasons)


def words(reasons: ContentReasons) -> None:
    st.markdown(tr("**Its words**"))
    method = st.segmented_control(
        tr("Method for words"), list(content_reasons.TOKEN_METHODS), key="word_method", default="replacement", required=True,
        format_func=lambda name: content_reasons.TOKEN_METHODS[name],
    )  # fmt: skip
    left, right = st.columns(2, gap="large")
    strongest = sorted(reasons.words, key=lambda word: -abs(word.value))
    least = TINTED * abs(strongest[0].value)
    for column, text in reasons.texts.items():
        tinted = [word for word in reasons.words if word.column == column and abs(word.value) >= max(least, 1e-9)]
        left.markdown(marked(text, tinted) or tr(":gray[none]"))
    caption = WORDS_SAY[method]
    top = strongest[:SHOWN]
    table = pd.DataFrame(
        [(word.text, word.column, word.value) for word in reasons.words], columns=["word", "in", "adds"]
    )
    with right:
        charts.show(
            charts.signed_bars([word.text for word in top], [word.value for word in top], "log-odds"), "words",
            tr('{caption} Blue speaks for the item, orange against it.', caption=caption), table, 300,
        )  # fmt: skip


def marked(text: str, tinted: list[Word]) -> str:
    """The text as Markdown that can do nothing: every piece through `plain`, the tinted words between Streamlit's marks."""
    pieces, at = [], 0
    for word in [*tinted, None]:
        start, end = (word.start, word.end) if word is not None else (min(len(text), LONGEST), 0)
        if start > LONGEST:
            continue
        pieces.append(_spaced(text[at:start]))
        if word is not None:
            pieces.append(f":{'blue' if word.value > 0 else 'orange'}-background[{plain(text[start:end], LONGEST)}]")
            at = end
    return "".join(pieces).strip() + ("…" if len(text) > LONGEST else "")


def _spaced(text: str) -> str:
    """`plain`, which drops blanks at both ends, with one blank where there were any."""
    inner = plain(text, LONGEST)
    return f"{' ' * text[:1].isspace()}{inner}{' ' * (text[-1:].isspace() and bool(inner))}"


def picture(reasons: ContentReasons) -> None:
    assert reasons.picture is not None and reasons.places_SS is not None
    st.markdown(tr("**Its picture**"))
    method = st.segmented_control(
        tr("Method for the picture"), list(content_reasons.PICTURE_METHODS), key="picture_method", default="occlusion",
        required=True, format_func=lambda name: content_reasons.PICTURE_METHODS[name],
    )  # fmt: skip
    patches = content_reasons.places(reasons.places_SS)
    strongest = max(patches, key=lambda patch: patch[1])
    says = f"What speaks most for the item is at the {strongest[0]}." if strongest[1] > 0 else "No place speaks for it."
    first, second, third = st.columns(3)
    first.image(str(reasons.picture), width="stretch", alt=tr("Picture of the item"))
    second.image(
        content_reasons.tinted(reasons.picture, reasons.places_SS),
        width="stretch",
        alt=tr("Its places, tinted. {says}", says=says),
    )
    with third:
        st.dataframe(
            pd.DataFrame(patches, columns=["place", "adds on average"]), hide_index=True, key="places",
            alt=tr("What the places in each ninth of the picture add to the score on average"),
            column_config={"adds on average": st.column_config.NumberColumn(format="%+.3f")},
        )  # fmt: skip
    how = (
        "Each place is covered with the colour of the border in turn, and the picture read again: blue places speak for "
        "the item, orange ones against it."
        if method == "occlusion"
        else "Where the last convolution found what speaks for the item (blue): a coarse look."
    )
    st.caption(f"{how} {says}")
