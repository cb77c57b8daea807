"""People of the sample shop and what moves them, event by event.

An event is a follow-up (an accessory, the next part of a series) or an own choice. Own choices come in intents of four
steps, each with one cause and one occasion; follow-ups come in between. So the next event depends on several earlier
ones together, not on the newest alone. The strengths were fixed before anything was measured on the data; each is the
probability of a follow-up or of the cause of an intent, and so the share of own choices with that cause. The intents
were added, and compared with other designs, on validation data.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, compress
from statistics import NormalDist

import numpy as np

from sample_data.shop import BANDS, COLOURS, GENDERS, NUM_TASTE_WORDS, PATTERNS, WORDS, Item

NUM_USERS = 2000
ACCESSORY_FOLLOWS = 0.80  # for each accessory of a device, 1 to 3 events later
NEXT_PART_FOLLOWS = 0.85  # for the next part of a series, 1 to 3 events later
OWN_CHOICES = {
    "device": 0.18, "series_start": 0.10, "age_gender": 0.18, "picture": 0.20, "text": 0.18, "popularity": 0.11,
    "noise": 0.05,
}  # fmt: skip
CAUSES, CUMULATIVE = list(OWN_CHOICES), np.cumsum(list(OWN_CHOICES.values())).tolist()
POPULARITY_EXPONENT = 1.0  # of Zipf's law, among the items of a role in a category
IN_DEPARTMENT = ("age_gender", "picture", "text", "popularity")  # own choices made in the departments of the occasion
OCCASIONS = (  # departments in the order in which people go through them, one own choice each
    ("Kitchen", "Food & Drink", "Home", "Music"),  # dinner with friends
    ("Home", "Kitchen", "Electronics", "Books & Stationery"),  # a new flat
    ("Bags & Travel", "Clothing", "Sports & Outdoor", "Food & Drink"),  # a holiday
    ("Toys & Games", "Books & Stationery", "Clothing", "Bags & Travel"),  # a birthday
    ("Electronics", "Music", "Toys & Games", "Sports & Outdoor"),  # a weekend with children
)
HAS_PICTURE_TASTE = HAS_TEXT_TASTE = 0.6  # share of people; the others choose by popularity instead
FOLLOWERS_IN_NOISE = 0.1  # weight of accessories and later parts where chance picks, against 1 for the rest
MEAN_LENGTH, SHORTEST, LONGEST = 41.5, 8, 120
FIRST_DAY, DAY = 1_672_531_200, 86_400  # 2023-01-01


@dataclass
class Person:
    user_id: str
    age: int
    gender: str
    look: str  # a colour or a pattern, or ""
    word: int  # a taste word, or -1
    bias: float
    length: int  # events
    events: list[Event] = field(default_factory=list)

    @cached_property
    def group(self) -> tuple[int, int]:
        band = next(i for i, (low, high) in enumerate(BANDS) if low <= self.age < high)
        return band, GENDERS.index(self.gender)

    def likes(self, item: Item) -> list[str]:
        """List the planted tastes that this item meets."""
        met = (item.group == self.group, self.look in (item.colour, item.pattern), item.word == self.word)
        return list(compress(("age_gender", "picture", "text"), met))

    def detail(self, event: Event) -> str:
        """Name what of a taste the event met: look, English word, or gender and age band; "" for a follow-up."""
        if event.cause == "picture":
            return self.look
        if event.cause == "text":
            return WORDS[self.word][0][0]
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
    """Draw all people with their tastes and the lengths of their histories."""
    looks = [*COLOURS, *PATTERNS]
    lengths = draw_lengths(rng)
    people = []
    for number in range(NUM_USERS):
        look = looks[int(rng.integers(12))] if rng.random() < HAS_PICTURE_TASTE else ""
        word = int(rng.integers(NUM_TASTE_WORDS)) if rng.random() < HAS_TEXT_TASTE else -1
        age, gender = int(np.clip(rng.normal(38, 15), 15, 85)), GENDERS[int(rng.integers(2))]
        people.append(Person(f"u{number + 1:04d}", age, gender, look, word, float(rng.normal(0, 0.4)), lengths[number]))
    return people


def draw_lengths(rng: np.random.Generator) -> list[int]:
    """Draw the lengths of all histories: the quantiles of a log-normal distribution in random order."""
    normal = NormalDist(np.log(MEAN_LENGTH) - 0.18, 0.6)
    quantiles = np.exp([normal.inv_cdf((number + 0.5) / NUM_USERS) for number in range(NUM_USERS)])
    return [int(length) for length in rng.permutation(quantiles.clip(SHORTEST, LONGEST))]


class Intent:
    """What a person is after for several own choices: one cause, and the departments of one occasion in order."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.cause = CAUSES[bisect(CUMULATIVE, rng.random(), hi=len(CAUSES) - 1)]
        self.departments = list(OCCASIONS[int(rng.integers(len(OCCASIONS)))])


