"""Which models suit a dataset: shapes counted by hand, and the refusals that training makes, too."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.data.interactions import Interactions
from recsys.errors import RunError, SettingError
from recsys.models import MODELS
from recsys.models.base import SequenceModel, Shape
from recsys.runs.order_record import OrderRecord, load_order, save_order
from recsys.sequences.split import leave_one_out
from recsys.services.models.history_order import keep, order_test
from recsys.services.train import earlier_runs, feasibility
from recsys.services.train.estimate import Estimate, save_estimate
from recsys.services.train.feasibility import DataShape, reasons, shape_of_data, suggest
from recsys.training.steps import MIN_SEQUENCE_TARGETS
from recsys.training.trainer import steps_for
from tests.worlds.logs import dataset_of, log_of, walking_a_cycle
from tests.worlds.small_models import build_model
from tests.worlds.small_shop import import_small_shop, shop, trained

GOOD = DataShape(
    rows=10_000, users=500, items=100, cold_items=0, median_history=20, steps=8500, events_per_item=90, has_times=True,
    has_order=True, tie_rate=0, repeat_rate=0, has_ratings=True, content=(), user_features=(),
)  # fmt: skip
SEQUENCE = [name for name, kind in MODELS.items() if issubclass(kind, SequenceModel)]


def unsuited(**changes) -> dict[str, list[str]]:
    """Model -> chips of why it does not suit data of this shape."""
    shape = replace(GOOD, **changes)
    return {name: chips for name in MODELS if (chips := [reason.chip for reason in reasons(name, shape)])}


def test_all_models_suit_plain_data() -> None:
    assert unsuited() == {}


def test_the_shape_is_counted() -> None:
    log = log_of([1, 2, 3, 1, 2], [1, 2], [3, 2, 1], num_items=4)  # 3, 2 and 1 events are left to train on
    shape = shape_of_data(dataset_of(log))
    assert (shape.rows, shape.users, shape.items, shape.cold_items) == (10, 3, 3, 1)
    assert (shape.median_history, shape.steps, shape.events_per_item) == (3, 2 + 1 + 0, 2)
    assert (shape.has_times, shape.has_order, shape.repeat_rate) == (False, False, pytest.approx(0.2))


def test_steps_are_those_that_training_counts() -> None:
    log = walking_a_cycle(7, 9, 6)
    steps = steps_for(build_model("gru4rec", Shape(7, 9)), leave_one_out(log))
    assert shape_of_data(dataset_of(log)).steps == steps.windows.num_targets


def test_too_few_steps_are_refused_as_training_refuses_them() -> None:
    chips = unsuited(steps=MIN_SEQUENCE_TARGETS - 1)
    assert chips == {name: ["too few steps"] for name in SEQUENCE}
    log = walking_a_cycle(3, 9, 5)  # 3 users with 2 steps each
    assert shape_of_data(dataset_of(log)).steps == 6
    with pytest.raises(SettingError, match="6 such steps"):
        steps_for(build_model("gru4rec", Shape(3, 9)), leave_one_out(log))


def test_too_many_items_are_refused_as_the_models_refuse_them() -> None:
    chips = unsuited(items=20_001)
    assert chips == {"markov": ["too many items"], "ease": ["too many items"]}
    assert unsuited(items=20_000) == {}
    for name in chips:
        with pytest.raises(SettingError, match="too many"):
            MODELS[name](Shape(3, 20_001), MODELS[name].Config())


def test_short_histories_and_rare_items_are_little_for_networks() -> None:
    assert unsuited(median_history=4) == {name: ["short histories"] for name in ("mlp", *SEQUENCE)}
    assert unsuited(events_per_item=4.9) == {name: ["few events per item"] for name in ("mlp", *SEQUENCE)}
    assert unsuited(median_history=5, events_per_item=5) == {}


def test_models_that_read_the_order_need_times() -> None:
    readers = {"markov", "recent_popularity", *SEQUENCE}
    assert unsuited(has_times=False, has_order=False) == {name: ["needs times"] for name in readers}
    assert unsuited(has_times=False) == {}  # a column numbers the events
    assert unsuited(tie_rate=0.95) == {name: ["tied timestamps"] for name in readers}


def test_repeats_are_lost_on_models_that_count_an_item_once() -> None:
    assert unsuited(repeat_rate=0.6) == {"ease": ["many repeats"], "item_knn": ["many repeats"]}


def test_a_sentence_has_the_number_and_the_bound() -> None:
    (reason,) = reasons("ease", replace(GOOD, items=20_000, cold_items=5))
    assert reason.sentence == "It needs a table of items x items: 20,005 items are too many, at most 20,000 fit."
    assert reason.level == "refused"


def suggested(order_matters: bool | None = None, without: tuple[str, ...] = (), **changes) -> list[str]:
    return [one.model for one in suggest(replace(GOOD, **changes), set(MODELS) - {*without}, order_matters)]


def test_suggestions_are_at_most_three_that_suit() -> None:
    assert suggested() == ["ease", "sasrec", "popularity"]
    assert suggested(user_features=("age",)) == ["ease", "sasrec", "mlp"]
    assert suggested(without=("ease", "markov")) == ["item_knn", "sasrec", "popularity"]
    assert suggested(without=tuple(SEQUENCE)) == ["ease", "markov", "popularity"]
    assert suggested(order_matters=False) == ["ease", "popularity"]


def test_cold_items_with_content_are_a_reason_for_a_network() -> None:
    (text,) = [one.sentence for one in suggest(replace(GOOD, cold_items=7, content=("title",)), {"sasrec"}, None)]
    assert "the 7 items without an event" in text


def test_estimates_are_those_that_were_stored_with_a_preset(tmp_path) -> None:
    workspace, dataset_id = shop(tmp_path)
    trained(workspace, dataset_id, "popularity")
    trained(workspace, dataset_id, "gru4rec")  # with changed settings
    assert earlier_runs.stored_estimates(workspace, dataset_id) == {}
    made = Estimate("popularity", 0, 0.0, 2.5, 2.5, 10**8, 10**9, "cpu", 1)
    for run_id in ("popularity", "gru4rec"):
        save_estimate(workspace, run_id, made)
    seen = feasibility.feasibility(workspace, workspace.datasets.load(dataset_id))
    assert {one.model: one.estimates for one in seen.models if one.estimates} == {"popularity": {"balanced": made}}
    answer = {one["model"]: one for one in feasibility.as_json(seen)["models"]}["popularity"]
    assert answer["estimates"] == {"balanced": {"seconds": 2.5, "memory": 10**8, "device": "cpu"}}
    other = import_small_shop(workspace, ages=True)
    assert earlier_runs.stored_estimates(workspace, other) == {}


def test_the_shuffle_test_of_a_run_says_whether_order_matters(tmp_path) -> None:
    workspace, dataset_id = shop(tmp_path)
    run = trained(workspace, dataset_id, "markov")
    assert earlier_runs.order_tests(workspace, dataset_id) == []
    test = order_test(run, 1)
    keep(run, test)
    tested = test.shuffled
    order = load_order(run.folder, run.record)
    assert (order.true, order.shuffled, order.num_changed) == (tested.true, tested.mean, 0)
    assert earlier_runs.order_tests(workspace, dataset_id) == []  # no rank changed: it says nothing about the data
    save_order(run.folder, order.model_copy(update={"num_changed": 3}))
    ((title, _),) = earlier_runs.order_tests(workspace, dataset_id)
    assert title == "Markov chain"
    assert "NDCG@10 of Markov chain" in feasibility.feasibility(workspace, run.dataset).order
    save_order(run.folder, order.model_copy(update={"num_changed": 3, "weights_sha256": "0" * 64}))
    assert earlier_runs.order_tests(workspace, dataset_id) == []


def record(true: float, shuffled: float, *, is_significant: bool) -> OrderRecord:
    return OrderRecord(weights_sha256="", num_users=9, true=true, shuffled=shuffled, p=0.002 if is_significant else 0.4,
                       is_significant=is_significant, num_changed=5)  # fmt: skip


def test_the_best_model_decides_whether_order_matters() -> None:
    tests = [("GRU4Rec", record(0.2, 0.19, is_significant=False)), ("SASRec", record(0.3, 0.1, is_significant=True))]
    assert earlier_runs.order_sentence(tests) == (
        "Order matters: NDCG@10 of SASRec falls from 0.300 to 0.100 when histories are shuffled (p = .002)."
    )
    assert "does not matter significantly" in str(earlier_runs.order_sentence(tests[:1]))
    assert earlier_runs.order_sentence([]) is None


def test_times_coarsened_to_days_are_no_ties() -> None:
    log = walking_a_cycle(5, 9, 5)
    tied = Interactions(log.user_ids, log.item_ids, log.users, log.items, times=np.zeros(len(log), dtype=np.int64))
    dataset = dataset_of(tied)
    assert shape_of_data(dataset).tie_rate == 1
    days = dataset.report.model_copy(update={"repairs": ({"kind": "days", "message": "x"},)})
    days = type(days).model_validate(days.model_dump(warnings=False))
    assert shape_of_data(replace(dataset, report=days)).tie_rate == 0


def test_estimates_on_demand_are_those_of_the_estimator(tmp_path, monkeypatch) -> None:
    workspace, dataset_id = shop(tmp_path)
    dataset = workspace.datasets.load(dataset_id)
    monkeypatch.setattr("recsys.services.train.estimate.start", lambda workspace, request: request)
    monkeypatch.setattr("recsys.services.train.estimate.answer", _trial)
    seen = feasibility.with_estimates(
        workspace, dataset, feasibility.feasibility(workspace, dataset), ("quick",), print
    )
    by_model = {one.model: one for one in seen.models}
    assert {name: [*one.estimates] for name, one in by_model.items()} == {
        name: [] if name == "mlp" else ["balanced" if name == "popularity" else "quick"] for name in MODELS
    }
    (reason,) = by_model["sasrec"].reasons
    assert (reason.chip, reason.sentence) == ("needs memory", "It needs about 3.0 GB of memory, and 2.0 GB are free.")
    assert by_model["ease"].reasons == ()


def _trial(request) -> Estimate:
    if request.model == "mlp":
        raise RunError("killed")
    memory = 3 * 10**9 if request.model == "sasrec" else 10**9
    return Estimate(request.model, 1, 1.0, 1.0, 2.0, memory, 2 * 10**9, "cpu", 1)
