"""Letters: written as HTML and text, and sent by a server that asks as real ones do."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from convenor import main
from db.errors import NewsError
from db.records import Curation
from mailing import Postbox, postbox_of, send
from publishing.public import publish
from tests.publishing.conftest import NOW, SD1, new_desk
from tests.publishing.test_site import HOSTILE

SITE = "https://activities.example.org"


class Server(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a letter needs; refuses whoever is told to be refused."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].split(" ")[0].upper()
            if word == "DATA":
                self.say("354 go on")
                self.server.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")))  # type: ignore[attr-defined]
            self.say(
                {"QUIT": "221 bye", "EHLO": "250 8BITMIME"}.get(word, "550 no" if "refused@" in line else "250 ok")
            )
            if word == "QUIT":
                return

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def server() -> Iterator[tuple[dict[str, str], list[bytes]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server) as listening:
        listening.letters = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        told = {
            "CONVENOR_SMTP_HOST": "127.0.0.1",
            "CONVENOR_SMTP_PORT": str(listening.server_address[1]),
            "CONVENOR_SMTP_SECURITY": "none",
            "CONVENOR_SMTP_SENDER": "news@example.org",
        }
        try:
            yield told, listening.letters  # type: ignore[attr-defined]
        finally:
            listening.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("letters")
    with new_desk(folder) as desk:
        desk.activity("long ago")
        publish(desk.conn, folder / "public.db", now=NOW - timedelta(days=400))
        item = desk.find("国家图书馆举办展览", source="nlc-news", summary="介绍。" * 300)
        desk.mark(item, Curation("impactful", (SD1,), title="An *exhibition*"))
        desk.activity("국립중앙도서관 세미나", source="nlk-news")
        desk.mark(desk.find(HOSTILE, summary=HOSTILE, day=None))
        publish(desk.conn, folder / "public.db", now=NOW)
    return folder / "public.db"


def run(public: Path, *arguments: str, env: dict[str, str] | None = None) -> Result:
    blank = {f"CONVENOR_SMTP_{name}": None for name in ("HOST", "PORT", "SENDER", "USER", "PASSWORD", "SECURITY")}
    told: dict[str, Any] = {**blank, **(env or {})}
    wanted = ["digest", "--db", str(public), "--since", "2021-02-01", "--address", SITE, *arguments]
    return CliRunner().invoke(main, wanted, env=told)


def read(letter: bytes) -> EmailMessage:
    return email.message_from_bytes(letter, policy=default)


def test_letter_is_read_by_a_mail_program(public: Path, tmp_path: Path) -> None:
    assert run(public, "-o", str(tmp_path / "d.eml")).exit_code == 0
    letter = read((tmp_path / "d.eml").read_bytes())
    assert letter["Subject"].startswith("3 library activities added, 1 February 2021 – ")
    text, html = (letter.get_body((form,)).get_content() for form in ("plain", "html"))  # type: ignore[union-attr]
    for form in (text, html):
        assert "An exhibition" in form.replace("<em>", "").replace("</em>", "") and "国家图书馆举办展览" in form
        assert f"{SITE}/a/2" in form and "국립중앙도서관 세미나" in form and "long ago" not in form
        assert "介绍。介绍。" in form and len(form) < 6000
    assert "<script" not in html and "<img" not in html and 'lang="ko"' in html
    assert HOSTILE in text


@pytest.mark.parametrize("ending", ["html", "txt"])
def test_digest_is_a_file_of_its_own(public: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"d.{ending}"
    assert run(public, "-o", str(file)).exit_code == 0
    assert file.read_text("utf-8").startswith({"html": "<!DOCTYPE html>", "txt": "Library activities"}[ending])


def test_letter_is_sent_to_each_apart(public: Path) -> None:
    with server() as (told, letters):
        result = run(public, "--to", "a@example.org", "--to", "b@example.org", env=told)
    assert (result.exit_code, [read(letter)["To"] for letter in letters]) == (0, ["a@example.org", "b@example.org"])
    assert {read(letter)["From"] for letter in letters} == {"news@example.org"}


def test_refused_letter_is_a_sentence(public: Path) -> None:
    with server() as (told, _):
        result = run(public, "--to", "refused@example.org", env=told)
    assert (result.exit_code, "did not take the letter" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "say where it goes"),
        (["-o", "x.pdf"], 2, "must end in .eml, .html, .txt"),
        (["--to", "nobody"], 2, "is no e-mail address"),
        (["--to", "a@example.org\r\nBcc: b@example.org"], 2, "is no e-mail address"),
        (["--to", "a@example.org"], 1, "nobody said how to send"),
        (["--since", "2999-01-01", "-o", "x.eml"], 0, "Nothing was added since 2999-01-01"),
        (["--address", "x", "-o", "x.eml"], 2, "is not the address of a site"),
    ],
)
def test_wrong_use_is_a_sentence(public: Path, arguments: list[str], code: int, sentence: str) -> None:
    result = run(public, *arguments)
    assert (result.exit_code, sentence in result.output) == (code, True), result.output


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"SENDER": "x"}, "SENDER must be an address"),
        ({"SECURITY": "ssl"}, "it is one of tls, starttls, none"),
        ({"PORT": "many"}, "is no port"),
        ({"SECURITY": "none", "USER": "u", "PASSWORD": "p"}, "over a secure connection alone"),
    ],
)
def test_half_a_server_is_none(told: dict[str, str], sentence: str) -> None:
    whole = {"HOST": "mail.example.org", "SENDER": "news@example.org", **told}
    with pytest.raises(NewsError, match=sentence):
        postbox_of({f"CONVENOR_SMTP_{name}": value for name, value in whole.items()})


def test_server_that_is_not_there_is_a_sentence_without_the_password() -> None:
    assert postbox_of({}) is None
    postbox = Postbox("127.0.0.1", 1, "starttls", "news@example.org", "u", "secret-word")
    with pytest.raises(NewsError, match="did not take the letter: ConnectionRefusedError") as told:
        send(postbox, [EmailMessage()])
    assert "secret-word" not in f"{told.value}{postbox!r}"
