"""Provenance of a result: command, commit, seed, machine. Recorded before the work starts."""

from __future__ import annotations

import os
import platform
import subprocess
from typing import Any


def provenance(command: str, seed: int) -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    return {"command": command, "commit": commit, "seed": seed, "machine": machine}
