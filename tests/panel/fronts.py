"""Turns, chips and reports as the kernel hands them to the panel's front end."""

from __future__ import annotations

from kimi_magic.render.blocks import to_html
from kimi_magic.render.rounds import call_html
from tests.panel.harness import turn
from tests.render.hostile import EVIL
from tests.render.turns import CODE as CALL
from tests.render.turns import SOURCE

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
THUMB = f"data:image/png;base64,{DOT}"
CODE = 'x = 1\nprint("<x>")\n'
RICH = f"One.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\n{CODE}```\n\nWith $x^2$.\n"
FRAME = {"name": "sales", "kind": "frame", "note": "3 × 2", "thumb": "", "warning": ""}
FIGURE = {"name": "fig", "kind": "figure", "note": "", "thumb": THUMB, "warning": "Only its size was sent."}
LIVE = {"id": "t1", "html": "", "thinking": "", "thought": "", "status": "", "phase": "waiting"}
EVERYTHING = [
    turn(
        1, html=to_html(RICH), thinking="Hm.", thought="Thought for 3 s", attachments=[FRAME, FIGURE], badges=["From a cell"]
    ),
    turn(
        2,
        html=to_html("# Title\n\n- one\n\n> quoted"),
        branch=[2, 3],
        pinned=True,
        badges=["Pinned", "Asked before a change above"],
    ),
    turn(3, state="interrupted", mark="Interrupted: the answer stops here."),
    turn(4, html="", text="", state="failed", error="The service is overloaded."),
    turn(5, absent=True, badges=["Not in the notebook's file: not sent"]),
]
REPORTS = [{"id": "r1", "after": "t5", "kind": "report", "html": to_html("| a |\n|---|\n| 1 |")}]
BROKEN = [
    f'<img src="{EVIL}.png"><img src="data:image/svg+xml;base64,PHN2Zy8+"><img src="{THUMB}" srcset="{EVIL} 2x">',
    f'<p style="color:red;background-image:url({EVIL});position:fixed;inset:0" class="jp-Dialog" id="main">x</p>',
    f'<p style="color:red;--x:url({EVIL});background-color:image-set(&quot;{EVIL}&quot; 1x)">x</p>',
    f'<a href=" javascript:pwned=1" ping="{EVIL}" onclick="pwned=1">x</a><a href="http://example.org" ping="{EVIL}">y</a>',
    f'<table background="{EVIL}"><tr><td onmouseover="pwned=1">x</td></tr></table><input autofocus onfocus="pwned=1">',
    '<a title="><img src=x onerror=pwned=1>" href="https://example.org">x</a><p><b>"<i>\'</p>',
]
"""HTML that only a broken kernel would hand over."""
CONSENT = {
    "id": "secret",
    "name": "run_python",
    "html": f'<div class="kimi-call mathjax_ignore tex2jax_ignore">{call_html(CALL)}</div>',
    "label": "code",
    "text": SOURCE,
    "always": True,
    "note": "",
}
MISFIT = {**CONSENT, "id": "again", "text": "1 + 1 = 2", "note": "These do not fit: <b>no</b>."}
"""A call that waits for the user, as the kernel hands it over, and once more after an edit that does not fit."""
CHIPS = [{"id": "c1", "share": "sample", **FRAME}, {"id": "c2", "share": "", **FIGURE}]
