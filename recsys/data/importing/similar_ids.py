"""Ids that look alike: of one column, which are reported, and of two files, about which the user decides."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recsys.data.importing.column import SHOWN
from recsys.data.importing.faults import Decisions, Fault, Kind, Treatment
from recsys.data.interactions import Interactions
from recsys.messages import Message, message, short

ROUNDED = r"^\d+([.,]\d+)?[eE]\+\d+$"  # a long number rounded by a spreadsheet
FLOAT_END = re.compile(r"(?<=\d)\.0+$")
SAME, APART = (
    Treatment(name="same", label=message("take them as the same ids, as the interactions write them")),
    Treatment(name="apart", label=message("keep them apart")),
)
ENOUGH = 0.5  # share of the ids without a row that find one in another form


def id_warnings(log: Interactions) -> list[Message]:
    """Warnings about users and items whose ids look rounded by a spreadsheet, or differ only in their form."""
    warnings = []
    users, items = (pa.array(ids[1:], pa.large_string()) for ids in (log.user_ids, log.item_ids))
    if rounded := _rounded(users):
        text = message(
            "{n:,} user ids look rounded by a spreadsheet ({user!r}): different users may have become one. "
            "Export the column as text."
        )
        warnings.append(text.format(n=len(rounded), user=short(rounded[0])))
    if rounded := _rounded(items):
        text = message(
            "{n:,} item ids look rounded by a spreadsheet ({item!r}): different items may have become one. "
            "Export the column as text."
        )
        warnings.append(text.format(n=len(rounded), item=short(rounded[0])))
    if alike := _alike(users):
        text = message(
            "{n:,} users have ids that differ only by case, blanks, width or a final .0 ({first!r}, {second!r}): "
            "they were kept apart."
        )
        warnings.append(text.format(n=len(alike), first=short(alike[0]), second=short(alike[1])))
    if alike := _alike(items):
        text = message(
            "{n:,} items have ids that differ only by case, blanks, width or a final .0 ({first!r}, {second!r}): "
            "they were kept apart."
        )
        warnings.append(text.format(n=len(alike), first=short(alike[0]), second=short(alike[1])))
    return warnings


def _rounded(ids: pa.Array) -> list[str]:
    if _have_only_digits(ids):
        return []
    return ids.filter(pc.match_substring_regex(ids, ROUNDED)).to_pylist()


def _have_only_digits(ids: pa.Array) -> bool:
    return bool(pc.all(pc.ascii_is_decimal(ids)).as_py())


def _alike(ids: pa.Array) -> list[str]:
    """Distinct ids that become equal to another in their plainest form; the first two to each other."""
    if _have_only_digits(ids):
        return []
    texts = ids
    if not pc.all(pc.string_is_ascii(texts)).as_py():
        texts = pc.utf8_normalize(texts, form="NFKC")
    plain = pd.Series(pc.replace_substring_regex(pc.utf8_lower(texts), r"\s+|\.0+$", "").to_pandas())
    alike = np.flatnonzero(plain.duplicated(keep=False).to_numpy() & (plain != "").to_numpy())
    if not len(alike):
        return []
    is_other = (plain.iloc[alike] != plain.iloc[alike[0]]).to_numpy()
    return ids.take(pa.array(alike[np.argsort(is_other, kind="stable")])).to_pylist()


def same_form(ids: pd.Index, known_ids: Iterable[str], file: Kind, role: str, decisions: Decisions) -> pd.Index:
    """Ids of a file beside the interactions as these write them, where the user decides so.

    Where most ids of the interactions that the file lacks would be there without leading zeros, a final .0 and case, that
    is a question. An id keeps its form where two would become one.
    """
    known, given = set(known_ids), set(ids)
    renamed = _other_forms(known - given, given - known)
    if not renamed or len(renamed) < ENOUGH * len(known - given):
        return ids
    is_renamed = ids.isin(list(renamed))
    first = ids[int(is_renamed.argmax())]
    sentence = message(
        "{role} {id!r} is not in the interactions, which have {known!r}: are they the same? {n:,} ids are like that.",
        role=role, id=short(first), known=short(renamed[first]), n=len(renamed),
    )  # fmt: skip
    fault = Fault(
        kind="id_form", file=file, message=sentence, count=int(is_renamed.sum()), rows=len(ids),
        values=tuple(short(text) for text in list(renamed)[:SHOWN]), column=role, treatments=(SAME, APART), usual=SAME.name,
    )  # fmt: skip
    if decisions.treatment(fault) == APART.name:
        return ids
    return pd.Index([renamed.get(text, text) for text in ids], name=ids.name)


def _other_forms(missing: set[str], spare: set[str]) -> dict[str, str]:
    """Spare id -> the missing id that is the same in another form."""
    if not missing or not spare:
        return {}
    by_form = _unique_forms(missing)
    return {text: by_form[form] for form, text in _unique_forms(spare).items() if form in by_form}


def _unique_forms(ids: set[str]) -> dict[str, str]:
    """Plainest form -> id, for the forms that only one id has."""
    forms = pd.Series({text: _plainest(text) for text in ids}, dtype="object")
    alone = forms[~forms.duplicated(keep=False)]
    return dict(zip(alone.to_numpy(), alone.index, strict=True))


def _plainest(text: str) -> str:
    """
    >>> _plainest("0010"), _plainest("10.0"), _plainest("tt007"), _plainest("000")
    ('10', '10', 'tt007', '0')
    """
    plain = FLOAT_END.sub("", unicodedata.normalize("NFKC", text).casefold())
    return plain.lstrip("0") or "0" if plain.isdigit() else plain
