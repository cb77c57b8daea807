"""Secret of a private training: the key of its random streams, and the noise and δ it was begun with.

Kept beside the checkpoint, readable by its owner only, and removed with it when the run is finished. It is never
exported. A stopped run keeps it: without the key the run could not continue with the bits of an undisturbed one.
"""

from __future__ import annotations

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.data.files import write_atomic
from recsys.errors import RunError
from recsys.messages import message
from recsys.runs.store import SNAPSHOT, RunFolder

SECRET = SNAPSHOT.parent / "secret.json"


class Secret(BaseModel):
    """`key` is hexadecimal."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str
    noise: float
    delta: float


def load_secret(folder: RunFolder) -> Secret | None:
    """The secret of a run that has begun; None before. Raises RunError if it is lost while the checkpoint remains."""
    try:
        return Secret.model_validate(orjson.loads((folder.path / SECRET).read_bytes()))
    except (FileNotFoundError, ValidationError, orjson.JSONDecodeError) as error:
        if not (folder.path / SNAPSHOT).exists():
            return None
        raise RunError(
            message(
                "The secret key of run {run} is lost ({file}). Without it the training cannot continue with the same noise. "
                "Train it again under another id.",
                run=folder.run_id,
                file=str(SECRET),
            )
        ) from error


def save_secret(folder: RunFolder, secret: Secret) -> None:
    """Write the secret, whole or not at all, with mode 0600."""
    (folder.path / SECRET).parent.mkdir(exist_ok=True)
    write_atomic(folder.path / SECRET, orjson.dumps(secret.model_dump()), mode=0o600)
