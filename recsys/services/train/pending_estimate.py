"""An estimate that is made unprompted: it waits until the settings are at rest and never blocks."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recsys.services.train import estimate
from recsys.services.train.estimate import Estimate
from recsys.services.workspace import Workspace

if TYPE_CHECKING:
    from recsys.services.train.planning import TrainRequest

REST = 0.6  # seconds without a change before a trial starts
SWITCH = "RECSCOPE_ESTIMATE"  # environment variable; "off": no trial starts by itself


def is_on() -> bool:
    """Whether estimates are made unprompted."""
    return os.environ.get(SWITCH, "").casefold() != "off"


@dataclass
class PendingEstimate:
    """The trial of a request, from the moment its settings were chosen."""

    request: TrainRequest
    since: float = field(default_factory=time.monotonic)
    process: subprocess.Popen[bytes] | None = None

    def poll(self, workspace: Workspace) -> Estimate | None:
        """Start the trial when it is due; its estimate once it has ended. Raises what `estimate.answer` raises."""
        if self.process is None:
            if time.monotonic() - self.since >= REST:
                self.process = estimate.start(workspace, self.request)
            return None
        return None if self.process.poll() is None else estimate.answer(self.process)

    def cancel(self) -> None:
        """Kill the trial."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
