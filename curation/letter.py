"""The weekly letter as a mail: the same in plain text and in HTML, in the language of its reader. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader

from curation.cards import Card
from curation.languages import gettext, language, ngettext
from curation.waiting import COUNTED, Waiting
from curation.wording import actor_name, in_a_row, language_told, number_words, source_and_institution
from db.errors import NewsError


def letter(waiting: Waiting, *, sender: str, desk_url: str, link: Callable[[int], str], now: datetime) -> EmailMessage:
    """The mail to the person for whom that waits, in the language spoken; `link` gives an item's address in it."""
    message = EmailMessage()
    message["Subject"] = ngettext("{number} item waits for you", "{number} items wait for you", waiting.total).format(
        number=_counted(waiting.total)
    )
    message["From"], message["To"] = sender, _address(waiting)
    message["Date"] = format_datetime(now)
    stamp = int(now.timestamp())
    message["Message-ID"] = f"<waiting-{waiting.user.id}-{stamp}@{urlsplit(desk_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by a machine
    message["List-Unsubscribe"] = f"<{desk_url}-/you>"
    message.set_content(_text(waiting, desk_url, link))
    message.add_alternative(_html(waiting, desk_url, link), subtype="html")
    message["Content-Language"] = language()  # last: the parts would take it along
    return message


def _address(waiting: Waiting) -> Address:
    try:
        return Address(waiting.user.name, addr_spec=waiting.user.email or "")
    except (ValueError, IndexError) as error:
        raise NewsError(f"{waiting.user.email!r} is no e-mail address", subject=waiting.user.name) from error


def _counted(total: int) -> str:
    return number_words(total, COUNTED)


def closing(desk_url: str) -> tuple[str, ...]:
    """What stands at the end of each letter."""
    return (
        gettext("A link shows its card for two weeks, to whoever has this letter. To decide you sign in."),
        gettext("You do not want this letter? Switch it off here: {address}").format(address=f"{desk_url}-/you"),
    )


def _text(waiting: Waiting, desk_url: str, link: Callable[[int], str]) -> str:
    lines = []
    for region in waiting.regions:
        lines += [f"{region.name}: {_counted(region.total)}", ""]
        for card in region.cards:
            lines += [" ".join(card.title.split()), "  " + about(card), f"  {link(card.item.id)}", ""]
    lines += [gettext("The whole queue:") + " " + desk_url, "", *closing(desk_url)]
    return "\n".join(lines) + "\n"


def about(card: Card) -> str:
    """Country, source, date and who nominated it, in one line."""
    who = in_a_row(actor_name(one.who) for one in card.nominations)
    nominated = gettext("nominated by {who}").format(who=who) if who else ""
    told = (card.country, source_and_institution(card.item), card.date, nominated)
    return " · ".join(" ".join(part.split()) for part in told if part)


def _html(waiting: Waiting, desk_url: str, link: Callable[[int], str]) -> str:
    template = _environment().get_template("letter.html")
    return template.render(
        waiting=waiting,
        desk_url=desk_url,
        link=link,
        about=about,
        counted=_counted,
        closing=closing(desk_url),
        language=language(),
    )


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, extensions=["jinja2.ext.i18n"])
    # The extension adds this method when it is loaded, so the type of an environment does not know it.
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["language_told"] = language_told
    return environment
