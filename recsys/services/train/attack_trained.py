"""The membership attack that ends a training with held-out users."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from recsys.errors import RecsysError
from recsys.runs.attack_record import load_attack
from recsys.runs.forgotten import forgotten_mark
from recsys.runs.store import RunFolder
from recsys.services.workspace import Workspace


def attack_trained(workspace: Workspace, folder: RunFolder, should_stop: Callable[[], bool]) -> None:
    """Attack a finished run that held users out, without shadow models, unless an attack is stored.

    The run stays finished whatever comes of it: a failure is kept for the page (services/models/run_job.py).
    """
    record = folder.record
    if record is None or record.state != "finished" or not folder.config.options.held_out_users:
        return
    if load_attack(folder) is not None or forgotten_mark(folder) is not None:
        return
    from recsys.services.models import attack, attack_job  # they train, too

    try:
        work = partial(attack.measure, workspace=workspace)
        attack_job.JOB.run(workspace, folder.run_id, attack.USERS, work, should_stop, lambda share, doing: None)
    except RecsysError:
        return
