"""Catalogue of the sample shop: titles and descriptions in English and Chinese, categories, prices, looks.

Colour, pattern and taste word of an item are drawn independently of everything else. Colour and pattern can be read
from the picture alone, the word from the description alone. What the kinds of product are called: kinds.toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

NUM_ITEMS = 600
NUM_DEVICES, NUM_SERIES, PARTS = 60, 20, 5
NUM_RARE, NUM_UNRATED = 120, 20  # rare: fewer than 5 ratings; the unrated ones are among them

LANGUAGES = ("en", "zh")
COLOURS = ("red", "orange", "green", "teal", "blue", "purple")
PATTERNS = ("plain", "stripes", "dots", "checks", "zigzag", "stars")
CATEGORIES = {
    "Kitchen": "厨房用品", "Food & Drink": "食品饮料", "Home": "家居", "Electronics": "数码电子",
    "Clothing": "服饰鞋袜", "Bags & Travel": "箱包旅行", "Sports & Outdoor": "运动户外",
    "Books & Stationery": "图书文具", "Toys & Games": "玩具", "Music": "音乐",
}  # fmt: skip
# ((word, its sentence) in English, the same in Chinese); the first NUM_TASTE_WORDS carry a taste, the others none
WORDS = (
    (("handmade", "Each one is handmade in a small workshop."), ("手工", "每一件都在小作坊里手工制作。")),
    (("recycled", "Packed in recycled paper."), ("再生", "采用再生纸包装。")),
    (("limited", "A limited run with a numbered label."), ("限量", "限量发售，附编号标签。")),
    (("vegan", "It is certified vegan."), ("纯素", "已通过纯素认证。")),
    (("fairtrade", "From a fairtrade cooperative."), ("公平贸易", "来自公平贸易合作社。")),
    (("award", "It won an award this year."), ("大奖", "今年获得行业大奖。")),
    (("classic", "A classic of our shelves."), ("经典", "长销多年的经典款。")),
    (("gift", "Comes in a gift box."), ("礼盒", "附礼盒包装。")),
    (("season", "New this season."), ("本季", "本季新款。")),
    (("popular", "One of our most popular choices."), ("热销", "店内热销之选。")),
    (("local", "Made by a local family business."), ("本地", "由本地家族企业出品。")),
    (("guarantee", "Comes with a money-back guarantee."), ("保障", "提供无忧退换保障。")),
)
NUM_TASTE_WORDS = 6
BANDS = ((0, 25), (25, 40), (40, 55), (55, 120))
GENDERS = ("female", "male")
MAKERS = (
    ("Alder", "桤林"), ("Brook", "溪谷"), ("Cinder", "星烬"), ("Dune", "沙丘"), ("Ember", "暖焰"), ("Fjord", "峡湾"),
    ("Grove", "林间"), ("Harbor", "港湾"), ("Iris", "鸢尾"), ("Juniper", "杜松"), ("Kestrel", "隼羽"), ("Linden", "椴木"),
)  # fmt: skip
TITLE = ("{name}, {maker}", "{maker}{name}")
ACCESSORY_TITLE = ("{name} for {maker} {device}", "{maker}{device}专用{name}")
NUMERALS = (tuple("12345"), tuple("一二三四五"))
YUAN = 7  # for a dollar

Pair = tuple[str, str]  # English, Chinese


@dataclass(frozen=True)
class Item:
    """Item of the shop. `role` is plain, device, accessory, part or rare; `parent` is the item that it follows."""

    item_id: str
    kind: str
    title: Pair
    category: str
    price: float  # in dollars
    description: Pair
    role: str
    parent: str
    colour: str
    pattern: str
    word: int
    group: tuple[int, int] | None  # (age band, gender) that likes it more

    def row(self, language: str) -> list[object]:
        """Row of items.csv ("en", price in dollars) or items_zh.csv ("zh", price in yuan)."""
        at = LANGUAGES.index(language)
        category = CATEGORIES[self.category] if at else self.category
        price = f"{round(self.price * YUAN)}" if at else f"{self.price:.2f}"
        return [self.item_id, self.title[at], category, price, self.description[at]]


@cache
def kinds() -> dict[str, dict[str, Any]]:
    """Kinds of product by key, from kinds.toml."""
    text = (Path(__file__).parent / "kinds.toml").read_text(encoding="utf-8")
    return {kind["key"]: kind for kind in tomllib.loads(text)["kind"]}


def format_title(templates: Pair, **parts: Pair) -> Pair:
    english, chinese = (
        template.format(**{name: pair[at] for name, pair in parts.items()}) for at, template in enumerate(templates)
    )
    return english, chinese


class Drawer:
    """Draws items one after the other; every title occurs once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.items: list[Item] = []
        self.titles: set[Pair] = set()

    def add(self, key: str, title: Pair, role: str, parent: str = "") -> Item:
        rng, kind = self.rng, kinds()[key]
        word = int(rng.integers(len(WORDS)))
        text = kind["texts"][int(rng.integers(len(kind["texts"])))]
        english, chinese = (sentence for _, sentence in WORDS[word])
        group = (int(rng.integers(4)), int(rng.integers(2))) if rng.random() < 0.5 else None
        price = kind["price"] * float(np.exp(rng.normal(0, 0.25)))
        price = np.floor(price) + 0.9 if price < 100 else 10 * np.round(price / 10) - 1
        colour, pattern = COLOURS[int(rng.integers(6))], PATTERNS[int(rng.integers(6))]
        item = Item(
            item_id=f"p{len(self.items) + 1:04d}", kind=key, title=title, category=kind["category"], price=float(price),
            description=(f"{text[0]} {english}", f"{text[1]}{chinese}"), role=role, parent=parent,
            colour=colour, pattern=pattern, word=word, group=group,
        )  # fmt: skip
        assert title not in self.titles
        self.items.append(item)
        self.titles.add(title)
        return item

    def name(self, key: str) -> tuple[Pair, Pair]:
        """Draw the (title, maker) of an item that is not in the shop yet."""
        kind = kinds()[key]
        while True:
            name = kind["names"][int(self.rng.integers(len(kind["names"])))]
            maker = MAKERS[int(self.rng.integers(len(MAKERS)))]
            title = format_title(kind.get("title", TITLE), name=name, maker=maker)
            if title not in self.titles:
                return title, maker


