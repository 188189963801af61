"""The weekly letter: what it lists, who gets it, and how little its links give."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner

from convenor import main
from curation.card_links import LIFE, NAMESPACE, card_token
from curation.weekly_letters import WEEK, Round, Told, into, weekly_letters
from db.errors import NewsError
from db.nominations import Nomination, save_nomination
from db.users import set_disabled, set_email, set_language, set_letters
from tests.curation.conftest import NOW, Room

SECRET = "a secret of tests"  # of the desks of conftest
DESK = "https://desk.example/"


@pytest.fixture
def news(room: Room) -> Room:
    """Three items wait in one sub-region, the oldest one nominated; ying and asha have an address."""
    for title, day in (
        ("古い展覧会", "2020-12-01"),
        ("<b>New</b>\r\nBcc: x@evil.example", "2021-02-01"),
        ("第三", None),
    ):
        room.add(title, on=day)
    save_nomination(room.conn, 1, Nomination("nora", "A first."), now=NOW)
    set_email(room.conn, "ying", "ying@library.example")
    set_email(room.conn, "asha", "asha@library.example")
    return room


def write(room: Room, post: Any = None, **options: Any) -> tuple[list[Told], list[EmailMessage]]:
    letters: list[EmailMessage] = []
    shared = Round(DESK, SECRET, "desk@library.example", room.clock.now, **options)
    return list(weekly_letters(room.conn, shared, post or letters.append)), letters


def words_of(letter: EmailMessage) -> tuple[str, str]:
    read = email.message_from_bytes(letter.as_bytes(), policy=default)
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None and html is not None
    return plain.get_content(), html.get_content()


def test_letter_lists_what_waits_the_nominated_first(news: Room) -> None:
    _, [letter] = write(news)
    text, html = words_of(letter)
    assert (letter["To"], letter["Subject"]) == ("ying <ying@library.example>", "3 items wait for you")
    assert text.index("古い展覧会") < text.index("New") < text.index("第三")
    assert "Japan · NDL news, National Diet Library · 1 December 2020 · nominated by nora" in text
    assert "North East Asia: 3" in text
    assert len(re.findall(re.escape(DESK) + "-/card/", text)) == html.count('href="https://desk.example/-/card/') == 3
    assert "&lt;b&gt;New&lt;/b&gt;" in html and "<b>" not in html and 'lang="ja"' in html
    assert letter["Auto-Submitted"] == "auto-generated" and "evil" not in str(letter.items())


def test_letter_is_in_the_language_of_its_reader(news: Room) -> None:
    set_language(news.conn, 5, "mn")
    _, [letter] = write(news)
    assert letter["Content-Language"] == "mn"
    assert "2020 оны 12-р сарын 1" in words_of(letter)[0].replace("\u202f", " ")


def test_who_gets_a_letter_and_who_not(news: Room) -> None:
    set_email(news.conn, "nora", "nora@library.example")
    set_email(news.conn, "bat", "bat@library.example")
    set_letters(news.conn, 6, False)
    told, _ = write(news)
    assert {one.name: one.words for one in told} == {
        "asha": "nothing waits",
        "bat": "wants no letter",
        "olga": "no e-mail address",
        "ying": "a letter about 3 items",
    }
    set_disabled(news.conn, "ying", True)
    assert "ying" not in {one.name for one in write(news)[0]}


def test_one_letter_a_week_unless_told(news: Room) -> None:
    assert len(write(news)[1]) == 1 and len(write(news)[1]) == 0 and len(write(news, again=True)[1]) == 1
    news.clock.advance(WEEK)
    assert len(write(news)[1]) == 1


def test_letter_that_could_not_be_sent_stops_no_other_and_is_tried_again(news: Room) -> None:
    news.add("Kolkata", source="nli")

    def refuse_asha(letter: EmailMessage) -> None:
        if "asha" in letter["To"]:
            raise NewsError("refused")

    told, _ = write(news, refuse_asha)
    assert [(one.name, one.failed) for one in told if one.failed or one.items] == [("asha", True), ("ying", False)]
    assert [letter["To"].addresses[0].username for letter in write(news)[1]] == ["asha"]


def test_letters_are_files_for_their_owner_alone(news: Room, tmp_path: Path) -> None:
    write(news, into(tmp_path / "letters"))
    [file] = (tmp_path / "letters").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("2021-02-10-ying-library.example.eml", 0o600)
    assert "古い展覧会" in words_of(email.message_from_bytes(file.read_bytes(), policy=default))[0]


@pytest.mark.parametrize("address", ["x", "a@b@c", "a b@c.example", "a@b.example\nBcc: c@d.example", "<a@b.example>"])
def test_impossible_address_is_refused(room: Room, address: str) -> None:
    with pytest.raises(NewsError, match="is no e-mail address"):
        set_email(room.conn, "ying", address)
    with pytest.raises(NewsError, match="ying has the address"):
        set_email(room.conn, "ying", "ying@library.example")
        set_email(room.conn, "bat", "YING@library.example")


def path_of(room: Room, item: int, user: int = 5) -> str:
    return f"/-/card/{card_token(SECRET, item, user, room.clock.now)}"


@pytest.mark.anyio
async def test_link_shows_one_card_and_lets_nobody_decide(news: Room) -> None:
    stranger = news.browser()
    page = (await stranger.get(path_of(news, 1))).text
    assert "古い展覧会" in page and "1 December 2020" in page and 'next=/-/item/1"' in page
    for hidden in ("nora", "A first", "ying", 'action="/-/decide"', "Kept copy"):
        assert hidden not in page
    assert (await stranger.get("/-/item/1")).status_code == 303
    assert "set-cookie" not in {key.lower() for key in (await stranger.client.get(path_of(news, 1))).headers} or (
        stranger.client.cookies.get("convenor_session") is None
    )
    assert news.item(1).curation.state == "new"


@pytest.mark.anyio
async def test_link_leads_who_is_signed_in_to_the_item_with_her_own_rights(news: Room) -> None:
    for name, status in (("ying", 200), ("asha", 403)):
        browser = await news.signed_in(name)
        answer = await browser.get(path_of(news, 1))
        assert (answer.status_code, answer.headers["location"]) == (303, "/-/item/1")
        assert (await browser.get("/-/item/1")).status_code == status


@pytest.mark.anyio
async def test_link_ends_by_time_with_the_account_and_with_the_sub_region(news: Room) -> None:
    stranger, address = news.browser(), path_of(news, 1)
    assert (await stranger.get(path_of(news, 1, user=7))).status_code == 403  # asha's, of another sub-region
    assert (await stranger.get(path_of(news, 99))).status_code == 403
    news.clock.advance(LIFE - timedelta(seconds=1))
    assert (await stranger.get(address)).status_code == 200
    news.clock.advance(timedelta(seconds=1))
    late = await stranger.get(address)
    assert late.status_code == 403 and "good for two weeks" in late.text
    fresh = path_of(news, 1)
    set_disabled(news.conn, "ying", True)
    assert (await stranger.get(fresh)).status_code == 403


@pytest.mark.anyio
async def test_forged_link_is_none(news: Room) -> None:
    stranger = news.browser()
    good = path_of(news, 1)
    signed = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        f"/-/card/{card_token('another secret', 1, 5, NOW)}",
        f"/-/card/{news.desk.sign({'i': 1, 'u': 5, 'e': 9**12}, 'convenor_session')}",
        f"/-/card/{news.desk.sign({'i': '1', 'u': 5, 'e': 9**12}, NAMESPACE)}",
        f"/-/card/{news.desk.sign('x' * 20, NAMESPACE)}",
    ]
    for address in signed:
        assert (await stranger.get(address)).status_code == 404, address
    browser = news.browser()  # and what is signed for a link opens no session
    browser.client.cookies.set("convenor_session", good.removeprefix("/-/card/"))
    assert (await browser.get("/")).status_code == 303


@pytest.mark.anyio
async def test_person_switches_her_letter_off_and_on(news: Room) -> None:
    browser = await news.signed_in("ying")
    assert "No weekly letter" in (await browser.get("/-/you")).text
    await browser.post("/-/letters", {"letters": "off"})
    assert "Weekly letter of what waits" in (await browser.get("/-/you")).text and write(news)[1] == []
    await browser.post("/-/letters", {"letters": "on"})
    assert len(write(news)[1]) == 1


@dataclass
class Mailbox:
    """A mail server of this machine; refuses whoever is told to be refused."""

    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if "refused" in address:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    told = {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none", "SENDER": "desk@library.example"}
    for name, value in told.items():
        monkeypatch.setenv(f"CONVENOR_SMTP_{name}", value)
    monkeypatch.setenv("CONVENOR_SECRET", "a secret of thirty-two characters or more")
    yield box
    controller.stop()


def run(room: Room, *words: str) -> Any:
    return CliRunner().invoke(main, ["letters", "--db", str(room.path), *words])


def test_command_sends_over_a_real_server_each_letter_once(news: Room, mailbox: Mailbox) -> None:
    set_email(news.conn, "bat", "refused@library.example")
    done = run(news, "--url", DESK)
    assert done.exit_code == 1 and "not every letter could be sent" in done.output
    assert "ying: a letter about 3 items." in done.output and "bat: " in done.output
    assert run(news, "--url", DESK).exit_code == 1
    [letter] = mailbox.letters
    assert letter["To"] == "ying <ying@library.example>" and "古い展覧会" in words_of(letter)[0]
    set_email(news.conn, "bat", "bat@library.example")
    assert run(news, "--url", DESK).exit_code == 0
    assert [each["To"].addresses[0].username for each in mailbox.letters] == ["ying", "bat"]


def test_command_without_a_server_writes_files(news: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONVENOR_SMTP_HOST", raising=False)
    assert run(news, "--url", DESK.rstrip("/")).exit_code == 0
    assert len(list(news.path.with_name("letters").iterdir())) == 1
    assert run(news).exit_code == 2 and run(news, "--url", "desk").exit_code == 2
