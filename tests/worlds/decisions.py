"""Imports of small tables written as text, what they ask about, and what is left of them."""

import pytest

from recsys.data.importing.faults import UndecidedError
from recsys.data.importing.load import load_dataset
from recsys.messages import Message
from tests.worlds.imports import import_request

LOG = "user_id,item_id\nanna,tea\nanna,cup\nbert,tea\nbert,pot\n"


def load(folder, ratings=LOG, items=None, users=None, **options):
    paths = {}
    for name, text in (("ratings", ratings), ("items", items), ("users", users)):
        if text is not None:
            paths[name] = folder / f"{name}.csv"
            paths[name].write_text(text, encoding="utf-8")
    return load_dataset(import_request(**paths, **options), folder / "pictures")


def table(header, *rows):
    return "\n".join([header, *rows]) + "\n"


def faults(folder, *tables, **options):
    with pytest.raises(UndecidedError) as caught:
        load(folder, *tables, **options)
    for fault in caught.value.faults:
        assert isinstance(fault.message, Message) and len(fault.sentence) <= 300
    return {fault.key: fault for fault in caught.value.faults}


def events(loaded):
    log = loaded.interactions
    ratings = [None] * len(log) if log.ratings is None else [round(float(rating), 4) for rating in log.ratings]
    return sorted(zip(log.user_ids[log.users], log.item_ids[log.items], ratings, strict=True), key=str)


def rows(*texts):
    return sorted(
        (user, item, float(rating[0]) if rating else None)
        for user, item, *rating in (text.split(",") for text in texts)
    )


def notes(loaded, kind):
    return [repair for repair in loaded.report.repairs if repair.kind == kind]
