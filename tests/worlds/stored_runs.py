"""Runs for the tests of a run's folder: as whole as a folder can tell, without a training."""

from recsys.models import MODELS
from recsys.models.base import Shape
from recsys.runs.record import RunConfig, RunRecord
from recsys.runs.weights import save_weights
from recsys.training.config import TrainingOptions
from tests.worlds.logs import dataset_of, walking_a_cycle
from tests.worlds.small_models import build_model, small_settings

LOG = walking_a_cycle(num_users=5, num_items=9, length=5)
DATASET = dataset_of(LOG)


def config(run_id="run-1", model="gru4rec", created="2024-05-01T10:00:00.000+00:00", **changes):
    settings = MODELS[model].Config.from_settings(settings=small_settings(model)).model_dump()
    told = {"dataset_id": "tiny", "preset": "balanced", "settings": settings, "options": TrainingOptions()} | changes
    return RunConfig(run_id=run_id, model=model, created=created, **told)


def record(run_id="run-1", state="finished", sha="", **changes):
    told = {
        "run_id": run_id, "model": "gru4rec", "dataset_id": "tiny", "dataset_name": "Tiny", "state": state, "seed": 1,
        "device": "cpu", "threads": 1, "versions": {}, "epochs": 1, "best_epoch": 1, "best_validation_ndcg": 0.5,
        "accuracy": None, "seconds": 1.0, "targets_per_second": 10.0, "peak_memory": 1, "weights_sha256": sha,
        "metrics": {"ndcg@10": 0.5}, "finished": "2024-05-01T10:01:00.000+00:00",
    }  # fmt: skip
    return RunRecord(**(told | changes))


def whole(runs, run_id="run-1", model="gru4rec", state="finished", epochs=1, best_epoch=1, **changes):
    """A run that was trained as far as its folder can tell."""
    folder = runs.create(config(run_id, model, **changes))
    sha = save_weights(folder, build_model(model, Shape(LOG.num_users, LOG.num_items)))
    folder.finish(record(run_id, state, sha, epochs=epochs, best_epoch=best_epoch))
    return folder
