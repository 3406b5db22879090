"""The panel's real front end in a real browser, over real HTTP; the kernel's half of the talk is a script in the page."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import jupyterlab  # type: ignore[import-untyped]  # it comes without types
from playwright.sync_api import Locator, Page

import kimi_magic
from kimi_magic.api.catalog import Model
from kimi_magic.panel.choices import meter_text, ways_to_think

STATIC = Path(kimi_magic.__file__).parent / "panel" / "static"
THEMES = Path(jupyterlab.__file__).parent / "themes" / "@jupyterlab"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Panel</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/THEME-theme.css"><link rel="stylesheet" href="/panel.css">
<style>body { margin: 8px; background: var(--jp-layout-color1, Canvas); }</style>
<script>if ("THEME" !== "none") document.documentElement.dataset.jpThemeLight = "THEME" === "light";</script>
<body><main class="jp-Cell" data-windowed-list-index="4"><div class="jp-OutputArea">
<div class="jp-OutputArea-child"><div id="view"></div></div>
<div class="jp-OutputArea-child"><div class="kimi-transcript">As it was said</div></div>
</div></main>
<script type="module">
import panel from "/panel.js";

/** The model as anywidget hands it to a view; what is sent is kept for the test, and taken in unless the kernel is busy. */
const traits = {}, calls = new Map();
const bytes = (buffer) => buffer.byteLength > 9 ? buffer.byteLength : [...new Uint8Array(buffer)];
const model = {
  get: (name) => traits[name],
  set: (name, value) => { traits[name] = value; },
  save_changes: () => {},
  on: (event, call) => calls.set(event, [...(calls.get(event) ?? []), call]),
  off: (event, call) => calls.set(event, (calls.get(event) ?? []).filter((one) => one !== call)),
  send: (message, callbacks, buffers = []) => {
    if (kernel.gone) throw new Error("Cannot send");
    sent.push({ ...message, bytes: buffers.map(bytes) });
    if (kernel.hears) kernel.put({ ack: { view: message.view, n: message.n } });
  },
  widget_manager: {
    context: { model: { sharedModel: { cells: [], insertCell: (at, cell) => inserted.push([at, cell.source]) } } },
    rendermime: { latexTypesetter: { typeset: (element) => typeset.push(element.textContent) } },
  },
};
window.sent = [];
window.inserted = [];
window.typeset = [];
window.shortcuts = [];
document.addEventListener("keydown", (event) => {
  if (!event.target.closest("[data-lm-suppress-shortcuts]")) shortcuts.push(event.key);
}, true);
document.addEventListener("keydown", (event) => shortcuts.push(`bubbled ${event.key}`));
window.kernel = {
  hears: true,
  put(values) {
    Object.assign(traits, values);
    for (const name of [...Object.keys(values).map((name) => `change:${name}`), "change"]) {
      for (const call of calls.get(name) ?? []) call();
    }
  },
  open: (el) => panel.render({ model, el }),
  listeners: () => [...calls.values()].flat().length,
};
Object.assign(traits, TRAITS);
window.close_view = kernel.open(document.querySelector("#view"));
</script>"""

Json = Mapping[str, Any]

THINKING = Model("kimi-k3", thinking="both", efforts=("low", "high"))
ABOUT: Json = {
    "conversation": "main",
    "conversations": [{"name": "main", "turns": 5}, {"name": "plots", "turns": 0}],
    "models": [
        {"id": "kimi-k3", "sees": "text, images", "ways": ways_to_think(THINKING)},
        {"id": "kimi-text", "sees": "text", "ways": []},
    ],
    "model": "kimi-k3",
    "way": ways_to_think(THINKING)[0][0],
    "commands": [
        {"name": "/help", "argument": "", "help": "this list, and the options"},
        {"name": "/history", "argument": "[NAME] [N]", "help": "the turns of a conversation"},
        {"name": "/export", "argument": "FILE [NAME]", "help": "write a conversation"},
    ],
    "names": [],
}
EMPTY: Json = {
    "about": ABOUT,
    "meter": {"used": 0, "context": 262_144, "text": meter_text(0, 262_144, 0, 0)},
    "turns": [],
    "earlier": 0,
    "live": None,
    "grown": "",
    "calls": "",
    "consent": None,
    "queue": [],
    "reports": [],
    "chips": [],
    "completions": {"n": 0, "items": [], "from": 0},
    "ack": {"view": "", "n": 0},
}


