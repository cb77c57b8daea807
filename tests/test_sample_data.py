"""The sample shop holds what its README says, so that explanations can be measured against it."""

import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from recsys.services.data.datasets import import_sample
from recsys.services.models.quality import evaluate
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run
from sample_data.canvas import MAIN, Canvas
from sample_data.drawings import DRAWINGS
from sample_data.make import catalogue
from sample_data.people import IN_DEPARTMENT, OCCASIONS, OWN_CHOICES, Intent
from sample_data.pictures import draw
from sample_data.shop import CATEGORIES, COLOURS, PATTERNS, kinds
from tests.worlds.trained_runs import import_sample_once

SHOP = Path(__file__).resolve().parents[1] / "sample_data"
MADE = [
    "ratings.csv",
    "users.csv",
    "items.csv",
    "items_zh.csv",
    "images.zip",
    "impressions.csv",
    "causes.csv",
    "article/ratings.csv",
    "article/users.csv",
    "article/items.csv",
]
FOLLOW_UPS = ["accessory", "series"]
MOST_EVENTS_LATER = 6  # due 1 to 3 events later, and later still when several are due at once


def table(name: str) -> pd.DataFrame:
    # Every cell as it was written: an empty one is an empty string, not a number that is missing.
    return pd.read_csv(SHOP / name, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    found = table("ratings.csv").astype({"rating": int, "timestamp": int})
    return found.assign(place=found.groupby("user_id").cumcount())


@pytest.fixture(scope="module")
def follow_ups() -> pd.DataFrame:
    causes = table("causes.csv")
    return causes[causes["cause"].isin(FOLLOW_UPS)]


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shop")
    subprocess.run([sys.executable, str(SHOP / "make.py"), "--out", str(out)], check=True, cwd=out, timeout=300)
    return out


@pytest.mark.parametrize("name", MADE)
def test_making_it_again_gives_the_same_bytes(name: str, made_again: Path) -> None:
    assert (made_again / name).read_bytes() == (SHOP / name).read_bytes()


def test_making_it_writes_no_other_file(made_again: Path) -> None:
    assert sorted(str(p.relative_to(made_again)) for p in made_again.rglob("*.*")) == sorted(MADE)


def test_the_files_stay_under_seven_megabytes() -> None:
    assert sum((SHOP / name).stat().st_size for name in MADE) < 7_000_000


def test_the_sheet_in_the_docs_shows_the_pictures_as_they_are(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SHOP / "make.py"), "--sheet", str(tmp_path / "sheet.png")], check=True)
    assert (tmp_path / "sheet.png").read_bytes() == (SHOP.parent / "docs" / "sample.png").read_bytes()


def test_there_are_2000_users_600_items_and_about_80000_ratings(ratings: pd.DataFrame) -> None:
    users, items = table("users.csv")["user_id"], table("items.csv")["item_id"]
    assert (users.nunique(), items.nunique()) == (len(users), len(items)) == (2000, 600)
    assert 78_000 <= len(ratings) <= 82_000
    assert set(ratings["user_id"]) == set(users)
    assert set(ratings["item_id"]) <= set(items)


def test_nobody_rates_an_item_twice(ratings: pd.DataFrame) -> None:
    assert not ratings.duplicated(["user_id", "item_id"]).any()


def test_the_log_is_in_order_of_time_without_ties_within_a_user(ratings: pd.DataFrame) -> None:
    assert ratings["timestamp"].is_monotonic_increasing
    assert not ratings.duplicated(["user_id", "timestamp"]).any()


def test_the_ratings_are_1_to_5(ratings: pd.DataFrame) -> None:
    assert set(ratings["rating"]) == {1, 2, 3, 4, 5}


def test_the_histories_have_8_to_120_events(ratings: pd.DataFrame) -> None:
    lengths = ratings.groupby("user_id").size()
    assert (lengths.min(), lengths.max()) == (8, 120)
    assert 38 <= lengths.mean() <= 42


def test_there_are_ten_categories_of_about_the_size_of_a_shop_shelf_or_more() -> None:
    counts = table("items.csv")["category"].value_counts()
    assert set(counts.index) == set(CATEGORIES)
    assert counts.min() >= 35


def test_the_chinese_items_are_the_english_ones_line_by_line() -> None:
    english, chinese = table("items.csv"), table("items_zh.csv")
    assert english.columns.tolist() == chinese.columns.tolist()
    assert english["item_id"].tolist() == chinese["item_id"].tolist()
    assert english["category"].map(CATEGORIES).tolist() == chinese["category"].tolist()
    assert english["title"].is_unique and chinese["title"].is_unique
    for column in ("title", "description"):
        assert english[column].str.match(r"^[\x20-\x7eé]+$").all()
        assert chinese[column].str.contains(r"[\u4e00-\u9fff]{2}").all()


def test_the_sample_is_imported_in_either_language_with_the_same_interactions(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "home")
    english = workspace.datasets.load(import_sample_once(workspace))
    chinese = import_sample(workspace, language="zh")
    assert chinese.interactions.item_ids.tolist() == english.interactions.item_ids.tolist()
    assert (chinese.interactions.items == english.interactions.items).all()
    assert len(chinese.images) == len(english.images) == 600
    assert chinese.items["title"].iloc[1] == table("items_zh.csv")["title"].iloc[0]


def test_a_fifth_of_the_items_has_under_5_ratings_and_20_have_none(ratings: pd.DataFrame) -> None:
    counts = ratings["item_id"].value_counts().reindex(table("items.csv")["item_id"], fill_value=0)
    assert ((counts < 5).sum(), (counts == 0).sum()) == (120, 20)


