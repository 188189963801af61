"""sources.yaml: what to poll. Every block is checked before anything runs; a wrong one is named with its key.

It knows nothing of network or database. Keys: `politeness`, `sub_regions`, `sources`, and `include`, which names
further files: a shipped list by its bare name, any other by its path. What the file itself says of an id wins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from msgspec import Meta, field

from crawlers.blocks import Block, BlockError, Check
from crawlers.kinds import KINDS, kind_module
from crawlers.urls import canonical_url, host_of
from db.errors import SourceError
from db.records import SourceRole, SourceRow, SubRegion

SHIPPED_LISTS = Path(__file__).resolve().parent.parent / "sources"
_COUNTRIES = Path(__file__).with_name("countries.json")  # code → name in English, as CLDR has it
_LISTS: Mapping[str, Any] = {"sub_regions": {}, "sources": []}  # what an included file may hold


_COUNTRY = "must be a two-letter country code such as KR (ISO 3166-1), quoted where YAML reads a word"
ID_FORM = r"^[a-z0-9][a-z0-9-]{0,62}$"
_OTHER_SCHEMES = ("imaps", "imap", "file")


class _Described(Block, frozen=True, kw_only=True):
    words: ClassVar = {"country": _COUNTRY, "countries": _COUNTRY}  # YAML 1.1 reads a bare NO (Norway) as false


def _http_url(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a full http or https address")


def _address(value: str) -> None:
    """A web address, or one of a form that some kind reads; which kind, the block itself is asked."""
    parts = urlsplit(value)
    if parts.scheme not in _OTHER_SCHEMES or not (parts.hostname or parts.path):
        _http_url(value)


def _country_code(value: str) -> None:
    if not re.fullmatch(r"[A-Z]{2}|INT", value):
        raise ValueError(_COUNTRY)


def _country_codes(values: Iterable[str]) -> None:
    for value in values:
        _country_code(value)


def _known_kind(value: str) -> None:
    if value not in KINDS:
        raise ValueError(f"{value!r} is not known; there are: {', '.join(KINDS)}")


def _not_empty(value: str) -> None:
    if not value:
        raise ValueError("must not be empty")


Url = Annotated[str, Check(_http_url)]
Address = Annotated[str, Check(_address)]
Kind = Annotated[str, Check(_known_kind)]
Words = Annotated[str, Check(_not_empty)]
HostName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?$")]
CountryCode = Annotated[str, Check(_country_code)]
Countries = Annotated[dict[str, str] | tuple[str, ...], Check(_country_codes)]  # code → printed name, or codes alone
Seconds = Annotated[float, Meta(gt=0)]
Hours = Annotated[float, Meta(ge=0.25)]


CONTACT = "https://github.com/ifla-asia-oceania/convenor"


class Politeness(_Described, frozen=True, kw_only=True):
    """Limits that hold for every host."""

    pause_seconds: Annotated[float, Meta(ge=0)] = 2.0  # between two requests to one host, from the end of the first
    every_hours: Hours = 12.0  # a source is polled no more often than this
    at_least_every_hours: Hours = 72.0  # one that publishes rarely, no more rarely than this
    connect_timeout_seconds: Seconds = 30.0
    timeout_seconds: Seconds = 60.0  # for a whole answer
    max_bytes: Annotated[int, Meta(gt=0)] = 5_000_000  # of one answer, as it comes and decompressed
    max_hosts_at_once: Annotated[int, Meta(ge=1, le=64)] = 16
    contact: Annotated[str, Meta(pattern=r"^[!-~]+$")] = CONTACT  # for webmasters


class CommonOptions(_Described, frozen=True, kw_only=True):
    """Keys of `options` that every kind understands."""

    articles: Literal["missing", "all", "none"] = "missing"  # whose pages to read; missing: items without text or date
    pictures: bool = True  # keep a small copy of the picture of waiting items, for their cards on the desk
    max_pages: Annotated[int, Meta(ge=1, le=100)] = 5  # older pages are followed only while everything on a page is new
    keep_params: tuple[str, ...] | None = None  # query parameters that identify an item; all others are dropped
    drop_params: tuple[str, ...] = ()  # volatile query parameters, dropped besides the usual tracking ones
    host_aliases: tuple[HostName, ...] = ()  # other names of the host: an item there is the item here
    date_order: Literal["YMD", "DMY", "MDY"] = "YMD"  # how 02/03/2021 is to be read
    encoding: str | None = None  # the character set of the pages, where they declare a wrong one
    browser: bool = False  # run the page's scripts first; needs the extra `browser`
    every_hours: Hours | None = None
    at_least_every_hours: Hours | None = None
    connect_timeout_seconds: Seconds | None = None
    timeout_seconds: Seconds | None = None
    legacy_tls: bool = False  # its servers may speak the protocols of twenty years ago; certificates are checked still


class Rung(_Described, frozen=True, kw_only=True):
    """One way to read a source: the block itself is the first, `alternatives` follow."""

    kind: Kind
    url: Address
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        schemes = getattr(kind_module(self.kind), "SCHEMES", ("http", "https"))
        if schemes and urlsplit(self.url).scheme not in schemes:
            raise ValueError(f"`url` must begin with {' or '.join(schemes)} for a source of kind {self.kind}")

    def parsed_options(self) -> CommonOptions:
        """The options checked and completed with their defaults, as the kind's own `Options`."""
        return self._checked if self.options else _usual_options(self.kind)

    @cached_property
    def fingerprint(self) -> str:
        """What it says, short: it differs as soon as kind, address or any option does."""
        options = json.dumps(self.options, sort_keys=True, default=str)
        return f"{self.kind} {self.url} {blake2b(options.encode(), digest_size=8).hexdigest()}"

    @cached_property
    def _checked(self) -> CommonOptions:
        return _checked_options(self.kind, self.options)


