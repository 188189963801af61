"""A page on disk as web archives keep it (WARC 1.1, ISO 28500), one file for each, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

from db.errors import NewsError
from db.instants import to_text


def fingerprint(body: bytes) -> str:
    """SHA-256 of the body, in hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def write_page(file: Path, url: str, body: bytes, *, media_type: str, at: datetime, software: str) -> None:
    """The page stands in the file; NewsError where it cannot be written, and then nothing is left of it.

    A `resource` record: the body as the reader has it, unpacked, without the server's headers.
    """
    from warcio.warcwriter import WARCWriter

    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as out:
            writer, when = WARCWriter(out, gzip=True, warc_version="1.1"), to_text(at)
            info = writer.create_warcinfo_record(file.name, {"software": software, "format": "WARC File Format 1.1"})
            headers = {"WARC-Date": when, "WARC-Payload-Digest": f"sha256:{fingerprint(body)}"}
            kind = media_type or "application/octet-stream"
            record = writer.create_warc_record(
                url,
                "resource",
                payload=BytesIO(body),
                length=len(body),
                warc_content_type=kind,
                warc_headers_dict=headers,
            )
            writer.write_record(info)
            writer.write_record(record)
            out.flush()
            os.fsync(out.fileno())
        os.replace(unfinished, file)
    except OSError as error:
        raise NewsError(f"cannot keep a page in {file.parent}") from error
    finally:
        Path(unfinished).unlink(missing_ok=True)


def read_page(file: Path) -> bytes:
    """The body of the page in the file; NewsError where there is none that can be read."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type == "resource":
                    body = bytes(record.content_stream().read())
                    if len(body) == int(record.rec_headers.get_header("Content-Length") or -1):
                        return body
    except (OSError, ArchiveLoadFailed, ValueError, EOFError) as error:
        raise NewsError(f"{file} cannot be read") from error
    raise NewsError(f"{file} holds no whole page")
