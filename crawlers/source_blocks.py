"""A new block in sources.yaml. People edit that file, so nothing else in it is touched: no comment, no order."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import yaml

from crawlers.sources import SourceFile, load_sources
from crawlers.urls import canonical_url, host_of
from db.errors import NewsError, SourceError

_LIST = re.compile(r"sources:[ \t]*(?:#.*)?")
_EMPTY_LIST = re.compile(r"sources:[ \t]*\[[ \t]*\][ \t]*(#.*)?")
_LIST_ANYWHERE = re.compile(r"^[^#\n]*\bsources['\"]?\s*:", re.MULTILINE)
_AFTER = re.compile(r"[^\s#-]|---|\.\.\.")  # the next key, or the end of the document
_WIDTH = 110


def add_block(path: Path, block: Mapping[str, object], comment: str) -> None:
    """The block stands at the end of the file's sources; SourceError, and the file as it was, when that cannot be."""
    add_blocks(path, ((block, comment),))


def add_blocks(path: Path, blocks: Sequence[tuple[Mapping[str, object], str]]) -> None:
    """The blocks, each below its comment, stand at the end of the file's sources, or none of them does: SourceError."""
    path = path.resolve()
    before, text = load_sources(path), path.read_bytes()
    changed = text.decode("utf-8")
    for block, comment in blocks:
        changed = with_block(changed, block, comment)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    trial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(changed.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        _check(trial, before, [block["id"] for block, _ in blocks])
        if path.read_bytes() != text:
            raise SourceError(f"{path} was changed by somebody else just now; nothing was written, try again")
        shutil.copymode(path, trial)
        os.replace(trial, path)
    except OSError as error:
        raise SourceError(f"cannot write {path}") from error
    finally:
        trial.unlink(missing_ok=True)


def with_block(text: str, block: Mapping[str, object], comment: str) -> str:
    """The text of the file with the block at the end of its list of sources."""
    ending = "\r" if "\r\n" in text else ""
    lines = text.removesuffix("\n").split("\n")
    start = next((number for number, line in enumerate(lines) if _is_list(line)), None)
    if start is None and not _LIST_ANYWHERE.search(text):  # all its sources are included ones
        lines += [ending, f"sources:{ending}"]
        start = len(lines) - 1
    if start is None:
        raise SourceError("the file has no list `sources:` with blocks below it; add the block by hand")
    if empty := _EMPTY_LIST.fullmatch(lines[start].rstrip()):
        lines[start] = f"sources:  {empty[1] or ''}".rstrip() + ending
    end = next((number for number in range(start + 1, len(lines)) if _AFTER.match(lines[number])), len(lines))
    while end > start + 1 and re.fullmatch(r"\s*|#.*", lines[end - 1]):
        end -= 1
    indent = next((found[1] for line in lines[start + 1 : end] if (found := re.match(r"([ ]*)- ", line))), "  ")
    added = [f"{indent}{line}".rstrip() + ending for line in _block_lines(block, comment)]
    blank = [ending] if end > start + 1 else []
    return "\n".join([*lines[:end], *blank, *added, *lines[end:]]) + "\n"


def check_is_new(loaded: SourceFile, url: str, options: Mapping[str, object] | None = None) -> None:
    """Returns when no source of the file is read at this address in this way; NewsError says which one is."""
    for source in loaded.sources:
        for rung in source.rungs:
            same = _compared(rung.url) == _compared(url)
            if same and rung.options.get("link_pattern") == (options or rung.options).get("link_pattern"):
                raise NewsError(f"{url} is read already: it belongs to the source {source.id} ({source.name})")


def _compared(url: str) -> str:
    return canonical_url(url).replace("://www.", "://", 1)


def free_id(url: str, taken: Collection[str], *, within: str = "") -> str:
    """An id that no other source has, made of the host and of whose page `within` it this is."""
    words = f"{within} {host_of(url).removeprefix('www.')}"
    base = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:55].rstrip("-") or "source"
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)


def sub_region_of(loaded: SourceFile, country: str) -> str | None:
    """The first sub-region of the file that has this country; None when no one has."""
    return next((region.id for region in loaded.regions() if country in region.countries), None)


def _is_list(line: str) -> bool:
    return bool(_LIST.fullmatch(line.rstrip()) or _EMPTY_LIST.fullmatch(line.rstrip()))


def _block_lines(block: Mapping[str, object], comment: str) -> list[str]:
    told = {key: value for key, value in block.items() if value not in ("", {}, [], None)}
    dumped = yaml.safe_dump([told], sort_keys=False, allow_unicode=True, width=_WIDTH, indent=2)
    return [f"# {' '.join(comment.split())}", *dumped.splitlines()]


def _check(trial: Path, before: SourceFile, added: Sequence[object]) -> None:
    """The changed file has what it had and the new sources, and nothing else."""
    after, known = load_sources(trial).sources, len(before.sources)
    if after[:known] != before.sources or [source.id for source in after[known:]] != list(added):
        raise SourceError("the block cannot be added without changing others; add it by hand")