def _checked_options(kind: str, options: Mapping[str, Any]) -> CommonOptions:
    checked = kind_module(kind).Options.checked(options)
    assert isinstance(checked, CommonOptions)
    return checked


@cache
def _usual_options(kind: str) -> CommonOptions:
    return _checked_options(kind, {})


class Source(Rung, frozen=True, kw_only=True):
    """One block: one place where one institution publishes news."""

    id: Annotated[str, Meta(pattern=ID_FORM)]  # for ever: items refer to it
    name: Words
    institution: Words
    country: CountryCode
    sub_region: str
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    alternatives: tuple[Rung, ...] = ()
    role: SourceRole = "official"  # aggregator: it tells what other institutions published
    enabled: bool = True
    note: str = ""

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The ways to read this source, best first; the first poll that finds items settles which one is used."""
        return (self, *self.alternatives)

    @cached_property
    def host_aliases(self) -> tuple[str, ...]:
        """The other names of its host that any of its ways of reading tells."""
        found = (host for rung in self.rungs for host in rung.options.get("host_aliases") or ())
        return tuple(dict.fromkeys(str(host) for host in found))

    def at_own_host(self, url: str) -> str:
        """The address at the source's own host where it stands at another name of it."""
        aliases = self.host_aliases
        if not aliases or not any(host_of(url) == host_of(f"https://{host}/") for host in aliases):
            return url
        own = urlsplit(canonical_url(self.url))
        return urlunsplit(urlsplit(url)._replace(scheme=own.scheme, netloc=own.netloc))

    def row(self) -> SourceRow:
        """The source as the database keeps it."""
        return SourceRow(
            self.id,
            self.name,
            self.institution,
            self.country,
            self.sub_region,
            self.language,
            self.kind,
            self.url,
            self.enabled,
            self.role,
        )


class _SubRegionBlock(_Described, frozen=True, kw_only=True):
    name: Words
    countries: Countries


class SourceFile(_Described, frozen=True, kw_only=True):
    """The whole file, checked."""

    politeness: Politeness = Politeness()
    sub_regions: dict[str, _SubRegionBlock]
    sources: tuple[Source, ...]

    @classmethod
    def checked(cls, raw: object) -> Self:
        """What the file says; each sub-region is checked by itself, so that a wrong one is named."""
        regions = raw.get("sub_regions") if isinstance(raw, Mapping) else None
        if isinstance(raw, Mapping) and isinstance(regions, Mapping):
            raw = {**raw, "sub_regions": {name: _region(str(name), block) for name, block in regions.items()}}
        return super().checked(raw)

    def regions(self) -> tuple[SubRegion, ...]:
        """The sub-regions with the names of their countries, in the order of the file."""
        return tuple(SubRegion(key, block.name, _named(block.countries)) for key, block in self.sub_regions.items())

    def regions_mark(self) -> str:
        """What tells these sub-regions from others, without the names of countries that the file leaves out."""
        return blake2b(repr(self.sub_regions).encode(), digest_size=16).hexdigest()


