import pytest

from recsys.data.importing.read import read_table
from recsys.data.importing.roles import ALL_NAMES, assign_roles, guess_roles, preview
from recsys.errors import DataError


def table_of(folder, text):
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return read_table(path, aliases=ALL_NAMES)


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("user_id,item_id,rating,timestamp", {"user": "user_id", "item": "item_id", "rating": "rating", "time": "timestamp"}),
        ("userId,movieId,Stars", {"user": "userId", "item": "movieId", "rating": "Stars"}),
        ("用户,商品,评分", {"user": "用户", "item": "商品", "rating": "评分"}),
        ("Benutzer,Artikel,Bewertung", {"user": "Benutzer", "item": "Artikel", "rating": "Bewertung"}),
        ("rating,item,user", {"user": "user", "item": "item", "rating": "rating"}),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_names(tmp_path, header, roles):
    row = ",".join("12345"[: header.count(",") + 1])
    assert guess_roles(table_of(tmp_path, f"{header}\n{row}\n"), "interactions") == roles


def test_without_a_header_ids_come_first_and_long_numbers_are_times(tmp_path):
    table = table_of(tmp_path, "1,7,1622462400,5\n2,7,1622462401,3\n")
    assert guess_roles(table, "interactions") == {"user": "0", "item": "1", "time": "2", "rating": "3"}


def test_an_items_file_may_call_its_id_id(tmp_path):
    table = table_of(tmp_path, "id,title,genre\n1,Tea,Food\n")
    assert guess_roles(table, "items") == {"item": "id", "title": "title", "category": "genre"}


def test_a_users_file_without_header_is_known_by_content(tmp_path):
    table = table_of(tmp_path, "1|24|M|technician\n2|53|F|other\n")
    assert guess_roles(table, "users") == {"user": "0", "age": "1", "gender": "2"}


def test_a_mapping_wins_over_every_guess(tmp_path):
    table = table_of(tmp_path, "user,item,score,stars\n1,2,3,4\n")
    assert assign_roles(table, "interactions", {"rating": "stars"})["rating"] == "stars"


def test_a_mapping_may_count_columns_from_0(tmp_path):
    table = table_of(tmp_path, "7,1,5\n7,2,3\n")
    roles = assign_roles(table, "interactions", {"user": "1", "item": "0"})
    assert (roles["user"], roles["item"]) == ("1", "0")


def test_a_mapping_to_an_absent_column_is_refused_and_names_those_that_are_there(tmp_path):
    with pytest.raises(DataError, match="No column 'who' for user among user, item") as caught:
        assign_roles(table_of(tmp_path, "user,item\n1,2\n"), "interactions", {"user": "who"})
    assert caught.value.column == "who"


def test_one_column_cannot_play_two_roles(tmp_path):
    with pytest.raises(DataError, match="'user' is chosen twice"):
        assign_roles(table_of(tmp_path, "user,item\n1,2\n"), "interactions", {"user": "user", "item": "user"})


def test_a_missing_id_column_is_refused_by_name(tmp_path):
    with pytest.raises(DataError, match="no column item_id among user, rating") as caught:
        assign_roles(table_of(tmp_path, "user,rating\n1,2\n"), "interactions", {})
    assert caught.value.column == "item_id"


def test_messages_stay_short_beside_many_long_columns(tmp_path):
    header = ",".join(f"{'x' * 90}{i}" for i in range(40))
    with pytest.raises(DataError) as caught:
        assign_roles(table_of(tmp_path, f"{header}\n{','.join('1' * 40)}\n"), "interactions", {})
    assert len(caught.value.message) <= 300


def test_a_preview_shows_rows_roles_and_separator(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user;item\n" + "anna;tea\n" * 30)
    seen = preview(path)
    assert (seen.num_rows, len(seen.rows), seen.separator) == (30, 20, "semicolon (;)")
    assert seen.roles == {"user": "user", "item": "item"}
