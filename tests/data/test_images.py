import io
import stat
import zipfile

import pytest
from PIL import Image

from recsys.data.images import SIDE, clean_picture, read_images
from recsys.errors import DataError

INDEX = {"tea": 1, "cup": 2}


def picture(width=8, height=8, form="PNG", colour="red"):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, form)
    return buffer.getvalue()


def archive_of(folder, entries, method=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, content)."""
    path = folder / "images.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def refusal(folder, entries, **options):
    with pytest.raises(DataError) as caught:
        read_images(archive_of(folder, entries), INDEX, folder / "out", **options)
    return caught.value.message


def test_pictures_are_filed_under_the_index_of_their_item(tmp_path):
    entries = [("tea.png", picture(colour="red")), ("folder/cup.jpg", picture(form="JPEG", colour="blue"))]
    found, repairs = read_images(archive_of(tmp_path, entries), INDEX, tmp_path / "out")
    assert {index: path.name for index, path in found.items()} == {1: "000001.png", 2: "000002.png"}
    assert repairs == []
    with Image.open(found[1]) as image:
        assert (image.format, image.size, image.getpixel((0, 0))) == ("PNG", (8, 8), (255, 0, 0))


def test_a_large_picture_is_made_smaller_and_keeps_its_shape():
    with Image.open(io.BytesIO(clean_picture(picture(1024, 512), "tea.png"))) as image:
        assert image.size == (SIDE, SIDE // 2)


def test_pictures_of_no_item_are_left_out_and_said(tmp_path):
    found, (repair,) = read_images(archive_of(tmp_path, [("pot.png", picture())]), INDEX, tmp_path / "out")
    assert found == {}
    assert (repair.kind, repair.count) == ("unknown_pictures", 1)
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_computer_adds_by_itself_is_passed_over(tmp_path):
    entries = [("__MACOSX/._tea.png", b"x"), (".DS_Store", b"x"), ("tea.png", picture())]
    assert list(read_images(archive_of(tmp_path, entries), INDEX, tmp_path / "out")[0]) == [1]


@pytest.mark.parametrize("name", ["../../tea.png", "/etc/tea.png", "a/../../tea.png", "C:/tea.png", "."])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    assert "unsafe" in refusal(tmp_path, [(name, picture())])
    assert not list(tmp_path.parent.glob("tea.png"))


def test_a_link_is_refused(tmp_path):
    entry = zipfile.ZipInfo("tea.png")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "link" in refusal(tmp_path, [(entry, b"/etc/passwd")])


def test_a_zip_that_expands_too_far_is_refused_with_the_limits(tmp_path):
    message = refusal(tmp_path, [("tea.png", b"\0" * 3_000_000)])
    assert "too large" in message and "200 times" in message


def test_a_zip_over_the_limit_of_size_is_refused(tmp_path):
    assert "too large" in refusal(tmp_path, [("tea.png", picture())], max_unpacked=10)


def test_a_zip_of_too_many_files_is_refused(tmp_path):
    assert "limit is 1 files" in refusal(tmp_path, [("tea.png", picture()), ("cup.png", picture())], max_files=1)


@pytest.mark.parametrize("entries", [["tea.png", "other/tea.jpg"], ["tea.png", "tea.jpg"]])
def test_two_pictures_of_one_item_are_refused(tmp_path, entries):
    assert "two pictures" in refusal(tmp_path, [(name, picture()) for name in entries])


def test_a_zip_in_the_zip_is_refused(tmp_path):
    assert "nested" in refusal(tmp_path, [("tea.zip", b"PK")])


def test_unusual_packing_is_refused(tmp_path):
    path = archive_of(tmp_path, [("tea.png", picture())], method=zipfile.ZIP_BZIP2)
    with pytest.raises(DataError, match="unusual format"):
        read_images(path, INDEX, tmp_path / "out")


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    path = tmp_path / "images.zip"
    path.write_bytes(picture())
    with pytest.raises(DataError, match="no readable zip"):
        read_images(path, INDEX, tmp_path / "out")


def test_a_damaged_byte_anywhere_is_refused_or_harmless(tmp_path):
    content = archive_of(tmp_path, [("tea.png", picture(20, 20))]).read_bytes()
    path = tmp_path / "damaged.zip"
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x5A]) + content[place + 1 :])
        try:
            found, _ = read_images(path, INDEX, tmp_path / "out")
        except DataError:
            continue
        assert set(found) <= {1}


def test_a_picture_of_too_many_pixels_is_refused_with_the_limit():
    with pytest.raises(DataError, match="8 x 8 pixels, the limit is 63"):
        clean_picture(picture(), "tea.png", max_pixels=63)


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF"])
def test_other_formats_are_refused(form):
    with pytest.raises(DataError, match="another format"):
        clean_picture(picture(form=form), "tea.png")


def test_half_a_picture_is_refused():
    content = picture(100, 100, "JPEG")
    with pytest.raises(DataError, match="damaged or truncated"):
        clean_picture(content[: len(content) // 2], "tea.jpg")


def test_only_pixels_come_through():
    assert b"<script>" not in clean_picture(picture() + b"<script>", "tea.png")