def draw_items(rng: np.random.Generator) -> list[Item]:
    """Draw the catalogue: devices with their accessories, series in parts, plain items, and the rare ones last."""
    drawer = Drawer(rng)
    add_devices(drawer)
    add_series(drawer)
    devices = [kind for kind in kinds().values() if "accessories" in kind]
    accessories = {key for kind in devices for key in kind["accessories"]}
    plain: dict[str, list[str]] = {category: [] for category in CATEGORIES}
    for key, kind in kinds().items():
        if "accessories" not in kind and key not in accessories and ("series" not in kind or len(kind["names"]) > 1):
            plain[kind["category"]].append(key)
    for number in range(NUM_ITEMS - len(drawer.items)):
        role = "rare" if len(drawer.items) >= NUM_ITEMS - NUM_RARE else "plain"
        keys = list(plain.values())[number % len(plain)]
        key = keys[number // len(plain) % len(keys)]
        drawer.add(key, drawer.name(key)[0], role)
    return drawer.items


def add_devices(drawer: Drawer) -> None:
    """Devices, each with one accessory or two."""
    devices = [key for key, kind in kinds().items() if "accessories" in kind]
    for number in range(NUM_DEVICES):
        key = devices[number // 2 % len(devices)]
        title, maker = drawer.name(key)
        device = drawer.add(key, title, "device")
        for accessory in kinds()[key]["accessories"][: 1 + number % 2]:
            parts = {"name": kinds()[accessory]["names"][0], "maker": maker, "device": kinds()[key]["short"]}
            drawer.add(accessory, format_title(ACCESSORY_TITLE, **parts), "accessory", device.item_id)


def add_series(drawer: Drawer) -> None:
    """Series, each in PARTS parts of the same kind that follow each other."""
    series = [key for key, kind in kinds().items() if "series" in kind]
    for number in range(NUM_SERIES):
        key, before = series[number % len(series)], ""
        english, chinese = kinds()[key]["series"][number // len(series)]
        part_en, part_zh = kinds()[key]["part"]
        for part in range(PARTS):
            title = (
                f"{english}, {part_en}".format(NUMERALS[0][part]),
                f"{chinese} {part_zh}".format(NUMERALS[1][part]),
            )
            before = drawer.add(key, title, "part", before).item_id
