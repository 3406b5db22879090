"""The programs that are measured, as the cells that a user would write."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.plan import MODEL, Plan

_HTTPX = f"""
import json, os
import httpx
http = httpx.Client(base_url=os.environ["MOONSHOT_BASE_URL"], headers={{"Authorization": "Bearer key"}}, timeout=60)
def body(prompt):
    return {{"model": "{MODEL}", "stream": True, "messages": [{{"role": "user", "content": prompt}}]}}
"""

_RAW = """
def ask(prompt):
    pieces = []
    with http.stream("POST", "chat/completions", json=body(prompt)) as response:
        for line in response.iter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                choices = json.loads(line[6:])["choices"]
                pieces.append(choices[0]["delta"].get("content") or "")
                if pieces[-1] and not came[-1:]:
                    came.append(time.monotonic())
    return "".join(pieces)
"""

_SSE = """
import httpx_sse
def ask(prompt):
    pieces = []
    with httpx_sse.connect_sse(http, "POST", "chat/completions", json=body(prompt)) as source:
        for event in source.iter_sse():
            if event.data != "[DONE]":
                choices = json.loads(event.data)["choices"]
                pieces.append(choices[0]["delta"].get("content") or "")
    return "".join(pieces)
"""

_OPENAI = f"""
import os, time
from openai import OpenAI
from IPython.display import Markdown, display
client = OpenAI(base_url=os.environ["MOONSHOT_BASE_URL"], api_key="key")
def ask(prompt):
    handle, text, last = display(Markdown(""), display_id=True), "", 0.0
    messages = [{{"role": "user", "content": prompt}}]
    for chunk in client.chat.completions.create(model="{MODEL}", messages=messages, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            text += chunk.choices[0].delta.content
            if time.monotonic() - last >= PAUSE:
                handle.update(Markdown(text))
                last = time.monotonic()
    handle.update(Markdown(text))
    return text
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to ask: the cell that brings it into the kernel (``load``), one that makes it ready, and how to ask.

    ``answer`` is the expression that has the text afterwards.
    """

    name: str
    load: str
    ready: str = ""
    question: str = "answer = ask({prompt!r})"
    answer: str = "answer"
    shows: bool = True

    def ask(self, plan: Plan) -> str:
        """Return the cell that asks for ``plan``."""
        return self.question.format(prompt=plan.prompt)


KIMI = Peer("kimi_magic", "%load_ext kimi_magic", question="%%kimi\n{prompt}", answer="_kimi.text")
RAW = Peer("raw httpx, no display", "import httpx", _HTTPX + "import time\ncame = []" + _RAW, shows=False)
SSE = Peer("httpx-sse, no display", "import httpx, httpx_sse", _HTTPX + _SSE, shows=False)
OPENAI = Peer("openai, 20 redraws a second", "import openai", "PAUSE = 0.05" + _OPENAI)
EACH = Peer("openai, a redraw for each piece", "import openai", "PAUSE = 0.0" + _OPENAI)
