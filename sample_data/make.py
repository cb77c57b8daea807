"""Make the sample shop: `python sample_data/make.py [--out DIR] [--sheet FILE]`. The same bytes on each run.

Writes ratings.csv, users.csv, items.csv, items_zh.csv (the same items in Chinese), images.zip, impressions.csv,
causes.csv (why each planted event happened) and article/ (five users, five items, five ratings, the smallest dataset of
all). With --sheet it writes only a picture sheet. It takes no other seed or size: strengths that can be tuned after
measuring prove nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

if not __package__:  # run as a file: the folder above is then not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sample_data.people import FIRST_DAY, Chooser, Event, Person, draw_people
from sample_data.pictures import draw, sheet
from sample_data.shop import NUM_UNRATED, Item, draw_items

SEED = 20240229
NUM_IMPRESSIONS = 20_000
CLICK_CHANCE, CLICK_PER_TASTE, CLICK_PER_PLACE = 0.04, 0.16, 0.9  # base, for each taste met, for each place down
PLANTED = ("accessory", "series", "age_gender", "picture", "text")
ITEM_FILES = {"en": "items.csv", "zh": "items_zh.csv"}


def streams() -> list[np.random.Generator]:
    """Create generators for the items, the events and the pictures: changing one leaves the others as they are."""
    return np.random.default_rng(SEED).spawn(3)


def catalogue() -> list[Item]:
    """Draw the items of the shop."""
    return draw_items(streams()[0])


def make(out: Path) -> None:
    """Write all files into `out`."""
    items, rng = catalogue(), streams()[1]
    people = draw_people(rng)
    chooser = Chooser(items, rng)
    for person in people:
        chooser.fill(person)
    plant_the_tail(items, people, rng)
    for person in people:
        chooser.date_and_rate(person)
    out.mkdir(parents=True, exist_ok=True)
    write_ratings(out, people)
    write_people_and_items(out, people, items, rng)
    write_impressions(out, people, items, rng)
    with zipfile.ZipFile(out / "images.zip", "w", zipfile.ZIP_STORED) as archive:
        for item, own_rng in zip(items, streams()[2].spawn(len(items)), strict=True):
            entry = zipfile.ZipInfo(f"{item.item_id}.png", date_time=(2024, 1, 1, 0, 0, 0))
            archive.writestr(entry, draw(item, own_rng))
    write_article(out / "article")


def plant_the_tail(items: list[Item], people: list[Person], rng: np.random.Generator) -> None:
    """Rare items get 1 to 4 ratings from people whose picture or text taste they meet, in place of a chance event."""
    for item in [item for item in items if item.role == "rare"][NUM_UNRATED:]:
        fans = [p for p in people if p.word == item.word or p.look in (item.colour, item.pattern)]
        wanted = int(rng.integers(1, 5))
        for place in rng.permutation(len(fans)):
            if not wanted:
                break
            person = fans[int(place)]
            free = [
                i
                for i, e in enumerate(person.events[:-2])
                if e.cause in ("noise", "popularity") and e.item.role == "plain"
            ]
            if not free:
                continue
            cause = next(taste for taste in person.likes(item) if taste in ("picture", "text"))
            person.events[free[int(rng.integers(len(free)))]] = Event(item, cause, "", 1.0)
            wanted -= 1


def write_csv(path: Path, header: list[str], rows: Iterable[list[object]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue().encode())


def write_ratings(out: Path, people: list[Person]) -> None:
    """ratings.csv in order of time, causes.csv by person."""
    events = [(event.timestamp, person.user_id, event) for person in people for event in person.events]
    events.sort(key=lambda entry: entry[:2])
    write_csv(
        out / "ratings.csv",
        ["user_id", "item_id", "rating", "timestamp"],
        ([user, event.item.item_id, event.rating, when] for when, user, event in events),
    )
    write_csv(
        out / "causes.csv",
        ["user_id", "item_id", "timestamp", "cause", "cause_item_id", "strength", "detail"],
        (
            [person.user_id, e.item.item_id, e.timestamp, e.cause, e.cause_item_id, e.strength, person.detail(e)]
            for person in people
            for e in person.events
            if e.cause in PLANTED
        ),
    )


def write_people_and_items(out: Path, people: list[Person], items: list[Item], rng: np.random.Generator) -> None:
    """users.csv, where a few ages and genders are missing, and the items in both languages."""
    write_csv(
        out / "users.csv",
        ["user_id", "age", "gender"],
        ([p.user_id, p.age if rng.random() > 0.03 else "", p.gender if rng.random() > 0.03 else ""] for p in people),
    )
    for language, name in ITEM_FILES.items():
        header = ["item_id", "title", "category", "price", "description"]
        write_csv(out / name, header, (item.row(language) for item in items))


def write_impressions(out: Path, people: list[Person], items: list[Item], rng: np.random.Generator) -> None:
    """impressions.csv: what was shown to whom at which place of a list, and whether it was clicked."""
    users, shown = rng.integers(len(people), size=NUM_IMPRESSIONS), rng.integers(len(items), size=NUM_IMPRESSIONS)
    places, draws = rng.integers(1, 11, NUM_IMPRESSIONS), rng.random(NUM_IMPRESSIONS)
    rows: list[list[object]] = []
    for number, (at, which, place, drawn) in enumerate(
        zip(users.tolist(), shown.tolist(), places.tolist(), draws.tolist(), strict=True)
    ):
        person, item = people[at], items[which]
        chance = (CLICK_CHANCE + CLICK_PER_TASTE * len(person.likes(item))) * CLICK_PER_PLACE ** (place - 1)
        when = FIRST_DAY + number * 3000
        rows.append([person.user_id, item.item_id, when, place, int(drawn < chance)])
    write_csv(out / "impressions.csv", ["user_id", "item_id", "timestamp", "position", "clicked"], rows)


def write_article(out: Path) -> None:
    """The five users, items and ratings of the article that RecScope grew from."""
    ids = range(1, 6)
    write_csv(out / "ratings.csv", ["user_id", "item_id", "rating"], ([i, i, 6 - i] for i in ids))
    write_csv(out / "users.csv", ["user_id", "age", "gender"], ([i, 10 + 10 * i, "MF"[(i + 1) % 2]] for i in ids))
    names = ("电子产品", "服装", "美食", "家居用品", "书籍")
    write_csv(out / "items.csv", ["item_id", "category"], ([i, names[i - 1]] for i in ids))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample shop.", allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="write only a sheet with a picture of each kind")
    options = parser.parse_args()
    if options.sheet:
        items = catalogue()
        options.sheet.write_bytes(sheet(items, streams()[2].spawn(len(items))))
    else:
        make(options.out)


if __name__ == "__main__":
    main()
