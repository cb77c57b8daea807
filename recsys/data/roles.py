"""Which column plays which role: guessed from names and content, changed by the person.

Roles of a log: user, item, rating, time. Of items: item, title, category, price, text. Of users: user, age, gender.
Of impressions: user, item, time, position, clicked, and no further column is kept.
Further columns keep their own name. A mapping given by the person wins over every guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, CLICKED, GENDER, POSITION, PRICE, TEXT, TITLE, Repair
from recsys.data.decode import short
from recsys.data.read import DATE, NUMBER, WORDS, Table, plain_name, read_table
from recsys.errors import DataError

Kind = Literal["interactions", "items", "users", "impressions"]
ROLES: dict[Kind, tuple[str, ...]] = {
    "interactions": ("user", "item", "rating", "time"),
    "items": ("item", TITLE, CATEGORY, PRICE, TEXT),
    "users": ("user", AGE, GENDER),
    "impressions": ("user", "item", "time", POSITION, CLICKED),
}
REQUIRED: dict[Kind, tuple[str, ...]] = {
    "interactions": ("user", "item"),
    "items": ("item",),
    "users": ("user",),
    "impressions": ("user", "item", CLICKED),
}
ALIASES = {
    "user": "userid user uid username customer customerid client clientid member visitorid sessionid session nutzer "
    "benutzer kunde usuario utilisateur userindex reviewerid 用户 用户id",
    "item": "itemid item movieid movie sku productid product isbn asin artistid artist gameid game bookid songid "
    "trackid videoid articleid iid artikel produkt producto article 商品 商品id 物品",
    "rating": "rating ratings score stars bookrating weight hours count plays playcount overall bewertung note "
    "puntuacion preference 评分 评价",
    "time": "timestamp time date datetime ratedat createdat eventtime ts when zeit datum fecha unixreviewtime unixtime "
    "eventorder 时间",
    TITLE: "title name gamename booktitle productname itemname titel titulo titre 标题 名称",
    CATEGORY: "category categories genre genres type kategorie categoria topic brand tags 类别 分类",
    PRICE: "price cost preis precio prix 价格",
    TEXT: "text description abstract summary plot review content beschreibung 描述 简介",
    AGE: "age alter edad 年龄",
    GENDER: "gender sex geschlecht genero 性别",
    POSITION: "position place slot pos 位置",
    CLICKED: "clicked click isclick label",
}
KNOWN = {role: frozenset(names.split()) for role, names in ALIASES.items()}
ALL_NAMES = frozenset().union(*KNOWN.values()) | {"id"}
ORDER_NAMES = ("eventorder", "order", "position", "rank", "step", "sequence")  # of columns that count events
YES_OR_NO = re.compile(r"[01]|true|false", re.IGNORECASE)
PLACE = re.compile(r"\d{1,6}")
PREVIEW_ROWS = 20
SECONDS = re.compile(r"\d{9,17}(\.\d+)?")


@dataclass(frozen=True, eq=False)
class Preview:
    """What a page shows before an import: the first rows, the columns and who plays which role."""

    rows: pd.DataFrame
    columns: list[str]
    roles: dict[str, str]
    num_rows: int
    separator: str
    encoding: str
    repairs: list[Repair]


def preview(path: Path, kind: Kind = "interactions") -> Preview:
    """Reads a file and guesses; raises DataError where it is no table."""
    table = read_table(path, aliases=ALL_NAMES)
    return Preview(
        rows=table.frame.head(PREVIEW_ROWS),
        columns=list(table.frame.columns),
        roles=guess_roles(table, kind),
        num_rows=len(table.frame),
        separator=WORDS[table.separator],
        encoding=table.encoding,
        repairs=table.repairs,
    )


def split_mapping(mapping: dict[str, str], sides: tuple[Kind, ...]) -> dict[Kind, dict[str, str]]:
    """Which file each entry of a mapping speaks of, `sides` being those that came beside the log.

    `items.year`, `users.year` and `impressions.time` name the file. A role belongs to its file, the user, item, rating
    and time to the log; any other name is a column of the one file of items or users. Raises DataError where that is
    not clear, and for what impressions do not have.
    """
    parts: dict[Kind, dict[str, str]] = {"interactions": {}, "items": {}, "users": {}, "impressions": {}}
    tables: list[Kind] = [side for side in sides if side != "impressions"]
    for name, column in mapping.items():
        file, dot, column_name = name.partition(".")
        if dot and file in ("items", "users", "impressions"):
            kind, role = file, column_name
            if kind not in sides:
                raise DataError(f"The mapping speaks of {short(name)!r}, and there is no {kind} file. Add one.")
        elif name in ROLES["interactions"]:
            kind, role = "interactions", name
        elif matching_sides := [side for side in ("items", "users") if name in ROLES[side]]:
            kind, role = matching_sides[0] if matching_sides[0] in sides else "interactions", name
        elif name in (POSITION, CLICKED) and "impressions" in sides:
            kind, role = "impressions", name
        elif len(tables) == 1:
            kind, role = tables[0], name
        else:
            roles = sorted({role for side in parts for role in ROLES[side]})
            raise DataError(
                f"Unknown role {short(name)!r} in the mapping. Roles are: {', '.join(roles)}; a further column of a "
                "file beside the log is items.NAME or users.NAME."
            )
        if kind == "impressions" and role not in ROLES["impressions"]:
            theirs = ", ".join(ROLES["impressions"])
            raise DataError(f"Impressions have no role {short(role)!r}. Their roles are: {theirs}.")
        parts[kind][role] = column  # type: ignore[index]
    return parts


def assign_roles(table: Table, kind: Kind, mapping: dict[str, str]) -> dict[str, str]:
    """role -> column. A role mapped to "" has no column, though one may look like it.

    Raises DataError naming the columns where a required role has none, or a mapped one is absent.
    """
    columns = list(table.frame.columns)
    without = {role for role, column in mapping.items() if not column.strip()}
    shown = short(", ".join(columns), 120)
    chosen = {role: column for role, column in mapping.items() if role not in without}
    for role, column in chosen.items():
        if column not in columns and column.isdigit() and int(column) < len(columns):
            chosen[role] = columns[int(column)]
        elif column not in columns:
            raise DataError(
                f"No column {short(column)!r} for {role} among {shown}. Choose one of these.", column=column
            )
    twice = [c for c in chosen.values() if list(chosen.values()).count(c) > 1]
    if twice:
        raise DataError(f"Column {short(twice[0])!r} is chosen twice. Give each role its own.", column=twice[0])
    guessed = {r: c for r, c in guess_roles(table, kind).items() if r not in chosen and c not in chosen.values()}
    roles = {**{role: column for role, column in guessed.items() if role not in without}, **chosen}
    for role in REQUIRED[kind]:
        if role not in roles:
            wanted_name = role if role == CLICKED else f"{role}_id"
            says = "says what was clicked" if role == CLICKED else f"names the {role}"
            raise DataError(
                f"Missing: no column {wanted_name} among {shown}. Choose the column that {says}, by its number "
                "from 0 if the first line is no header.",
                column=wanted_name,
            )
    return roles


def by_number(mapping: dict[str, str]) -> bool:
    """Whether a mapping speaks of columns by number only, as of a file without header."""
    return bool(mapping) and all(column.isdigit() for column in mapping.values() if column)


def guess_roles(table: Table, kind: Kind) -> dict[str, str]:
    """role -> column, as far as names or, without a header, the content tell."""
    if not table.has_header:
        return _by_content(table, kind)
    roles: dict[str, str] = {}
    plain = {column: plain_name(column) for column in table.frame.columns}
    extra = (TITLE, CATEGORY, PRICE, TEXT) if kind == "interactions" else ()
    for role in (*ROLES[kind], *extra):
        order = ALIASES[role].split()
        named = [column for column, name in plain.items() if name in KNOWN[role] and column not in roles.values()]
        if named:
            roles[role] = min(named, key=lambda column: order.index(plain[column]))
    id_role = "user" if kind == "users" else "item"
    if kind in ("items", "users") and id_role not in roles:
        ids = [column for column, name in plain.items() if name == "id"]
        roles |= {id_role: ids[0]} if ids else {}
    for role in REQUIRED[kind]:
        ids = [c for c, name in plain.items() if len(name) > 3 and name.endswith("id") and c not in roles.values()]
        if role in ("user", "item") and role not in roles and len(ids) == 1:
            roles[role] = ids[0]  # the only other id there is: anime_id beside user_id
    return roles


def _by_content(table: Table, kind: Kind) -> dict[str, str]:
    """Ids come first; then numbers of nine digits and more are times, small ones ratings, or in impressions places;
    there the last column of nothing but yes and no is the click."""
    columns, sample = list(table.frame.columns), table.frame.head(2000)
    if kind in ("interactions", "impressions"):
        if len(columns) < 2:
            return {}
        roles = {"user": columns[0], "item": columns[1]}
        if kind == "impressions":
            clicks = [c for c in columns[2:] if sample[c].str.strip().str.fullmatch(YES_OR_NO).all()]
            roles |= {CLICKED: clicks[-1]} if clicks else {}
        counts, pattern = ("rating", NUMBER) if kind == "interactions" else (POSITION, PLACE)
        for column in columns[2:]:
            if column in roles.values():
                continue
            cells = sample[column].str.strip()
            if "time" not in roles and (cells.str.fullmatch(SECONDS).all() or cells.str.fullmatch(DATE).all()):
                roles["time"] = column
            elif counts not in roles and cells.str.fullmatch(pattern).all():
                roles[counts] = column
        return roles
    roles = {"user" if kind == "users" else "item": columns[0]}
    for column in columns[1:]:
        cells = sample[column].str.strip()
        filled = cells[cells != ""]
        distinct, number = filled.nunique(), filled.str.fullmatch(NUMBER).all()
        if not len(filled):
            continue
        if kind == "users":
            genders = filled.str.lower().isin(["m", "f", "male", "female", "other", "男", "女"]).all()
            if GENDER not in roles and genders:
                roles[GENDER] = column
            elif AGE not in roles and number and pd.to_numeric(filled).between(1, 120).all():
                roles[AGE] = column
        elif TITLE not in roles and not number:
            roles[TITLE] = column
        elif CATEGORY not in roles and not number and distinct <= len(filled) / 2:
            written = filled.str.contains(r"\d|://").mean() < 0.1  # dates and links are no categories
            roles |= {CATEGORY: column} if written else {}
    return roles
