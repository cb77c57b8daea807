"""The people of the sample shop and what moves them, event by event.

The strengths were fixed before anything was measured on the data. Each is a probability: of a follow-up, or of the
cause that an own choice (one that follows nothing) comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sample_data.shop import BANDS, CHINESE, COLOURS, GENDERS, NUM_TASTE_WORDS, SHAPES, WORDS, Item

NUM_USERS = 2000
ACCESSORY_FOLLOWS = 0.80  # for each accessory of a device, 1 to 3 events later
NEXT_PART_FOLLOWS = 0.85  # for the next part of a series, 1 to 3 events later
OWN_CHOICES = {
    "device": 0.18, "series_start": 0.10, "age_gender": 0.18, "picture": 0.20, "text": 0.18, "popularity": 0.11,
    "noise": 0.05,
}  # fmt: skip
HAS_PICTURE_TASTE = HAS_TEXT_TASTE = 0.6  # share of people; the others choose by popularity instead
FOLLOWERS_IN_NOISE = 0.1  # weight of accessories and later parts where chance picks, against 1 for the rest
MEAN_LENGTH, SHORTEST, LONGEST = 41.5, 8, 120
FIRST_DAY, DAY = 1_672_531_200, 86_400  # 2023-01-01


@dataclass
class Person:
    user_id: str
    age: int
    gender: str
    look: str  # a colour or a shape, or ""
    word: int  # a taste word, or -1
    bias: float
    events: list[Event] = field(default_factory=list)

    @cached_property
    def group(self) -> tuple[int, int]:
        band = next(i for i, (low, high) in enumerate(BANDS) if low <= self.age < high)
        return band, GENDERS.index(self.gender)

    def likes(self, item: Item) -> list[str]:
        """The planted tastes that this item meets."""
        tastes = [("age_gender", item.group == self.group), ("picture", self.look in (item.colour, item.shape))]
        return [name for name, met in [*tastes, ("text", item.word == self.word)] if met]

    def detail(self, event: Event) -> str:
        """What of a taste the event met: look, word in the article's language, or age band; "" for a follow-up."""
        if event.cause == "picture":
            return self.look
        if event.cause == "text":
            return WORDS[self.word][event.item.category in CHINESE]
        if event.cause == "age_gender":
            low, high = BANDS[self.group[0]]
            return f"{self.gender} {low}-{high - 1}" if high < BANDS[-1][1] else f"{self.gender} {low}+"
        return ""


@dataclass
class Event:
    item: Item
    cause: str  # accessory, series, age_gender, picture, text, popularity or noise
    cause_item_id: str
    strength: float
    rating: int = 0
    timestamp: int = 0


def draw_people(rng: np.random.Generator) -> list[Person]:
    looks = [*COLOURS, *SHAPES]
    people = []
    for number in range(NUM_USERS):
        look = looks[int(rng.integers(12))] if rng.random() < HAS_PICTURE_TASTE else ""
        word = int(rng.integers(NUM_TASTE_WORDS)) if rng.random() < HAS_TEXT_TASTE else -1
        age, gender = int(np.clip(rng.normal(38, 15), 15, 85)), GENDERS[int(rng.integers(2))]
        people.append(Person(f"u{number + 1:04d}", age, gender, look, word, float(rng.normal(0, 0.4))))
    return people


class Chooser:
    """Draws a person's events."""

    def __init__(self, items: list[Item], rng: np.random.Generator) -> None:
        self.items, self.rng = items, rng
        self.position = {item.item_id: i for i, item in enumerate(items)}
        self.followers: dict[str, list[Item]] = {}
        for item in items:
            if item.parent:
                self.followers.setdefault(item.parent, []).append(item)
        roles = np.array([item.role for item in items])
        follows = np.array([bool(item.parent) for item in items])
        rank = rng.permutation(len(items)) + 1.0
        self.popular = (1 / rank**0.7) * ~follows * (roles != "rare")
        self.weights = {
            "device": self.popular * (roles == "device"),
            "series_start": self.popular * (roles == "part"),
            "popularity": self.popular * (roles == "plain"),
            "noise": np.where(follows, FOLLOWERS_IN_NOISE, 1.0) * (roles != "rare"),
        }
        self.plain = self.popular * (roles == "plain")

    def fill(self, person: Person) -> None:
        """Draws the whole history: what is due comes first, else an own choice."""
        rng = self.rng
        length = int(np.clip(rng.lognormal(np.log(MEAN_LENGTH) - 0.18, 0.6), SHORTEST, LONGEST))
        likes = [person.likes(item) for item in self.items]
        tastes = {
            kind: self.plain * np.array([kind in liked for liked in likes])
            for kind in ("age_gender", "picture", "text")
        }
        due: list[tuple[int, int, Event]] = []
        taken: set[str] = set()
        left = np.ones(len(self.items), dtype=bool)  # items not yet taken
        for step in range(length):
            ready = [entry for entry in due if entry[0] <= step and entry[2].item.item_id not in taken]
            if ready:
                first = min(ready, key=lambda entry: entry[:2])
                due.remove(first)
                event = first[2]
            else:
                event = self._own_choice(self.weights | tastes, left)
            person.events.append(event)
            taken.add(event.item.item_id)
            left[self.position[event.item.item_id]] = False
            for follower in self.followers.get(event.item.item_id, []):
                cause, strength = (
                    ("accessory", ACCESSORY_FOLLOWS) if follower.role == "accessory" else ("series", NEXT_PART_FOLLOWS)
                )
                if rng.random() < strength:
                    when = step + int(rng.integers(1, 4))
                    due.append((when, len(due), Event(follower, cause, event.item.item_id, strength)))

    def _own_choice(self, weights: dict[str, np.ndarray], left: np.ndarray) -> Event:
        """One choice that follows nothing: by a cause drawn from OWN_CHOICES, or by popularity where it has no item."""
        first = str(self.rng.choice(list(OWN_CHOICES), p=list(OWN_CHOICES.values())))
        kind = next(kind for kind in (first, "popularity", "noise") if (weights[kind] * left).any())
        chances = weights[kind] * left
        item = self.items[int(self.rng.choice(len(self.items), p=chances / chances.sum()))]
        cause = "popularity" if kind in ("device", "series_start") else kind
        return Event(item, cause, "", OWN_CHOICES[kind])

    def date_and_rate(self, person: Person) -> None:
        """Follow-ups come sooner after the event before them; a met taste or a follow-up is rated higher."""
        rng = self.rng
        now = FIRST_DAY + int(rng.integers(0, 540 * DAY))
        for event in person.events:
            now += 60 + int(rng.exponential((0.4 if event.cause_item_id else 2.0) * DAY))
            event.timestamp = now
            liked = 0.5 * len(person.likes(event.item)) + (0.6 if event.cause_item_id else 0.0)
            event.rating = int(np.clip(round(3.1 + liked + person.bias + rng.normal(0, 0.7)), 1, 5))
