"""How things stand: ``/status /models /conversations``."""

from __future__ import annotations

from kimi_magic.amounts import counted, size
from kimi_magic.api.catalog import AS_OF, Model
from kimi_magic.conversation import Conversation
from kimi_magic.errors import UsageError
from kimi_magic.report import code, line, number, table
from kimi_magic.session import Session
from kimi_magic.settings import find_key, shown_address


def status(session: Session, _: str) -> str:
    """Tell which service, key, model and conversations there are."""
    settings = session.settings
    rows = [
        ("address", f"`{shown_address(settings.base_url)}`"),
        ("key", _key_state(session)),
        ("model", f"`{settings.model}`"),
        ("notebook", code(session.notebook.path) if session.notebook.path else "unknown"),
        ("store", _store(session)),
    ]
    rows += [(f"conversation {line(c.name)}", _summary(c, settings.model)) for c in session.conversations]
    return table(("", "what is set"), rows)


def _store(session: Session) -> str:
    if session.store is None:
        return "none: conversations end with the kernel"
    return f"`{session.store.path}` ({size(session.store.size)}, all notebooks)"


def _key_state(session: Session) -> str:
    try:
        find_key(session.settings.base_url, session.key)
        return "found"
    except UsageError:
        return "**missing**: set `MOONSHOT_API_KEY`, or run `%kimi /login`; `%kimi /demo` works without one"


def _summary(conversation: Conversation, model: str) -> str:
    said = len(conversation.above())
    return f"{counted(said, 'turn')}, `{conversation.model or model}`"


def models(session: Session, _: str) -> str:
    """List the models of the service."""
    listed = session.client.load_models()
    rows = [(code(m.id), number(m.context_length), _sees(m), _thinks(m), _price(session, m.id)) for m in listed]
    head = ("model", "context, tokens", "sees", "thinks", "$ per million: in (cached) / out")
    return f"{table(head, rows)}\n\nPrices as of {AS_OF}."


def _sees(model: Model) -> str:
    kinds = [name for name, can in (("pictures", model.image_in), ("video", model.video_in)) if can]
    return ", ".join(kinds) if kinds else ("unknown" if model.image_in is None else "text only")


def _thinks(model: Model) -> str:
    words = {"only": "always", "both": "on or off", "no": "no", None: "unknown"}[model.thinking]
    return words + (f" ({', '.join(model.efforts)})" if model.efforts else "")


def _price(session: Session, model: str) -> str:
    price = session.price(model)
    return f"{price.input:.2f} ({price.cached:.2f}) / {price.output:.2f}" if price else "unknown"
