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

ORDER = """
import pydantic
class Order(pydantic.BaseModel):
    customer: str
    item: str
    count: int
    price: float
def add(a: int, b: int) -> int:
    return a + b
"""
_TYPED = (
    ORDER
    + """
orders = pydantic.TypeAdapter(dict[str, list[Order]])
def ask_orders(prompt):
    return orders.validate_json(ask(prompt))["result"]
"""
)
_CALLING = (
    ORDER
    + f"""
import json
tools = [{{"type": "function", "function": {{"name": "add", "parameters": pydantic.TypeAdapter(add).json_schema()}}}}]
def ask_calling(prompt):
    messages = [{{"role": "user", "content": prompt}}]
    while True:
        text, calls = "", {{}}
        for chunk in client.chat.completions.create(model="{MODEL}", messages=messages, tools=tools, stream=True):
            delta = chunk.choices[0].delta
            text += delta.content or ""
            for call in delta.tool_calls or ():
                known = calls.setdefault(call.index, {{"id": call.id, "name": call.function.name, "arguments": ""}})
                known["arguments"] += call.function.arguments or ""
        if not calls:
            return text
        said = [{{"id": c["id"], "type": "function", "function": c}} for c in calls.values()]
        messages.append({{"role": "assistant", "content": text, "tool_calls": said}})
        for call in calls.values():
            result = add(**json.loads(call["arguments"]))
            messages.append({{"role": "tool", "tool_call_id": call["id"], "content": str(result)}})
"""
)


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

_PARSED = "json.dumps({{'result': [one.model_dump() for one in {}]}})"
RAW_TYPED = Peer(
    "raw httpx and pydantic, no display",
    RAW.load,
    RAW.ready + _TYPED,
    "answer = ask_orders({prompt!r})",
    _PARSED.format("answer"),
    shows=False,
)
KIMI_TYPED = Peer(
    "kimi_magic --schema", KIMI.load, ORDER, "%%kimi --schema list[Order]\n{prompt}", _PARSED.format("_kimi.parsed")
)
OPENAI_CALLING = Peer(
    "openai, a loop over calls", OPENAI.load, OPENAI.ready + _CALLING, "answer = ask_calling({prompt!r})", shows=False
)
KIMI_CALLING = Peer("kimi_magic -t -y", KIMI.load, ORDER, "%%kimi -t add -y\n{prompt}", "_kimi.text")
