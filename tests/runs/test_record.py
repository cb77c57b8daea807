from recsys.runs.record import PACKAGES, versions
from tests.runs.test_run_store import config


def test_when_and_under_what_name_a_run_was_made_is_no_other_work():
    assert config("a").same_work(config("b", created="2031-01-01T00:00:00.000+00:00", preset="quick"))


def test_a_changed_setting_is_other_work():
    assert not config().same_work(config(settings=config().settings | {"dropout": 0.5}))


def test_a_run_from_before_content_was_read_is_the_same_work_without_content_only():
    before = config()
    assert before.same_work(config(settings=before.settings | {"content": "", "id_dropout": 0.3}))
    assert not before.same_work(config(settings=before.settings | {"content": "title", "id_dropout": 0.3}))


def test_what_is_a_target_is_a_part_of_the_work():
    def liked(liked_from):
        return config(options=config().options.model_copy(update={"liked_from": liked_from}))

    assert liked(4).same_work(liked(4.0))
    assert not liked(4).same_work(liked(3))
    assert not liked(4).same_work(config())


def test_a_setting_that_is_missing_is_other_work():
    fewer = dict(list(config().settings.items())[1:])
    assert not config().same_work(config(settings=fewer))


def test_every_package_that_decides_a_result_is_named_with_its_version():
    assert {"python", *PACKAGES} == set(versions())
