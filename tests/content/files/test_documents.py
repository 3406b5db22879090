"""PDF and office files."""

from __future__ import annotations

import pytest

from kimi_magic.content.files import from_file
from kimi_magic.messages import Upload
from tests.content.files import samples
from tests.content.files.conftest import Write

OPEN = "application/vnd.oasis.opendocument."


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (samples.PDF, "PDF"),
        (samples.RTF, "RTF"),
        (samples.office("word"), "DOCX"),
        (samples.office("xl"), "XLSX"),
        (samples.office("ppt"), "PPTX"),
        (samples.open_document(OPEN + "text"), "ODT"),
        (samples.open_document(OPEN + "spreadsheet"), "ODS"),
        (samples.open_document(OPEN + "presentation"), "ODP"),
        (samples.open_document("application/epub+zip"), "EPUB"),
        (samples.ole("WordDocument"), "DOC"),
        (samples.ole("Workbook"), "XLS"),
        (samples.ole("PowerPoint Document"), "PPT"),
    ],
)
def test_a_document_is_uploaded_under_its_true_format(write: Write, data: bytes, form: str) -> None:
    """The service goes by the name's suffix, so it is that of what the file holds."""
    attachment = from_file(write("Q1: süß.txt", data))
    assert attachment.kind == "document"
    assert attachment.parts == (Upload(data, f"Q1_ süß.{form.lower()}", "file-extract"),)
    assert attachment.note.endswith(f" B {form}")
