"""A small dataset in which every name is an attack on the page, and two runs on it with such names and notes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from recsys.data.importing.import_choices import Choices
from recsys.data.importing.load import ImportRequest
from recsys.services.data.datasets import import_dataset
from recsys.services.models.leaderboard import rename_run
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import Workspace, open_workspace
from recsys.training.config import TrainingOptions

ATTACKS = (
    "**bold** _it_ `code`",
    "![i](//evil.example/p.png)",
    "[l](//evil.example/)",
    ":red[red] :blue-badge[new]",
    "$x^2$ :streamlit:",
    ":material/rocket: :smile:",
    "<img src=x onerror=alert(1)>",
    "<a href='//evil.example/'>a</a>",
    "<b>b</b><i>i</i>",
    "WWW.evil.example -- u@evil.example",
    "[x](javascript:alert(1))",
    '"><svg onload=alert(1)>',
    "<script>alert(1)</script>",
    r"$$\includegraphics{//evil.example/p.png}$$",
    "abc\u202etxt.exe\u202c",
)
HOSTILE_TITLES = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "\u202etxt.exe\u2066 right to left",
    "long " * 2000,
    "</title></style></svg><svg onload=alert(1)>",
    "&lt;b&gt; &amp; javascript:alert(1)",
    "]]><!-- -->",
    "https://example.com/a.png",
]
LONG = "long " + "x" * 9_000
RAW = (  # stand in a text only where it is not escaped
    "**bold", "](//evil", ":red[red", "$x^2", ":streamlit:", ":material/rocket:", "<b>", "src=x", "href=", "WWW.evil", " -- ",
    "@evil", "](javascript", "onload=alert", "<script>", "$$",
)  # fmt: skip
NUM_USERS, NUM_ITEMS, EVENTS = 24, 16, 6


def attack(number: int, where: str) -> str:
    return f"{ATTACKS[number % len(ATTACKS)]} {where}{number}"


def write(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def hostile_workspace(home: Path) -> tuple[Workspace, str, list[str]]:
    """A workspace in `home`, the dataset's id and those of an EASE and a SASRec that sees titles, categories and users."""
    job, item, rating, title, category, gender, user = (
        attack(place, where) for place, where in enumerate(("job", "item", "rating", "title", "cat", "gender", "user"))
    )
    users, items = [attack(u, "u") for u in range(NUM_USERS)], [attack(i, "i") for i in range(NUM_ITEMS)]
    titles = [*(attack(k, "t") for k in range(NUM_ITEMS - 1)), LONG]
    log = [(users[u], items[(u + s) % NUM_ITEMS], str(1 + s % 5)) for u in range(NUM_USERS) for s in range(EVENTS)]
    request = ImportRequest(
        write(home / "log.csv", [(user, item, rating), *log]),
        items=write(home / "items.csv", [(item, title, category), *((i, titles[k], attack(k % 3, "c")) for k, i in enumerate(items))]),
        users=write(home / "users.csv", [(user, gender, job), *((u, attack(k % 4, "g"), attack(k % 5, "j")) for k, u in enumerate(users))]),
        name=f"{ATTACKS[1]} {ATTACKS[0]} {ATTACKS[6]}",
        choices=Choices(mapping={"user": user, "item": item, "rating": rating, "items.title": title, "items.category": category, "users.gender": gender}),
    )  # fmt: skip
    workspace = open_workspace(home / "workspace")
    dataset_id = import_dataset(workspace, request).dataset_id
    seen = {"epochs": 1, "max_length": 8, "embedding_dim": 8, "num_heads": 1}
    seen |= {"content": "title, category", "user_features": f"gender, {job}"}
    runs = []
    for model, settings in (("ease", {}), ("sasrec", seen)):
        asked = TrainRequest(dataset_id, model, settings=settings, options=TrainingOptions(threads=1), run_id=model)
        runs.append(train(workspace, asked).run_id)
        rename_run(workspace, model, f"{ATTACKS[0]} {ATTACKS[2]} {model}", " ".join(ATTACKS))
    return workspace, dataset_id, runs
