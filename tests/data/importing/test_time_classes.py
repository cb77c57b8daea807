"""Times in the forms that real files have: read with the right numbers, and reported."""

from datetime import UTC, datetime

import pytest

from tests.data.importing.tables import DAYS, GOOD, MINUTES, TIMES, clock, facts, kinds, load, log
from tests.worlds.decisions import faults


def chinese(seconds):
    when = datetime.fromtimestamp(seconds, UTC)
    half = "下午" if when.hour >= 12 else "上午"
    return f"{when.year}年{when.month}月{when.day}日 {half}{(when.hour - 1) % 12 + 1}:{when:%M:%S}"


def javascript(seconds):
    return clock("%a %b %d %Y %H:%M:%S GMT-0700 (Pacific Daylight Time)", -7)(seconds)


TIMES_READ = [
    ("milliseconds", "{}000".format, sum(TIMES), "time_unit"),
    ("microseconds", "{}000000".format, sum(TIMES), "time_unit"),
    ("nanoseconds", "{}000000000".format, sum(TIMES), "time_unit"),
    ("seconds with decimals", "{}.25".format, sum(TIMES), None),
    ("milliseconds with decimals", "{}000.5".format, sum(TIMES), "time_unit"),
    ("floats", "{}.0".format, sum(TIMES), None),
    ("thousands separators", lambda t: f'"{t:,}"', sum(TIMES), "thousands"),
    ("dates as whole numbers", clock("%Y%m%d"), DAYS, "whole_dates"),
    ("dates and clocks as whole numbers", clock("%Y%m%d%H%M%S"), sum(TIMES), "whole_dates"),
    ("dates and minutes as whole numbers", clock("%Y%m%d%H%M"), MINUTES, "whole_dates"),
    ("ISO with Z", clock("%Y-%m-%dT%H:%M:%SZ"), sum(TIMES), "dates"),
    ("ISO basic", clock("%Y%m%dT%H%M%SZ"), sum(TIMES), "dates"),
    ("UTC as a word", clock("%Y-%m-%d %H:%M:%S UTC"), sum(TIMES), "dates"),
    ("zone +00", clock("%Y-%m-%d %H:%M:%S+00"), sum(TIMES), "dates"),
    ("zone +0000", clock("%Y-%m-%d %H:%M:%S +0000"), sum(TIMES), "dates"),
    ("zone +08:00", clock("%Y-%m-%dT%H:%M:%S+08:00", 8), sum(TIMES), "dates"),
    ("zone UTC+8", clock("%Y-%m-%d %H:%M:%S UTC+8", 8), sum(TIMES), "dates"),
    ("without seconds", clock("%Y-%m-%d %H:%M"), MINUTES, "dates"),
    ("hours alone", clock("%Y-%m-%d %H"), sum(t - t % 3600 for t in TIMES), "dates"),
    ("fractions behind a comma", lambda t: clock('"%Y-%m-%d %H:%M:%S,5"')(t), sum(TIMES), "dates"),
    ("slashes", clock("%Y/%m/%d %H:%M:%S"), sum(TIMES), "dates"),
    ("points", clock("%Y.%m.%d"), DAYS, "dates"),
    ("short month in the middle", clock("%d-%b-%Y"), DAYS, "dates"),
    ("month first with comma", clock('"%b %d, %Y"'), DAYS, "dates"),
    ("long month", clock("%d %B %Y %H:%M"), MINUTES, "dates"),
    ("month first, AM and PM", clock("%m/%d/%Y %I:%M:%S %p"), sum(TIMES), "date_order"),
    ("day first", clock("%d/%m/%Y %H:%M"), MINUTES, "date_order"),
    ("day first with points", clock("%d.%m.%Y"), DAYS, "date_order"),
    ("ISO date, PM", clock("%Y-%m-%d %I:%M %p"), MINUTES, "dates"),
    ("p.m.", lambda t: clock("%Y-%m-%d %I:%M %p")(t).replace("PM", "p.m.").replace("AM", "a.m."), MINUTES, "dates"),
    ("Chinese", clock("%Y年%m月%d日"), DAYS, "dates"),
    ("Chinese with clock", clock("%Y年%m月%d日 %H:%M"), MINUTES, "dates"),
    ("Chinese with half of the day", chinese, sum(TIMES), "dates"),
    ("Chinese clock", clock("%Y年%m月%d日%H时%M分%S秒"), sum(TIMES), "dates"),
    ("as Twitter writes", clock("%a %b %d %H:%M:%S +0000 %Y"), sum(TIMES), "dates"),
    ("as web servers write", clock("%d/%b/%Y:%H:%M:%S +0000"), sum(TIMES), "dates"),
    ("as mail writes", clock('"%a, %d %b %Y %H:%M:%S GMT"'), sum(TIMES), "dates"),
    ("as JavaScript writes", javascript, sum(TIMES), "dates"),
    ("Arabic digits", lambda t: str(t).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")), sum(TIMES), None),
    ("full-width digits", lambda t: clock("%Y年%m月%d日")(t).translate(str.maketrans("0123456789", "０１２３４５６７８９")), DAYS, "dates"),
    ("marks of direction", clock("\u200e%Y-%m-%d\u200e %H:%M"), MINUTES, "dates"),
]  # fmt: skip


@pytest.mark.parametrize(("time", "total", "kind"), [row[1:] for row in TIMES_READ], ids=[row[0] for row in TIMES_READ])
def test_times_in_any_usual_form_are_read_and_reported(tmp_path, time, total, kind):
    loaded = load(tmp_path, log(time=time))
    assert facts(loaded) == {**GOOD, "times": total}
    assert kind is None or kind in kinds(loaded)


def test_a_day_that_the_calendar_lacks_is_said_to_be_none(tmp_path):
    found = faults(tmp_path, "user,item,time\n" + "a,x,2023-02-27\n" * 3 + "b,y,2023-02-30\nb,z,soon\n")
    assert (
        found["bad_time"].message
        == "Line 5, column time (timestamp): 2023-02-30 is no day of the calendar. 2 lines are like that."
    )
