"""Progress of a command on stderr, and how it is stopped."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from typing import Any


def stop_signal() -> Callable[[], bool]:
    """Catch Ctrl-C and SIGTERM from now on; the returned function says whether one arrived."""
    caught: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: caught.append(number))
    return lambda: bool(caught)


def progress_printer() -> Callable[[Any], None]:
    """Callback that prints one line per epoch, and progress within the epoch, to stderr."""
    last_line = [0.0]

    def print_event(event: Any) -> None:
        if hasattr(event, "tower"):
            if event.epoch == event.epochs:
                print(f"{event.tower} read, {event.epochs} passes: loss {event.loss:.4f}", file=sys.stderr)
            return
        if hasattr(event, "share"):
            if time.monotonic() - last_line[0] > 0.5 and sys.stderr.isatty():
                last_line[0] = time.monotonic()
                print(f"\repoch {event.epoch}: {event.share:4.0%}  loss {event.loss:.4f}", end="", file=sys.stderr)
            return
        ndcg = "" if event.ndcg is None else f"  validation NDCG@10 {event.ndcg:.4f}{' *' if event.is_best else ''}"
        accuracy = "" if event.accuracy is None else f"  accuracy {event.accuracy:.3f}"
        spent = "" if event.epsilon is None else f"  ε {event.epsilon:.2f} (δ {event.delta:g})"
        print(
            f"\repoch {event.epoch}: loss {event.loss:.4f}{ndcg}{accuracy}{spent}  {event.seconds:.1f} s",
            file=sys.stderr,
        )

    return print_event


def print_user_count(done: int, total: int) -> None:
    """Progress line on stderr; without a terminal only the final count is printed."""
    if done == total or sys.stderr.isatty():
        print(f"\r{done:,} of {total:,} users", end="\n" if done == total else "", file=sys.stderr, flush=True)


def print_share(share: float, doing: str) -> None:
    """Progress line on stderr; nothing is printed without a terminal."""
    if sys.stderr.isatty():
        print(f"\r{share:4.0%}  {doing:40}", end="\n" if share == 1 else "", file=sys.stderr, flush=True)
