"""Tokens and passwords are in no log line, error, database row or public file, whatever the services answer."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from convenor import main
from db.connect import opened
from tests.crawlers.mail.conftest import dovecot, server  # noqa: F401
from tests.crawlers.mail.dovecot import PASSWORD, USER, MailServer
from tests.crawlers.mail.post import newsletters
from tests.crawlers.social.services import FACEBOOK_TOKEN, Facebook, Post, Reply, ServiceServer

SESSION_SECRET = "what signs the sessions of this desk"
SECRETS = (FACEBOOK_TOKEN, PASSWORD, SESSION_SECRET)


@pytest.fixture
def facebook() -> Iterator[Facebook]:
    service = Facebook(posts=[Post(n, f"Мэдээ {n}") for n in range(1, 6)])
    with ServiceServer(service):
        yield service


def block(facebook: Facebook, mail: str) -> str:
    whose = "institution: Library, country: MN, sub_region: asia, language: mn"
    return (
        "politeness: {pause_seconds: 0}\nsub_regions:\n  asia: {name: Asia, countries: {MN: Mongolia}}\nsources:\n"
        f"  - {{id: page, name: Page, {whose}, kind: facebook, url: '{facebook.profile}',"
        f" options: {{api: '{facebook.address}/v25.0'}}}}\n"
        f"  - {{id: letters, name: Letters, {whose}, kind: newsletter, url: '{mail}', options: {{articles: none}}}}\n"
        f"  - {{id: nobox, name: No box, {whose}, kind: newsletter, url: '{mail}-none'}}\n"
    )


FAULTS = [
    Reply(200, f'{{"error": {{"message": "Malformed access token {FACEBOOK_TOKEN}", "code": 190}}}}'),
    Reply(400, f'{{"error": {{"message": "Error validating access token {FACEBOOK_TOKEN}", "code": 190}}}}'),
    Reply(500, f"<html>{FACEBOOK_TOKEN}</html>"),
    Reply(302, "", {"Location": f"/v25.0/x?access_token={FACEBOOK_TOKEN}"}),
    Reply(302, "", {"Location": f"http://127.0.0.1:9/?access_token={FACEBOOK_TOKEN}"}),
]


def test_no_secret_is_written_anywhere(
    tmp_path: Path,
    facebook: Facebook,
    server: MailServer,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "FACEBOOK_TOKEN": FACEBOOK_TOKEN,
        "NEWSLETTER_USER": USER,
        "NEWSLETTER_PASSWORD": PASSWORD,
        "CONVENOR_SECRET": SESSION_SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    server.deliver(*(posted.raw for posted in newsletters()[:2]))
    Path("sources.yaml").write_text(block(facebook, server.url), "utf-8")
    said: list[str] = []

    def run(*words: str) -> None:
        done = CliRunner().invoke(main, words)
        said.append(done.output)
        assert not isinstance(done.exception, Exception), done.output

    kept: list[bytes] = []
    with caplog.at_level("DEBUG"):
        run("crawl", "--all", "--allow-private")
        for fault in FAULTS:
            facebook.fault = fault
            run("crawl", "page", "--allow-private")
            with opened(Path("convenor.db")) as conn:
                kept += [zlib.decompress(row[0]) for row in conn.execute("SELECT body FROM doubtful_pages")]
        with opened(Path("convenor.db")) as conn:
            assert conn.execute("SELECT count(*) FROM items").fetchone()[0] >= 5 + 2
            conn.execute("UPDATE items SET state = 'impactful'")
            conn.execute("INSERT INTO item_tags SELECT id, 'IFLA-2024-2029', 'IA1' FROM items")
        run("sources", "list", "--why", "--json")
        run("sources", "check")
        run("publish")
        run("sources", "export-opml")
        run("backup", "backup.db")
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert {"convenor.db", "public.db", "backup.db"} <= files.keys() and any(kept)
    told = {**files, "kept pages": b"".join(kept), "output": "".join(said).encode(), "log": caplog.text.encode()}
    assert [(place, secret) for place, body in told.items() for secret in SECRETS if secret.encode() in body] == []
