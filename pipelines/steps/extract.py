"""Bytes to text: decode, and take the main text out of HTML."""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import ClassVar, Literal

import pyarrow as pa

from pipelines.steps.columns import quarantined, rejected, with_column
from pipelines.text.charset import Undecodable, decode
from pipelines.text.extract import HtmlLimits, HtmlTooLarge, resiliparse_text, trafilatura_text
from schemas import Field

_EXTRACTORS: dict[str, Callable[[str, HtmlLimits], str]] = {
    "resiliparse": resiliparse_text,
    "trafilatura": trafilatura_text,
}


@dataclass(frozen=True)
class Extract:
    """`content` becomes `text`; rows that have a text already pass.

    Quarantines what cannot be decoded and pages over the limits; rejects pages without a main text
    (`no_main_text`).
    """

    extractor: Literal["resiliparse", "trafilatura"] = "resiliparse"
    """resiliparse as Dolma 3 and DCLM; trafilatura with FineWeb's settings, 12 times slower (benchmarks/RESULTS.md)."""
    limits: HtmlLimits = HtmlLimits()

    adds: ClassVar[tuple[Field, ...]] = ()

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """One pass over the rows that have content."""
        texts: list[str | None] = []
        faults: list[str | None] = []
        details: list[str | None] = []
        for content, content_type, text in zip(
            batch.column("content"), batch.column("content_type"), batch.column("text"), strict=True
        ):
            found, fault, detail = text.as_py(), None, None
            if content.is_valid:
                found, fault, detail = self._text_or_fault(content.as_py(), content_type.as_py())
            texts.append(found)
            faults.append(fault)
            details.append(detail)
        batch = with_column(batch, "text", pa.array(texts, pa.string()))
        batch = with_column(batch, "content", pa.nulls(batch.num_rows, pa.binary()))
        empty = ["no_main_text" if text is not None and not text.strip() else None for text in texts]
        batch = quarantined(batch, pa.array(faults, pa.string()), pa.array(details, pa.string()))
        return rejected(batch, pa.array(empty, pa.string()))

    def _text_or_fault(self, content: bytes, content_type: str | None) -> tuple[str | None, str | None, str | None]:
        media_type, charset = media_type_and_charset(content_type)
        html = "html" in media_type
        try:
            decoded = decode(content, charset, html=html)
            return (_EXTRACTORS[self.extractor](decoded, self.limits) if html else decoded), None, None
        except (Undecodable, HtmlTooLarge) as fault:
            return None, fault.reason, str(fault)


def media_type_and_charset(content_type: str | None) -> tuple[str, str | None]:
    """`("text/html", "utf-8")` of `text/html; charset=utf-8`; a missing type is plain text."""
    header = Message()
    header["Content-Type"] = (content_type or "text/plain").replace("\n", " ").replace("\r", " ")
    charset = header.get_param("charset")
    return header.get_content_type(), charset if isinstance(charset, str) else None