class Chooser:
    """Draws a person's events."""

    def __init__(self, items: list[Item], rng: np.random.Generator) -> None:
        self.items, self.rng = items, rng
        self.followers: dict[str, list[Item]] = {}
        for item in items:
            if item.parent:
                self.followers.setdefault(item.parent, []).append(item)
        self.position = {item.item_id: i for i, item in enumerate(items)}
        self.popular = [1 / rank**POPULARITY_EXPONENT for rank in self._ranks()]
        self.chance_weights = [FOLLOWERS_IN_NOISE if item.parent else 1.0 for item in items]
        self.pools = self._pools()

    def _ranks(self) -> list[int]:
        """Draw the rank of each item by popularity, among those of its role and category."""
        ranks, counts = [0] * len(self.items), Counter[tuple[str, str]]()
        for at in self.rng.permutation(len(self.items)).tolist():
            item = self.items[at]
            counts[item.role, item.category] += 1
            ranks[at] = counts[item.role, item.category]
        return ranks

    def _pools(self) -> dict[tuple[object, ...], list[int]]:
        """Map (cause, taste) and (cause, taste, category) to the positions of the items that may be chosen."""
        pools: dict[tuple[object, ...], list[int]] = {}
        for at, item in enumerate(self.items):
            keys: list[tuple[object, ...]] = [("noise", None)] if item.role != "rare" else []
            if item.role == "device":
                keys.append(("device", None))
            elif item.role == "part" and not item.parent:
                keys.append(("series_start", None))
            elif item.role == "plain":
                keys += [("popularity", None), ("picture", item.colour), ("picture", item.pattern)]
                keys += [("text", item.word), ("age_gender", item.group)]
            for key in keys:
                pools.setdefault(key, []).append(at)
                pools.setdefault((*key, item.category), []).append(at)
        return pools

    def fill(self, person: Person) -> None:
        """Draw the whole history: what is due comes first, else an own choice."""
        tastes = {"age_gender": person.group, "picture": person.look, "text": person.word}
        intent = Intent(self.rng)
        due: list[tuple[int, int, int, Event]] = []  # step of the cause, first step of the effect, position of its item
        taken: set[int] = set()
        for step in range(person.length):
            due = [entry for entry in due if entry[2] not in taken]
            ready = [entry for entry in due if entry[1] <= step]
            if not intent.departments:
                intent = Intent(self.rng)
            event = min(ready)[3] if ready else self._own_choice(tastes, taken, intent)
            person.events.append(event)
            taken.add(self.position[event.item.item_id])
            for follower in self.followers.get(event.item.item_id, []):
                is_accessory = follower.role == "accessory"
                cause, strength = ("accessory", ACCESSORY_FOLLOWS) if is_accessory else ("series", NEXT_PART_FOLLOWS)
                if self.rng.random() < strength:
                    when = step + int(self.rng.integers(1, 4))
                    effect = Event(follower, cause, event.item.item_id, strength)
                    due.append((step, when, self.position[follower.item_id], effect))

    def _own_choice(self, tastes: dict[str, object], taken: set[int], intent: Intent) -> Event:
        """Draw a choice that follows nothing: by the cause of the intent, in the next department of its occasion.

        A cause without an item left there chooses among all departments; without any item left, or for a person
        without that taste, popularity chooses instead.
        """
        department = intent.departments.pop(0)
        for cause in (intent.cause, "popularity", "noise"):
            pool = (cause, tastes.get(cause))
            left = self._untaken((*pool, department), taken) if cause in IN_DEPARTMENT else []
            if left := left or self._untaken(pool, taken):
                break
        weights = self.chance_weights if cause == "noise" else self.popular
        sums = list(accumulate(map(weights.__getitem__, left)))
        item = self.items[left[bisect(sums, self.rng.random() * sums[-1], hi=len(left) - 1)]]
        return Event(item, "popularity" if cause in ("device", "series_start") else cause, "", OWN_CHOICES[cause])

    def _untaken(self, pool: tuple[object, ...], taken: set[int]) -> list[int]:
        return [at for at in self.pools.get(pool, ()) if at not in taken]

    def date_and_rate(self, person: Person) -> None:
        """Set times and ratings: follow-ups come sooner; a met taste or a follow-up is rated higher."""
        rng = self.rng
        now = FIRST_DAY + int(rng.integers(0, 540 * DAY))
        waits, noises = rng.exponential(DAY, len(person.events)), rng.normal(0, 0.7, len(person.events))
        for event, wait, noise in zip(person.events, waits.tolist(), noises.tolist(), strict=True):
            now += 60 + int(wait * (0.4 if event.cause_item_id else 2.0))
            event.timestamp = now
            liked = 0.5 * len(person.likes(event.item)) + (0.6 if event.cause_item_id else 0.0)
            event.rating = min(max(round(3.1 + liked + person.bias + noise), 1), 5)
