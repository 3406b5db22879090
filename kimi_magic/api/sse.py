"""Server-sent events: bytes in, the data of each event out. Pure.

Only the three line ends of the standard count: a decoder that also splits at U+2028 cuts JSON in two.
"""

from __future__ import annotations


class Decoder:
    r"""Takes the bytes of a stream as they come, cut anywhere.

    >>> decoder = Decoder()
    >>> decoder.feed(b'data: {"a"'), decoder.feed(b': 1}\n\n: hello\n\ndata: [DO'), decoder.feed(b"NE]\r\n\r\n")
    ([], ['{"a": 1}'], ['[DONE]'])
    """

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._data: list[bytes] = []
        self._ended_in_return = False

    def feed(self, chunk: bytes) -> list[str]:
        """Return the data of the events that ``chunk`` completes; those without any are left out."""
        if self._ended_in_return and chunk[:1] == b"\n":  # the second half of \r\n
            chunk = chunk[1:]
        self._ended_in_return = chunk[-1:] == b"\r"
        if b"\n" not in chunk and b"\r" not in chunk:
            self._rest.append(chunk)
            return []
        lines = b"".join((*self._rest, chunk)).splitlines(keepends=True)
        self._rest = [lines.pop()] if lines[-1][-1:] not in b"\r\n" else []
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" ").rstrip(b"\r\n"))
            elif self._data and line in (b"\n", b"\r\n", b"\r"):
                if data := b"\n".join(self._data):
                    events.append(data.decode("utf-8", "replace"))
                self._data = []
        return events
