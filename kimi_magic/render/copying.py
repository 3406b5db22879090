"""A block of code with a button that copies it, for where the next cell cannot be filled. Pure."""

from __future__ import annotations

from html import escape

from kimi_magic.render.page import PLAIN
from kimi_magic.render.printable import printable

_COPY = (
    "const code = this.nextElementSibling, done = () => { this.textContent = 'Copied'; },"
    " select = () => { getSelection().selectAllChildren(code); if (document.execCommand('copy')) done(); };"
    " navigator.clipboard ? navigator.clipboard.writeText(code.textContent).then(done, select) : select();"
)
"""What the button does. Nothing of the model's is in it: it reads the text of the element behind it.

`navigator.clipboard` is there only on a secure address; elsewhere the code is selected, and copied as a person would."""

_BUTTON = "display:none;all:revert;float:right;margin:.3em;cursor:pointer"
"""Where a notebook is not trusted, JupyterLab takes ``all`` away with ``onclick``: a button that would do nothing hides."""

_CODE = "background-color:var(--jp-cell-editor-background,#7f7f7f1a);margin:0 0 1em;padding:.5em .8em;overflow-x:auto"


def copyable(code: str) -> str:
    """Return ``code`` as HTML with a button that copies it.

    The code is text, between tags and nowhere else. A front end that takes the button or what it does away (an untrusted
    notebook, a page with a strict policy) still shows the code, which can be selected.
    """
    return (
        f'<div class="kimi-code {PLAIN}">'
        f'<button type="button" title="Copy the code" style="{_BUTTON}" onclick="{escape(_COPY)}">Copy</button>'
        f'<pre style="{_CODE}"><code style="background-color:inherit">{escape(printable(code))}</code></pre></div>'
    )
