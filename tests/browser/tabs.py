"""The app on a port of its own, and tabs of a browser that show it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

from recsys.services.train.pending_estimate import SWITCH

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """The app on a free port of 127.0.0.1, over a workspace of its own."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "RECSCOPE_HOME": str(home), SWITCH: "off"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                time.sleep(0.2)

    def kill(self) -> None:
        """As the kernel does when memory runs out: without a word."""
        self.process.kill()
        self.process.wait(10)


FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const icons = [...one.querySelectorAll("[data-testid=stIconMaterial]")].map((icon) => icon.innerText.trim());
  const lines = (one.innerText || one.ariaLabel || "").split("\\n").map((line) => line.trim());
  const says = lines.filter((line) => line && !icons.includes(line)).pop() || "";
  const fields = "input[role=combobox], input[type=text]";
  const border = (inside) => {  // of the box that a field is drawn in
    while (inside && getComputedStyle(inside).borderTopWidth === "0px") inside = inside.parentElement;
    return inside && getComputedStyle(inside).borderTopColor;
  };
  const others = [...document.querySelectorAll(fields)].filter((other) => other !== one);
  const stands_out = one.matches(fields) && others.length && others.every((other) => border(other) !== border(one));
  return {says, ring: stands_out ? "border" : style.outlineStyle + " " + style.boxShadow};
}"""
REST = """() => new Promise((done, fail) => {
  let timer;
  const end = (how, why) => { clearTimeout(timer); clearTimeout(limit); watch.disconnect(); how(why); };
  const limit = setTimeout(() => end(fail, "the page does not come to rest"), 60000);
  const running = () => document.querySelector("[data-testid=stStatusWidget]");
  const wait = () => { clearTimeout(timer); timer = setTimeout(() => running() ? wait() : end(done), 250); };
  const watch = new MutationObserver(wait);
  watch.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
  wait();
})"""  # resolves when no script runs and the document has not changed for a quarter of a second


class Watched:
    """A page whose console errors and requests to other hosts are written down."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.on("crash", lambda _: self.errors.append("the page crashed"))
        page.on("request", lambda r: self._request(r.url))

    def reach(self, text: str) -> None:
        """Tabs until what has the focus says this; it must show that it has it."""
        passed = []
        for _ in range(80):
            self.page.keyboard.press("Tab")
            passed.append(self.page.evaluate(FOCUSED))
            if passed[-1]["says"] == text:
                assert self._shows_focus(), f"{text} has the focus and does not show it"
                return
        raise AssertionError(f"{text!r} cannot be reached with Tab, only {[one['says'] for one in passed]}")

    def _shows_focus(self) -> bool:
        for _ in range(20):  # the border of a field fades in
            if self.page.evaluate(FOCUSED)["ring"] != "none none":
                return True
            self.page.wait_for_timeout(100)
        return False

    def _request(self, url: str) -> None:
        own = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        if not url.startswith(own):
            self.foreign.append(url)


def settled(watched: Watched) -> None:
    """Wait until the script has run and nothing moves."""
    watched.page.evaluate(REST)


class Tabs:
    """Opens tabs of one browser, whose cache keeps the app's scripts: loading them anew takes half of a page's time."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context

    def open(
        self, link: str, width: int = 1280, height: int = 1400, scheme: Literal["light", "dark"] = "light"
    ) -> Watched:
        page = self._context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        parts = urlsplit(link)
        watched = Watched(page, f"{parts.scheme}://{parts.netloc}")
        page.goto(link)
        return watched

    def close(self) -> None:
        """Close all tabs but the first and forget what the app left in the browser."""
        for page in self._context.pages[1:]:
            page.close()
        self._context.clear_cookies()
