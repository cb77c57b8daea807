"""Load test of the app: `python -m benchmarks.sessions WORKSPACE RUN [--sessions 25] [--reruns 10] [--think 1.0]`.

Speaks Streamlit's protocol over its WebSocket, so no browsers are needed. Each visitor opens Recommend for the run and
then toggles "Hide seen items" repeatedly, with pauses from an exponential distribution.
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

from benchmarks.pages import percentiles, serve
from benchmarks.record import provenance
from recsys.data.files import write_json

RESULTS = Path(__file__).parent / "results"


class Visitor:
    """One session: its socket, page script, toggle and number of exceptions."""

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
    results = await asyncio.gather(*visits, return_exceptions=True)
    completed = [visit_result for visit_result in results if isinstance(visit_result, dict)]
    return {
        "sessions": sessions,
        "failed": len(results) - len(completed),
        "exceptions": sum(visit_result["errors"] for visit_result in completed),
        "first": percentiles([visit_result["first"] for visit_result in completed]),
        "rerun": percentiles([value for visit_result in completed for value in visit_result["times"]]),
        "alone": alone,
        "megabytes_per_session": round((held - before) / sessions / 1e6, 2),
    }


async def visit_alone(address: str, run: str) -> float:
    """Warm up the server, then time a single visitor."""
    gate = asyncio.Barrier(1)
    await visit(address, run, 0, 2, 0.1, gate)
    return round(min((await visit(address, run, 0, 5, 0.1, gate))["times"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("workspace")
    parser.add_argument("run")
    parser.add_argument("--sessions", type=int, default=25)
    parser.add_argument("--reruns", type=int, default=10)
    parser.add_argument("--think", type=float, default=1.0)
    options = parser.parse_args()
    result = provenance(f"python -m benchmarks.sessions WORKSPACE RUN --sessions {options.sessions}", 0)
    process, address = serve(options.workspace)
    try:
        server = psutil.Process(process.pid)
        result |= asyncio.run(crowd(address, options.run, options.sessions, options.reruns, options.think, server))
    finally:
        process.kill()
    print(result)
    write_json(RESULTS / "sessions.json", result)


if __name__ == "__main__":
    main()
