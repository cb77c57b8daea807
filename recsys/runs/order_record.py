"""Effect of shuffled histories on a run, stored as `order.json` in its folder when it was measured on the test.

Derived, as the faithfulness (trust_record.py): neither exported nor imported, and used only with the weights it was measured
with.
"""

from __future__ import annotations

from recsys.runs.checked_json import Frozen, load_checked, save_checked
from recsys.runs.record import RunRecord
from recsys.runs.store import RunFolder

FILE = "order.json"


class OrderRecord(Frozen):
    """The headline metric with the true order and with shuffled histories, on `num_users`; `p` of their paired difference.

    `num_changed` users have another rank in some shuffle: 0 for a model that does not read the order.
    """

    weights_sha256: str
    num_users: int
    true: float
    shuffled: float
    p: float
    is_significant: bool
    num_changed: int


def save_order(folder: RunFolder, order: OrderRecord) -> None:
    save_checked(folder.path / FILE, order)


def load_order(folder: RunFolder, record: RunRecord) -> OrderRecord | None:
    """None if it was not measured with these weights."""
    stored = load_checked(folder.path / FILE, OrderRecord)
    return stored if stored is not None and stored.weights_sha256 == record.weights_sha256 else None