def _region(name: str, block: object) -> _SubRegionBlock:
    try:
        return _SubRegionBlock.checked(block)
    except BlockError as error:
        raise BlockError(error.sentence, ("sub_regions", name, *error.where)) from None


def _named(countries: Mapping[str, str] | tuple[str, ...]) -> Mapping[str, str]:
    if isinstance(countries, Mapping):
        return dict(countries)
    # Not from CLDR itself: to load all that it knows of English takes as long as to ask a hundred sources.
    usual = json.loads(_COUNTRIES.read_bytes())
    return {code: usual.get(code, code) for code in countries}


def shipped_sources() -> Path:
    """The sources.yaml that comes with the project."""
    return Path(__file__).resolve().parent.parent / "sources.yaml"


def load_sources(path: Path) -> SourceFile:
    """Every block of the file, checked; SourceError names the first wrong source and key."""
    raw = _read(path)
    for included in _included_files(raw.pop("include", []), path):
        raw = _merged(raw, _read(included), included)
    try:
        loaded = SourceFile.checked(raw)
    except BlockError as error:
        raise _source_error(error, raw) from None
    _check_references(loaded)
    return loaded


def _read(path: Path) -> dict[str, Any]:
    import yaml  # which takes long to load for what reads pages by sources that were read elsewhere

    from crawlers.yaml_loader import Loader

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}") from error
    try:
        raw = yaml.load(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise SourceError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise SourceError(f"{path} holds no sources: the keys sub_regions and sources are needed")
    return raw


def _included_files(names: object, path: Path) -> tuple[Path, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise SourceError("must be a list of names or paths of further files", key="include")
    return tuple(_included_file(name, path) for name in names)


def _included_file(name: str, path: Path) -> Path:
    shipped = SHIPPED_LISTS / f"{name}.yaml"
    if re.fullmatch(r"[\w-]+", name) and shipped.exists():
        return shipped
    given = path.parent / name
    if not given.is_file():
        known = ", ".join(sorted(file.stem for file in SHIPPED_LISTS.glob("*.yaml")))
        raise SourceError(f"there is no file {given}, and no shipped list {name!r}; there are: {known}", key="include")
    return given


def _merged(own: dict[str, Any], included: dict[str, Any], path: Path) -> dict[str, Any]:
    """The blocks of an included file before those of the file that includes it, which win where ids are the same."""
    if extra := sorted(set(included) - set(_LISTS)):
        raise SourceError(f"{path} is included, so it may not hold the key {extra[0]!r}", key="include")
    found = {}
    for key, empty in _LISTS.items():
        found[key] = [empty if file.get(key) is None else file[key] for file in (included, own)]
        if not all(isinstance(value, type(empty)) for value in found[key]):
            return own | {key: None}  # the usual check says what that key must be
    (regions, own_regions), (blocks, own_blocks) = found["sub_regions"], found["sources"]
    taken = {block.get("id") for block in own_blocks if isinstance(block, dict)}
    others = [block for block in blocks if not (isinstance(block, dict) and block.get("id") in taken)]
    return own | {"sub_regions": {**regions, **own_regions}, "sources": [*others, *own_blocks]}


def _source_error(error: BlockError, raw: dict[str, Any]) -> SourceError:
    where, source_id = error.where, None
    if len(where) >= 2 and where[0] == "sources":
        block, number = raw["sources"][int(where[1])], f"number {int(where[1]) + 1}"
        source_id = str(block.get("id", number)) if isinstance(block, dict) else number
        where = where[2:]
    return SourceError(error.sentence, source_id=source_id, key=".".join(where) or None)


def _check_references(loaded: SourceFile) -> None:
    seen: set[str] = set()
    for source in loaded.sources:
        if source.id in seen:
            raise SourceError("this id is used twice", source_id=source.id, key="id")
        seen.add(source.id)
        if source.sub_region not in loaded.sub_regions:
            known = ", ".join(loaded.sub_regions)
            raise SourceError(
                f"{source.sub_region!r} is not one of the sub_regions: {known}", source_id=source.id, key="sub_region"
            )
        _check_options(source)


def _check_options(source: Source) -> None:
    for number, rung in enumerate(source.rungs):
        prefix = "options" if number == 0 else f"alternatives.{number - 1}.options"
        try:
            rung.parsed_options()
        except BlockError as error:
            where = ".".join([prefix, *error.where])
            raise SourceError(error.sentence, source_id=source.id, key=where) from None
