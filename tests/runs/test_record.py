from recsys.messages import CHINESE, message, translated
from recsys.runs.record import PACKAGES, RunConfig, versions
from tests.worlds.stored_runs import config


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


def test_a_run_from_before_users_features_could_be_named_is_the_same_work_with_what_it_read():
    now = config().settings
    before = config(settings={name: value for name, value in now.items() if not name.startswith("user_")})
    assert before.same_work(config(settings=now | {"user_features": "", "user_dropout": 0.7}))
    assert not before.same_work(config(settings=now | {"user_features": "age"}))
    dense = config(model="mlp").settings
    dense_before = config(model="mlp", settings={key: dense[key] for key in dense if key != "user_features"})
    assert dense_before.same_work(config(model="mlp", settings=dense | {"user_features": "age, gender"}))
    assert not dense_before.same_work(config(model="mlp", settings=dense | {"user_features": ""}))


def test_how_often_users_are_hidden_counts_where_something_is_known_of_them():
    known = config().settings | {"user_features": "age"}
    assert not config(settings=known).same_work(config(settings=known | {"user_dropout": 0.7}))


def test_a_run_from_before_ratings_could_be_read_is_the_same_work_without_them_only():
    now = config().settings
    before = config(settings={name: value for name, value in now.items() if name != "ratings"})
    assert before.same_work(config(settings=now | {"ratings": "off"}))
    assert not before.same_work(config(settings=now | {"ratings": "on"}))


def test_a_setting_that_is_missing_is_other_work():
    fewer = dict(list(config().settings.items())[1:])
    assert not config().same_work(config(settings=fewer))


def test_every_package_that_decides_a_result_is_named_with_its_version():
    assert {"python", *PACKAGES} == set(versions())


def test_a_run_from_before_seen_items_were_a_setting_is_the_same_work_with_them_masked_only():
    now = config().settings
    before = config(settings={name: value for name, value in now.items() if name != "mask_seen"})
    assert before.same_work(config(settings=now | {"mask_seen": "on"}))
    assert not before.same_work(config(settings=now | {"mask_seen": "off"}))


def test_the_title_of_a_blend_names_its_parts_in_the_language_of_the_reader():
    titles = [message("Dense network"), "EASE"]
    blend = config(title=RunConfig.title_of_blend(titles))
    assert blend.shown_title == blend.title == "Blend: Dense network + EASE"
    assert translated(titles[0], CHINESE) in translated(blend.shown_title, CHINESE)
    assert "Dense network" not in translated(blend.shown_title, CHINESE)
