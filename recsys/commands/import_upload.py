"""The command `import-upload`: the process that the Data page starts for the files of an upload."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_import_upload(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("folder", type=Path, help="of the upload")


def do_import_upload(options: argparse.Namespace) -> dict[str, Any]:
    from recsys.services.data import import_job
    from recsys.services.data.upload import Upload

    return import_job.run(Upload(options.folder))
