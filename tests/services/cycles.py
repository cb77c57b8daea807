"""A small shop for the services' tests: 30 users who walk a cycle of 9 items, known age and category."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from recsys.data.load import ImportRequest
from recsys.services.data.datasets import import_dataset
from recsys.services.workspace import Workspace
from tests.trained_runs import import_once


def import_shop(workspace: Workspace) -> str:
    """The id of the dataset."""
    with TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.csv" for name in ("ratings", "items", "users")}
        rows = [
            f"u{u},i{(u + step) % 9},{1 + step % 5},{1_700_000_000 + step}"
            for u in range(30)
            for step in range(4 + u % 4)
        ]
        files["ratings"].write_text("\n".join(["user_id,item_id,rating,timestamp", *rows]))
        files["items"].write_text(
            "\n".join(["item_id,title,category", *(f"i{i},Title {i},{'ab'[i % 2]}" for i in range(9))])
        )
        files["users"].write_text("\n".join(["user_id,age", *(f"u{u},{20 + u}" for u in range(30))]))
        request = ImportRequest(ratings=files["ratings"], items=files["items"], users=files["users"], name="Shop")
        return import_once(workspace, "cycle shop", lambda home: import_dataset(home, request).dataset_id)