def turn(number: int, **facts: Any) -> dict[str, Any]:
    """Return a complete turn with the id ``t<number>``; ``facts`` say what is different."""
    plain = {
        "id": f"t{number}",
        "number": number,
        "prompt": f"Question {number}?",
        "command": "",
        "html": f"<p>Answer {number}.</p>\n",
        "text": f"Answer {number}.",
        "thinking": "",
        "thought": "",
        "status": "kimi-k3 · 3.2 s · 120 tokens in, 85 out · $0.0004",
        "state": "complete",
        "mark": "",
        "error": "",
        "attachments": [],
        "pinned": False,
        "absent": False,
        "branch": None,
        "badges": [],
        "code": [],
        "calls": "",
    }
    return plain | facts


class Front:
    """A panel in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.locator(".kimi-panel").first
        self.input = self.panel.get_by_role("textbox", name="Question", exact=True)

    def put(self, **traits: Any) -> None:
        """Let the kernel set ``traits``, and wait until they are drawn."""
        self.page.evaluate("traits => kernel.put(traits)", traits)
        self.settle()

    def settle(self) -> None:
        """Wait for two frames."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")

    def sent(self, *acts: str) -> list[dict[str, Any]]:
        """Return the messages sent, without view and number; with ``acts`` only those that do one of them."""
        messages: list[dict[str, Any]] = self.page.evaluate("sent")
        kept = [message for message in messages if not acts or message["do"] in acts]
        return [{name: value for name, value in one.items() if name not in {"view", "n"} and value != []} for one in kept]

    def turn(self, number: int) -> Locator:
        """Return the turn with this number."""
        return self.panel.get_by_role("article", name=f"Turn {number}", exact=True)

    def button(self, name: str, within: Locator | None = None) -> Locator:
        """Return the button called ``name``."""
        return (within or self.panel).get_by_role("button", name=name, exact=True)


class Pages:
    """A server of pages with a panel, in JupyterLab's own themes "light" and "dark" or in "none"."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"

    def open(self, page: Page, theme: str = "light", **traits: Any) -> Front:
        """Open a page whose panel begins with ``traits``, and else with an empty conversation."""
        _Handler.traits = json.dumps({**EMPTY, **traits}).replace("<", "\\u003c")
        page.goto(f"http://{self.host}/{theme}")
        page.wait_for_function("Boolean(window.close_view)")
        front = Front(page)
        front.settle()
        return front


class _Handler(BaseHTTPRequestHandler):
    """Serves the page of a theme, the theme's variables, and the panel's two files as they are in the wheel."""

    traits: ClassVar = ""

    def do_GET(self) -> None:
        kind, text = _content(self.path.strip("/"), self.traits)
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
        """Say nothing."""


def _content(path: str, traits: str) -> tuple[str, str]:
    """Return kind and text of what stands at ``path``."""
    if path == "panel.js":
        return "text/javascript", (STATIC / path).read_text()
    if path == "panel.css":
        return "text/css", (STATIC / path).read_text()
    if path.endswith("theme.css"):
        return "text/css", _theme(path.removesuffix("-theme.css"))
    return "text/html", PAGE.replace("THEME", path).replace("TRAITS", traits)


def _theme(name: str) -> str:
    """Return the variables of JupyterLab's own theme; none for "none"."""
    if name == "none":
        return ""
    css = (THEMES / f"theme-{name}-extension" / "index.css").read_text()
    return "\n".join(re.findall(r":root\{[^}]*\}", css))


@contextmanager
def serving() -> Iterator[Pages]:
    """Yield a running server of pages."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Pages(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
