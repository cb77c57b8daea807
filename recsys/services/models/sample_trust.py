"""Faithfulness measured beforehand on reference runs of the sample shop, for a run that has no measurement of its own.

`sample_data/faithfulness/<model>.json` is written by `python -m benchmarks.sample_trust`. It serves a run that is the same
work: the sample in either language, the same model, settings and seed. Weights trained on another machine may differ in
the last bits, so the page says whose figures these are.
"""

from __future__ import annotations

from functools import cache

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.data.files import read_json
from recsys.errors import RecsysError
from recsys.runs.record import RunConfig
from recsys.runs.trust_record import Trust
from recsys.services.data.datasets import SAMPLES

FOLDER = SAMPLES / "faithfulness"


class SampleTrust(BaseModel):
    """`config` of the reference run, ids of the sample by language, the measurement, and where it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    config: RunConfig
    datasets: tuple[str, ...]
    trust: Trust
    origin: dict[str, str | int]


@cache
def shipped() -> tuple[SampleTrust, ...]:
    """All measurements that are shipped; a file that cannot be read is left out."""
    measurements = []
    for path in sorted(FOLDER.glob("*.json")):
        try:
            measurements.append(SampleTrust.model_validate(read_json(path)))
        except (RecsysError, ValidationError, orjson.JSONDecodeError):
            continue
    return tuple(measurements)


def trust_for(config: RunConfig) -> Trust | None:
    """The measurement of the reference run of the same work; None for another dataset, model, setting or seed."""
    for one in shipped():
        reference = one.config.model_copy(update={"dataset_id": config.dataset_id})
        if config.dataset_id in one.datasets and reference.same_work(config):
            return one.trust
    return None