def test_each_item_has_its_picture() -> None:
    with zipfile.ZipFile(SHOP / "images.zip") as archive:
        assert archive.namelist() == [f"{item}.png" for item in table("items.csv")["item_id"]]


def test_every_planted_event_stands_in_the_log_at_its_time(ratings: pd.DataFrame) -> None:
    causes = table("causes.csv").astype({"timestamp": int})
    keys = ["user_id", "item_id", "timestamp"]
    assert not causes.duplicated(keys).any()
    assert len(causes.merge(ratings, on=keys)) == len(causes)


def test_every_follow_up_comes_a_few_events_after_its_cause(ratings: pd.DataFrame, follow_ups: pd.DataFrame) -> None:
    place = ratings.set_index(["user_id", "item_id"])["place"]
    effect = place.loc[pd.MultiIndex.from_frame(follow_ups[["user_id", "item_id"]])]
    cause = place.loc[pd.MultiIndex.from_frame(follow_ups[["user_id", "cause_item_id"]])]
    later = effect.to_numpy() - cause.to_numpy()
    assert later.min() == 1
    assert later.max() <= MOST_EVENTS_LATER
    assert (later <= 3).mean() > 0.95


def test_only_follow_ups_name_a_cause_item_and_only_tastes_a_detail() -> None:
    causes = table("causes.csv")
    follows = causes["cause"].isin(FOLLOW_UPS)
    assert ((causes["cause_item_id"] != "") == follows).all()
    assert ((causes["detail"] == "") == follows).all()


def test_a_fifth_of_the_users_or_more_end_on_a_follow_up(ratings: pd.DataFrame, follow_ups: pd.DataFrame) -> None:
    last = ratings.groupby("user_id").tail(1)
    assert len(last.merge(follow_ups, on=["user_id", "item_id"])) >= 400


def test_the_liked_word_stands_in_the_description_and_in_no_title() -> None:
    causes, items = table("causes.csv"), table("items.csv").set_index("item_id")
    chosen = causes.loc[causes["cause"] == "text", ["item_id", "detail"]].drop_duplicates()
    titles = " ".join(items["title"]).lower()
    for item_id, word in chosen.itertuples(index=False):
        assert word in items.loc[item_id, "description"]
        assert word not in titles


@pytest.mark.parametrize("look", ["colour", "pattern"])
def test_the_look_of_a_picture_says_nothing_of_the_category(look: str) -> None:
    items = catalogue()  # a look stands in no table: the picture alone shows it
    assert [item.item_id for item in items] == table("items.csv")["item_id"].tolist()
    counts = pd.crosstab([item.category for item in items], [getattr(item, look) for item in items])
    assert counts.shape == (10, 6)
    assert chi2_contingency(counts).pvalue > 0.05


def test_no_title_and_no_description_names_a_look() -> None:
    items = table("items.csv")
    named = rf"(?i)\b(?:{'|'.join([*COLOURS, *PATTERNS])})\b"
    assert not (items["title"] + " " + items["description"]).str.contains(named).any()


def test_every_kind_has_a_drawing_with_room_for_its_colour_and_pattern() -> None:
    assert set(DRAWINGS) == set(kinds()) == {item.kind for item in catalogue()}
    for kind, drawing in DRAWINGS.items():
        canvas = Canvas()
        drawing(canvas)
        pens = np.asarray(canvas.image)
        assert (pens == MAIN).mean() > 0.05, kind
        assert len(np.unique(pens)) > 2, kind


def test_a_picture_changes_with_the_colour_and_with_the_pattern() -> None:
    item = catalogue()[0]
    pictures = {
        draw(replace(item, colour=colour, pattern=pattern), np.random.default_rng(1))
        for colour in COLOURS
        for pattern in PATTERNS
    }
    assert len(pictures) == 36


def test_every_department_belongs_to_two_occasions() -> None:
    visits = Counter(department for occasion in OCCASIONS for department in occasion)
    assert visits == dict.fromkeys(CATEGORIES, 2)
    assert {len(occasion) for occasion in OCCASIONS} == {4}  # as long for each cause, so that strengths are shares


def test_the_causes_of_intents_have_the_planted_strengths() -> None:
    rng = np.random.default_rng(1)
    counts = Counter(Intent(rng).cause for _ in range(20_000))
    assert {cause: counts[cause] / 20_000 for cause in OWN_CHOICES} == pytest.approx(OWN_CHOICES, abs=0.01)
    assert set(IN_DEPARTMENT) < set(OWN_CHOICES)


@pytest.mark.proof
@pytest.mark.parametrize("model", ["sasrec", "gru4rec"])
def test_a_quick_sequence_network_beats_every_baseline_beyond_chance(model: str, tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "home")
    train(workspace, TrainRequest(import_sample_once(workspace), model, "quick", run_id=model))
    against = evaluate(workspace, open_run(workspace, model)).against
    assert set(against) == {"popularity", "recent_popularity", "markov", "ease"}
    assert all(one.mean > 0 and one.p_holm < 0.01 for one in against.values())


def test_the_article_has_five_users_five_items_and_falling_ratings() -> None:
    assert table("article/ratings.csv").to_numpy().tolist() == [[str(i), str(i), str(6 - i)] for i in range(1, 6)]
    assert table("article/users.csv")["age"].tolist() == ["20", "30", "40", "50", "60"]
    assert table("article/users.csv")["gender"].tolist() == ["M", "F", "M", "F", "M"]
    assert table("article/items.csv")["category"].tolist() == ["电子产品", "服装", "美食", "家居用品", "书籍"]
