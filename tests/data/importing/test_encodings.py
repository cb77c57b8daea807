import pytest

from recsys.data.importing.encodings import chosen_encoding, guess
from recsys.data.importing.faults import Decisions, UndecidedError
from recsys.data.importing.import_choices import FileChoices
from recsys.data.importing.read import read_table
from recsys.errors import DataError

TEXTS = {
    "gb18030": ["电子产品", "现代文学图书", "价格很便宜，质量不错"],
    "cp950": ["電子產品", "食品綠茶", "品質很好，值得購買"],
    "cp932": ["電子製品", "りんごジュース", "とても良い商品です"],
    "cp949": ["전자제품", "사과 주스", "매우 좋은 상품입니다"],
    "cp1251": ["Молоко", "Хлеб белый", "Война и мир"],
    "cp1252": ["Café", "Größe", "l’été"],
}


def read(folder, content, **options):
    path = folder / "log.csv"
    path.write_bytes(content)
    return read_table(path, **options)


@pytest.mark.parametrize("encoding", TEXTS)
def test_an_encoding_is_guessed_from_a_few_texts(encoding):
    found = guess([text.encode(encoding) for text in TEXTS[encoding]])
    assert (found.best, found.is_clear) == (encoding, True)


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_file_in_it_is_read_and_reported(tmp_path, encoding):
    lines = ["user_id,title", *(f"u{i},{text}" for i, text in enumerate(TEXTS[encoding]))]
    table = read(tmp_path, "\n".join(lines).encode(encoding))
    assert list(table.frame["title"]) == TEXTS[encoding]
    assert [repair.kind for repair in table.repairs] == ["encoding"]


@pytest.mark.parametrize(
    "encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32", "utf-8-sig"]
)
def test_unicode_is_read_with_and_without_a_mark(tmp_path, encoding):
    table = read(tmp_path, "user_id,item_id\n用户,i1\nu2,i2\n".encode(encoding))
    assert table.frame.to_numpy().tolist() == [["用户", "i1"], ["u2", "i2"]]
    assert list(table.lines) == [2, 3]


def test_a_text_of_two_readings_is_asked_about(tmp_path):
    content = "user_id,title\nu1,男\nu2,男\n".encode("gbk")
    with pytest.raises(UndecidedError) as caught:
        read(tmp_path, content)
    (fault,) = caught.value.faults
    assert (fault.kind, fault.usual, fault.lines) == ("encoding", "gb18030", (2,))
    table = read(tmp_path, content, decisions=Decisions({"encoding": "cp1251"}))
    assert list(table.frame["title"]) == ["ДР", "ДР"]


def test_a_repeated_text_is_no_further_evidence():
    assert guess(["男".encode("gbk")]).is_clear is False


def test_the_choice_of_an_encoding_overrides_the_guess(tmp_path):
    content = "user_id,title\nu1,男\n".encode("gbk")
    assert list(read(tmp_path, content, choices=FileChoices(encoding="GB18030 (GBK)")).frame["title"]) == ["男"]


def test_a_chosen_encoding_that_does_not_fit_is_refused_with_the_line(tmp_path):
    with pytest.raises(DataError) as caught:
        read(tmp_path, "user_id,title\nu1,x\nu2,é\n".encode("latin-1"), choices=FileChoices(encoding="UTF-8"))
    assert caught.value.line == 3


@pytest.mark.parametrize("name", ["klingon", "base64", ""])
def test_an_encoding_that_does_not_exist_is_refused(name):
    with pytest.raises(DataError, match="encoding"):
        chosen_encoding(name)


def test_mixed_encodings_are_refused_where_single_characters_would_be_chance(tmp_path):
    """女 in GBK is also Ů in UTF-8: with other Chinese text around it is no mixture."""
    lines = ["user_id,title", *(f"u{i},{text}" for i, text in enumerate(["女", *TEXTS["gb18030"], "女"]))]
    assert read(tmp_path, "\n".join(lines).encode("gbk")).encoding == "GB18030 (GBK)"


def test_bytes_that_are_no_text_are_refused(tmp_path):
    with pytest.raises(DataError, match="no plausible text"):
        read(tmp_path, bytes(range(1, 256)) * 9)
