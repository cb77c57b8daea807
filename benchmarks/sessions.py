"""Many visitors at once: `python -m benchmarks.sessions WORKSPACE RUN [--sessions 25] [--reruns 10] [--think 1.0]`.

Speaks Streamlit's own messages over its WebSocket, so that a visitor costs no browser: each opens Recommend for the run
and then switches "Hide seen items" again and again, with pauses drawn from an exponential distribution.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from pathlib import Path
from typing import Any

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.pages import serve, told
from benchmarks.record import provenance
from recsys.data.files import write_json

RESULTS = Path(__file__).parent / "results"


class Visitor:
    """One session and what it was told."""

    def __init__(self, socket: Any, run: str) -> None:
        self.socket, self.query, self.toggle, self.errors, self.script = socket, f"run={run}", "", 0, ""

    async def rerun(self, hide: bool | None = None) -> float:
        """Milliseconds from the request until the script has ended."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = "recommend"
        message.rerun_script.page_script_hash = self.script
        if hide is not None:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.bool_value = self.toggle, hide
        began = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await asyncio.wait_for(self.socket.recv(), 120))
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                self.script = answer.navigation.page_script_hash
            if kind == "delta":
                element = answer.delta.new_element
                if element.WhichOneof("type") == "checkbox" and element.checkbox.label == "Hide seen items":
                    self.toggle = element.checkbox.id
                self.errors += element.WhichOneof("type") == "exception"
            if kind == "script_finished":
                return 1000 * (time.perf_counter() - began)


async def visit(
    address: str, run: str, seed: int, reruns: int, think: float, opened: asyncio.Barrier
) -> dict[str, Any]:
    rng = random.Random(seed)
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    async with websockets.connect(url, subprotocols=["streamlit"], max_size=None, origin=address) as socket:  # type: ignore[arg-type, list-item]
        visitor = Visitor(socket, run)
        first = await visitor.rerun()
        await opened.wait()
        await opened.wait()
        times = []
        for turn in range(reruns):
            await asyncio.sleep(rng.expovariate(1 / think))
            times.append(await visitor.rerun(hide=turn % 2 == 0))
        assert visitor.toggle, "the page did not show its toggle"
        return {"first": first, "times": times, "errors": visitor.errors}


async def crowd(
    address: str, run: str, sessions: int, reruns: int, think: float, server: psutil.Process
) -> dict[str, Any]:
    opened = asyncio.Barrier(sessions + 1)
    alone = await visit_alone(address, run)
    before = server.memory_info().rss
    visits = [asyncio.create_task(visit(address, run, seed, reruns, think, opened)) for seed in range(sessions)]
    await opened.wait()
    held = server.memory_info().rss
    await opened.wait()
    done = await asyncio.gather(*visits, return_exceptions=True)
    whole = [one for one in done if isinstance(one, dict)]
    return {
        "sessions": sessions,
        "failed": len(done) - len(whole),
        "exceptions": sum(one["errors"] for one in whole),
        "first": told([one["first"] for one in whole]),
        "rerun": told([value for one in whole for value in one["times"]]),
        "alone": alone,
        "megabytes_per_session": round((held - before) / sessions / 1e6, 2),
    }


async def visit_alone(address: str, run: str) -> float:
    """Warms the server, and the time of one visitor who has it for himself."""
    gate = asyncio.Barrier(1)
    await visit(address, run, 0, 2, 0.1, gate)
    return round(min((await visit(address, run, 0, 5, 0.1, gate))["times"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace")
    parser.add_argument("run")
    parser.add_argument("--sessions", type=int, default=25)
    parser.add_argument("--reruns", type=int, default=10)
    parser.add_argument("--think", type=float, default=1.0)
    options = parser.parse_args()
    found = provenance(f"python -m benchmarks.sessions WORKSPACE RUN --sessions {options.sessions}", 0)
    process, address = serve(options.workspace)
    try:
        server = psutil.Process(process.pid)
        found |= asyncio.run(crowd(address, options.run, options.sessions, options.reruns, options.think, server))
    finally:
        process.kill()
    print(found)
    write_json(RESULTS / "sessions.json", found)


if __name__ == "__main__":
    main()
