import json

from benchmarks.quality import keep


def test_a_benchmark_keeps_the_models_it_was_not_asked_for(tmp_path):
    path, data = tmp_path / "quality.json", {"dataset_id": "d"}
    keep(path, data, "sasrec", {"seconds": 1})
    keep(path, data, "rnn", {"seconds": 2})
    keep(path, data, "rnn", {"seconds": 3})
    assert json.loads(path.read_text())["models"] == {"sasrec": {"seconds": 1}, "rnn": {"seconds": 3}}


def test_results_on_other_data_of_the_same_name_are_dropped(tmp_path):
    path = tmp_path / "quality.json"
    keep(path, {"dataset_id": "d"}, "sasrec", {"seconds": 1})
    keep(path, {"dataset_id": "other"}, "rnn", {"seconds": 2})
    assert json.loads(path.read_text()) == {"dataset": {"dataset_id": "other"}, "models": {"rnn": {"seconds": 2}}}
