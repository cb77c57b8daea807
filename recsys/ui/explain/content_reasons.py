"""Evidence on what the item is: its words, the places of its picture."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys.errors import RecsysError
from recsys.messages import message
from recsys.services.explain import behind_point, content_reasons
from recsys.services.explain.content_reasons import ContentReasons, Word
from recsys.services.recommend.query import Query
from recsys.services.workspace.open_run import OpenRun
from recsys.ui.parts import charts, compact_charts, listing
from recsys.ui.shell import explanation_cache
from recsys.ui.shell.language import localized, tr
from recsys.ui.shell.state import workspace
from recsys.ui.shell.text import plain

SHOWN = 10  # words drawn as bars
LONGEST = 1_500  # characters of a text shown
WORDS_SAY = {
    "replacement": message("Score with this word, less the mean score with other words of the catalogue in its place."),
    "removal": message("Change of the score when this word alone is left out."),
    "integrated_gradients": message("The change from an empty text to this one, shared out over its words."),
}
SIGNS = message("Blue raises the score, orange lowers it.")
OCCLUSION = message("Each place is covered with the colour of the border in turn, and the picture is scored again.")
GRAD_CAM = message("Regions that the last convolution uses for the score; a coarse map.")
COLUMNS = {"title": message("title"), "text": message("text")}
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
        st.caption(plain(error.message))
        return
    if reasons is None or not (reasons.words or reasons.places_SS is not None):
        st.caption(tr("This item has no words and no picture that the model reads."))
        return
    if reasons.words:
        words(run, reasons)
    if reasons.places_SS is not None:
        picture(reasons)


def words(run: OpenRun, reasons: ContentReasons) -> None:
    st.markdown(tr("**Its words**"))
    method = st.segmented_control(
        tr("Method for words"), list(content_reasons.TOKEN_METHODS), key="word_method", default="replacement", required=True,
        format_func=lambda name: localized(content_reasons.TOKEN_METHODS[name]),
    )  # fmt: skip
    left, right = st.columns(2, gap="large")
    strongest = sorted(reasons.words, key=lambda word: -abs(word.value))
    least = TINTED * abs(strongest[0].value)
    for column, text in reasons.texts.items():
        tinted = [word for word in reasons.words if word.column == column and abs(word.value) >= max(least, 1e-9)]
        left.markdown(marked(text, tinted) or f":gray[{tr('none')}]")
    caption = tr(WORDS_SAY[method] + " " + SIGNS)
    top = strongest[:SHOWN]
    table = pd.DataFrame(
        [(word.text, tr(COLUMNS[word.column]), word.value) for word in reasons.words],
        columns=[tr("word"), tr("column"), tr("effect")],
    )
    with right:
        bars = charts.signed_bars([word.text for word in top], [word.value for word in top], tr("log-odds"))
        figure = compact_charts.with_ids(bars, [word.text for word in top])
        charts.show(figure, "words", caption, table, 300, selects=True)
    word = compact_charts.selected("words")
    if word:
        items = behind_point.items_with_word(run, word)
        title = tr("Items with the word {word}", word=plain(word))
        listing.items(items.rows, items.total, title, "behind_words", run.config.run_id)


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
        required=True, format_func=lambda name: localized(content_reasons.PICTURE_METHODS[name]),
    )  # fmt: skip
    patches = content_reasons.places(reasons.places_SS)
    strongest = max(patches, key=lambda patch: patch[1])
    place = message("No place raises the score.")
    if strongest[1] > 0:
        place = message("Strongest place: {place}.", place=strongest[0])
    first, second, third = st.columns(3)
    first.image(str(reasons.picture), width="stretch", alt=tr("Picture of the item"))
    second.image(
        content_reasons.tinted(reasons.picture, reasons.places_SS),
        width="stretch",
        alt=tr(message("The picture with its places tinted.") + " " + place),
    )
    with third:
        st.dataframe(
            pd.DataFrame([(localized(name), value) for name, value in patches], columns=["place", "effect"]),
            hide_index=True, key="places", alt=tr("Mean effect of each ninth of the picture on the score"),
            column_config={"place": st.column_config.TextColumn(tr("place")),
                           "effect": st.column_config.NumberColumn(tr("mean effect"), format="%+.3f")},
        )  # fmt: skip
    st.caption(tr(message(" ").join([OCCLUSION if method == "occlusion" else GRAD_CAM, SIGNS, place])))
