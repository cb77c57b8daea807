"""Column mapping: which column has which role, guessed from names and content.

Roles of interactions: user, item, rating, time. Of items: item, title, category, price, text. Of users: user, age,
gender. Of impressions: user, item, time, position, clicked; further columns of impressions are dropped. Further
columns of other files keep their name. A mapping given by the user overrides every guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recsys.data.dataset import AGE, CATEGORY, CLICKED, GENDER, POSITION, PRICE, TEXT, TITLE, Repair
from recsys.data.importing.faults import Kind
from recsys.data.importing.import_choices import FileChoices
from recsys.data.importing.read import DATE, NUMBER, WORDS, Table, plain_name, read_table
from recsys.errors import DataError
from recsys.messages import message, short

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
ORDER_NAMES = (
    "eventorder",
    "order",
    "position",
    "rank",
    "step",
    "sequence",
)  # normalised names of columns that number the events
YES_OR_NO = re.compile(r"[01]|true|false", re.IGNORECASE)
PLACE = re.compile(r"\d{1,6}")
PREVIEW_ROWS = 20
SECONDS = re.compile(r"\d{9,17}(\.\d+)?")


@dataclass(frozen=True, eq=False)
class Preview:
    """What is shown before an import: first rows, columns and guessed roles."""

    rows: pd.DataFrame
    columns: list[str]
    roles: dict[str, str]
    num_rows: int
    separator: str
    encoding: str
    repairs: list[Repair]
    has_header: bool = True
    format: str = "text"
    encodings: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()


def preview(path: Path, kind: Kind = "interactions", choices: FileChoices | None = None) -> Preview:
    """Read a file and guess its column roles. Raises DataError if it is not a table."""
    table = read_table(path, aliases=ALL_NAMES)
    return Preview(
        rows=table.frame.head(PREVIEW_ROWS),
        columns=list(table.frame.columns),
        roles=guess_roles(table, kind),
        num_rows=len(table.frame),
        separator=WORDS[table.separator],
        encoding=table.encoding,
        repairs=table.repairs,
        has_header=table.has_header,
    )


def split_mapping(mapping: dict[str, str], sides: tuple[Kind, ...]) -> dict[Kind, dict[str, str]]:
    """Assign each entry of a column mapping to its file; `sides` are the files uploaded beside the interactions.

    `items.year`, `users.year` and `impressions.time` name the file. A role belongs to its own file; user, item, rating
    and time belong to the interactions. Any other name is a column of the only file of items or users. Raises DataError
    if the file is ambiguous or missing, or if impressions do not have the role.
    """
    parts: dict[Kind, dict[str, str]] = {"interactions": {}, "items": {}, "users": {}, "impressions": {}}
    tables: list[Kind] = [side for side in sides if side != "impressions"]
    for name, column in mapping.items():
        file, dot, column_name = name.partition(".")
        if dot and file in ("items", "users", "impressions"):
            kind, role = file, column_name
            if kind not in sides:
                raise DataError(
                    message(
                        "The mapping names {name!r}, and there is no {kind} file. Add one.",
                        name=short(name),
                        kind=kind,
                    )
                )
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
                message(
                    "Unknown role {name!r} in the mapping. Roles are: {roles}; other columns of a file beside "
                    "the interactions are items.NAME or users.NAME.",
                    name=short(name),
                    roles=", ".join(roles),
                )
            )
        if kind == "impressions" and role not in ROLES["impressions"]:
            impression_roles = ", ".join(ROLES["impressions"])
            raise DataError(
                message(
                    "Impressions have no role {role!r}. Their roles are: {roles}.",
                    role=short(role),
                    roles=impression_roles,
                )
            )
        parts[kind][role] = column  # type: ignore[index]
    return parts


def assign_roles(table: Table, kind: Kind, mapping: dict[str, str]) -> dict[str, str]:
    """Roles by column mapping, completed by guesses: role -> column. A role mapped to "" gets no column.

    Raises DataError with the column names if a required role has no column, or a mapped column does not exist.
    """
    columns = list(table.frame.columns)
    unmapped = {role for role, column in mapping.items() if not column.strip()}
    column_list = short(", ".join(columns), 120)
    chosen = {role: column for role, column in mapping.items() if role not in unmapped}
    for role, column in chosen.items():
        if column not in columns and column.isdigit() and int(column) < len(columns):
            chosen[role] = columns[int(column)]
        elif column not in columns:
            raise DataError(
                message(
                    "No column {column!r} for {role} among {columns}. Choose one of these.",
                    column=short(column),
                    role=role,
                    columns=column_list,
                ),
                column=column,
            )
    repeated = [c for c in chosen.values() if list(chosen.values()).count(c) > 1]
    if repeated:
        raise DataError(
            message("Column {column!r} is chosen twice. Give each role its own.", column=short(repeated[0])),
            column=repeated[0],
        )
    guessed = {r: c for r, c in guess_roles(table, kind).items() if r not in chosen and c not in chosen.values()}
    roles = {**{role: column for role, column in guessed.items() if role not in unmapped}, **chosen}
    for role in REQUIRED[kind]:
        if role not in roles:
            wanted_name = role if role == CLICKED else f"{role}_id"
            text = message(
                "Missing: no column {name} among {columns}. Choose the column of {name}, by its number from 0 if the "
                "first line is no header."
            )
            raise DataError(text.format(name=wanted_name, columns=column_list), column=wanted_name)
    return roles


def by_number(mapping: dict[str, str]) -> bool:
    """Whether a mapping names columns only by number, as for a file without a header."""
    return bool(mapping) and all(column.isdigit() for column in mapping.values() if column)


def guess_roles(table: Table, kind: Kind) -> dict[str, str]:
    """Guess role -> column from the names or, without a header, from the content."""
    if not table.has_header:
        return _guess_by_content(table, kind)
    roles: dict[str, str] = {}
    plain_names = {column: plain_name(column) for column in table.frame.columns}
    extra = (TITLE, CATEGORY, PRICE, TEXT) if kind == "interactions" else ()
    for role in (*ROLES[kind], *extra):
        order = ALIASES[role].split()
        matches = [
            column for column, name in plain_names.items() if name in KNOWN[role] and column not in roles.values()
        ]
        if matches:
            roles[role] = min(matches, key=lambda column: order.index(plain_names[column]))
    id_role = "user" if kind == "users" else "item"
    if kind in ("items", "users") and id_role not in roles:
        ids = [column for column, name in plain_names.items() if name == "id"]
        roles |= {id_role: ids[0]} if ids else {}
    for role in REQUIRED[kind]:
        ids = [
            c for c, name in plain_names.items() if len(name) > 3 and name.endswith("id") and c not in roles.values()
        ]
        if role in ("user", "item") and role not in roles and len(ids) == 1:
            roles[role] = ids[0]  # the only other id column: anime_id beside user_id
    return roles


def _guess_by_content(table: Table, kind: Kind) -> dict[str, str]:
    """Guess roles from values: ids come first.

    Then numbers of nine or more digits, and dates, are times, and smaller numbers are ratings (positions in
    impressions). In impressions the last column with only yes and no is the click.
    """
    columns, sample = list(table.frame.columns), table.frame.head(2000)
    if kind in ("interactions", "impressions"):
        if len(columns) < 2:
            return {}
        roles = {"user": columns[0], "item": columns[1]}
        if kind == "impressions":
            clicks = [c for c in columns[2:] if sample[c].str.strip().str.fullmatch(YES_OR_NO).all()]
            roles |= {CLICKED: clicks[-1]} if clicks else {}
        number_role, pattern = ("rating", NUMBER) if kind == "interactions" else (POSITION, PLACE)
        for column in columns[2:]:
            if column in roles.values():
                continue
            cells = sample[column].str.strip()
            if "time" not in roles and (cells.str.fullmatch(SECONDS).all() or cells.str.fullmatch(DATE).all()):
                roles["time"] = column
            elif number_role not in roles and cells.str.fullmatch(pattern).all():
                roles[number_role] = column
        return roles
    roles = {"user" if kind == "users" else "item": columns[0]}
    for column in columns[1:]:
        cells = sample[column].str.strip()
        filled = cells[cells != ""]
        distinct, is_number = filled.nunique(), filled.str.fullmatch(NUMBER).all()
        if not len(filled):
            continue
        if kind == "users":
            is_gender = filled.str.lower().isin(["m", "f", "male", "female", "other", "男", "女"]).all()
            if GENDER not in roles and is_gender:
                roles[GENDER] = column
            elif AGE not in roles and is_number and pd.to_numeric(filled).between(1, 120).all():
                roles[AGE] = column
        elif TITLE not in roles and not is_number:
            roles[TITLE] = column
        elif CATEGORY not in roles and not is_number and distinct <= len(filled) / 2:
            is_words = filled.str.contains(r"\d|://").mean() < 0.1  # dates and links are not categories
            roles |= {CATEGORY: column} if is_words else {}
    return roles
