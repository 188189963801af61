"""What a pass may use besides the open web: secrets that stand in the environment, and private addresses.

A secret is looked up when it is used. It travels in a header or a login, and stands in no address, error or log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from crawlers.sources import CommonOptions, Source
from db.records import Validators

if TYPE_CHECKING:
    from crawlers.fetch import Fetched, Limits, NotModified
    from crawlers.kinds import newsletter


_VARIABLES = ("token_variable", "user_variable", "password_variable")  # options that name one


class Access(Struct, frozen=True):
    """What the operator gave; nothing by itself."""

    environ: Mapping[str, str] = field(default_factory=dict)
    allow_private: bool = False

    def __repr__(self) -> str:
        return f"Access(allow_private={self.allow_private})"  # the secrets stand in no error or log

    def token(self, options: CommonOptions) -> str | None:
        """The token of a service that gives nothing without one; None for every other kind of source."""
        variable = getattr(options, "token_variable", None)
        return self.environ.get(variable) or None if variable else None

    def narrowed(self, sources: Iterable[Source]) -> Access:
        """The same with those secrets alone that these sources name: no other leaves this process."""
        named = {str(getattr(options, name, "")) for options in _options(sources) for name in _VARIABLES}
        return replace(self, environ={name: value for name, value in self.environ.items() if name in named})

    def lacking(self, source: Source) -> str | None:
        """The variable without which the source cannot be asked, when it is not set: the source is off then."""
        variables = (getattr(options, "token_variable", None) for options in _options((source,)))
        return next((variable for variable in variables if variable and not self.environ.get(variable)), None)

    def letters(
        self, url: str, options: newsletter.Options, limits: Limits, validators: Validators, today: date
    ) -> Fetched | NotModified:
        """The new letters of a mailbox as one body, or NotModified; the bookmark stands where a page has its ETag."""
        from crawlers.fetch import Fetched, NotModified
        from crawlers.mail.mailbox import Login, Wanted, packed, read_mailbox

        user, password = self.environ.get(options.user_variable), self.environ.get(options.password_variable)
        wanted = Wanted(
            options.list_id,
            options.sender,
            today - timedelta(days=options.since_days),
            limits.max_bytes,
            options.mark_seen,
        )
        found = read_mailbox(
            url,
            wanted,
            Login(user, password) if user and password else None,
            validators.etag,
            timeout_seconds=limits.timeout_seconds,
            allow_private=self.allow_private,
        )
        bookmark = Validators(etag=found.bookmark)
        if validators.etag is not None and not found.raw:
            return NotModified(url, bookmark)
        return Fetched(url, 200, packed(found.raw), "application/octet-stream", bookmark)


def _options(sources: Iterable[Source]) -> Iterator[CommonOptions]:
    return (rung.parsed_options() for source in sources for rung in source.rungs)
