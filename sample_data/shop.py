"""The catalogue of the sample shop: titles, categories, prices, descriptions and looks.

Colour, shape and taste word of an item are drawn apart from everything else: the colour and the shape can be known
from the picture alone, the word from the description alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NUM_ITEMS = 600
NUM_DEVICES, NUM_SERIES, PARTS = 60, 20, 5
NUM_RARE, NUM_UNRATED = 120, 20  # rare: fewer than 5 ratings; the unrated ones are among them

COLOURS = ("red", "orange", "green", "teal", "blue", "purple")
SHAPES = ("circle", "square", "triangle", "star", "ring", "cross")
# (English, Chinese); the first six carry a taste, the others carry none
WORDS = (
    ("handmade", "手工"), ("organic", "有机"), ("recycled", "再生"), ("foldable", "折叠"), ("waterproof", "防水"),
    ("limited", "限量"), ("classic", "经典"), ("light", "轻便"), ("sturdy", "结实"), ("plain", "素色"),
    ("new", "新款"), ("popular", "热销"),
)  # fmt: skip
NUM_TASTE_WORDS = 6
BANDS = ((0, 25), (25, 40), (40, 55), (55, 120))
GENDERS = ("female", "male")

CHINESE = {
    "电子产品": ("耳机", "音箱", "键盘", "相机", "台灯", "手表", "平板", "充电器", "投影仪", "路由器"),
    "服装": ("外套", "毛衣", "衬衫", "长裙", "围巾", "帽子", "运动鞋", "牛仔裤", "雨衣", "手套"),
    "美食": ("绿茶", "红茶", "蜂蜜", "坚果", "月饼", "辣酱", "咖啡豆", "巧克力", "面条", "果干"),
    "家居用品": ("花瓶", "靠垫", "地毯", "挂钟", "茶具", "毛毯", "收纳箱", "香薰", "窗帘", "餐盘"),
    "书籍": ("诗集", "食谱", "画册", "小说", "传记", "游记", "童话", "字典", "散文", "手账"),
}
ENGLISH = {
    "Electronics": (
        "Speaker", "Headset", "Camera", "Drone", "Reader", "Watch", "Tablet", "Projector", "Router", "Keyboard",
    ),
    "Outdoor": ("Tent", "Backpack", "Lantern", "Bottle", "Hammock", "Compass", "Stove", "Rope", "Poncho", "Knife"),
    "Toys": ("Puzzle", "Kite", "Robot", "Train", "Puppet", "Blocks", "Yo-yo", "Marbles", "Doll", "Racer"),
    "Garden": ("Trowel", "Planter", "Hose", "Bench", "Seeds", "Rake", "Birdhouse", "Gloves", "Sieve", "Trellis"),
    "Music": ("Ukulele", "Kalimba", "Metronome", "Songbook", "Drum", "Tuner", "Flute", "Capo", "Maracas", "Bongo"),
}  # fmt: skip
MAKERS = {
    True: ("云山", "青竹", "晨光", "海风", "木禾", "星河", "白鹭", "知夏", "初雪", "远行"),
    False: ("Alder", "Brook", "Cinder", "Dune", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Juniper"),
}
ACCESSORIES = {True: ("保护套", "收纳包"), False: ("Case", "Stand")}
SERIES_NAMES = {
    True: ("长安", "江南", "昆仑", "敦煌", "洛水"),
    False: ("Northwind", "Saltmarsh", "Copperfall", "Elmgate", "Ravenhill"),
}
NUMERALS = "一二三四五"


@dataclass(frozen=True)
class Item:
    """One article of the shop. `role` is plain, device, accessory, part or rare; `parent` is what it follows."""

    item_id: str
    title: str
    category: str
    price: float
    description: str
    role: str
    parent: str
    colour: str
    shape: str
    word: int
    group: tuple[int, int] | None  # (age band, gender) that likes it more


class Drawer:
    """Draws items one after the other; every title comes once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.items: list[Item] = []
        self.titles: set[str] = set()

    def add(self, category: str, title: str, noun: str, role: str, parent: str = "", maker: str = "") -> Item:
        rng, chinese = self.rng, category in CHINESE
        word = int(rng.integers(len(WORDS)))
        maker = maker or MAKERS[chinese][int(rng.integers(10))]
        said = WORDS[word][chinese]
        text = (
            f"{maker}出品的{noun}，特点是{said}，适合日常使用。"
            if chinese
            else f"{'An' if said[0] in 'aeiou' else 'A'} {said} {noun.lower()} by {maker}, for every day."
        )
        group = (int(rng.integers(4)), int(rng.integers(2))) if rng.random() < 0.5 else None
        price = round(float(np.exp(rng.normal(3.2, 0.7))), 2)
        colour, shape = COLOURS[int(rng.integers(6))], SHAPES[int(rng.integers(6))]
        item_id = f"p{len(self.items) + 1:04d}"
        item = Item(item_id, title, category, price, text, role, parent, colour, shape, word, group)
        self.items.append(item)
        self.titles.add(title)
        return item

    def named(self, category: str) -> tuple[str, str, str]:
        """(title, noun, maker): an article that is not in the shop yet."""
        chinese = category in CHINESE
        nouns = CHINESE[category] if chinese else ENGLISH[category]
        while True:
            noun = nouns[int(self.rng.integers(10))]
            maker = MAKERS[chinese][int(self.rng.integers(10))]
            title = f"{maker}{noun}" if chinese else f"{maker} {noun}"
            if title not in self.titles:
                return title, noun, maker


def draw_items(rng: np.random.Generator) -> list[Item]:
    """All articles: devices with their accessories, series in parts, plain articles, and the rare ones last."""
    drawer = Drawer(rng)
    for number in range(NUM_DEVICES):
        category = ("电子产品", "Electronics")[number % 2]
        title, noun, maker = drawer.named(category)
        device = drawer.add(category, title, noun, "device", maker=maker)
        for kind in ACCESSORIES[category in CHINESE][: 1 + number % 2]:
            name = f"{title}{kind}" if category in CHINESE else f"{kind} for {title}"
            drawer.add(category, name, kind, "accessory", device.item_id, maker)
    for number in range(NUM_SERIES):
        category = ("书籍", "Music", "美食", "Toys")[number % 4]
        chinese, before = category in CHINESE, ""
        name, noun = SERIES_NAMES[chinese][(number // 4) % 5], (CHINESE if chinese else ENGLISH)[category][number % 10]
        for part in range(PARTS):
            title = f"{name}{noun} 第{NUMERALS[part]}辑" if chinese else f"{name} {noun}, Part {part + 1}"
            before = drawer.add(category, title, noun, "part", before).item_id
    categories = [*CHINESE, *ENGLISH]
    while len(drawer.items) < NUM_ITEMS:
        role = "rare" if len(drawer.items) >= NUM_ITEMS - NUM_RARE else "plain"
        category = categories[len(drawer.items) % 10]
        title, noun, maker = drawer.named(category)
        drawer.add(category, title, noun, role, maker=maker)
    return drawer.items
