"""Broken secure connections, each with the sentence that says what to do about it; old protocols only where allowed."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from convenor import main
from crawlers.sources import load_sources
from tests.crawlers.faults.fault_server import Wire, serving
from tests.crawlers.faults.survival import Desk, good_feed

NAME = "faulty.example"


def news(wire: Wire) -> None:
    wire.answer(good_feed("faulty"))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this machine trusts."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return authority


def serving_as(certificate: trustme.LeafCert, *, old: bool = False, ciphers: str = "") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if old:
        context.set_ciphers(ciphers or "DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def test_certificate_of_an_authority_that_is_trusted_is_taken(desk: Desk, trusted: trustme.CA) -> None:
    assert desk.after(news, tls=serving_as(trusted.issue_cert(NAME))).items == ("Story of faulty",)


def test_expired_certificate(desk: Desk, trusted: trustme.CA) -> None:
    expired = trusted.issue_cert(
        NAME, not_before=datetime(2000, 1, 1, tzinfo=UTC), not_after=datetime(2001, 1, 1, tzinfo=UTC)
    )
    row = desk.after(news, tls=serving_as(expired))
    assert (row.outcome, row.http_status) == ("failed", None)
    assert "its certificate has expired" in row.error


def test_certificate_of_another_name(desk: Desk, trusted: trustme.CA) -> None:
    row = desk.after(news, tls=serving_as(trusted.issue_cert("other.example")))
    assert "its certificate is for another name" in row.error


def test_certificate_that_nobody_signed(desk: Desk, trusted: trustme.CA) -> None:
    row = desk.after(news, tls=serving_as(trustme.CA().issue_cert(NAME)))
    assert "an authority that nobody knows" in row.error


@pytest.mark.parametrize("legacy", [False, True])
def test_no_option_accepts_a_wrong_certificate(desk: Desk, trusted: trustme.CA, legacy: bool) -> None:
    desk.options["legacy_tls"] = legacy
    for certificate in (trustme.CA().issue_cert(NAME), trusted.issue_cert("other.example")):
        row = desk.after(news, tls=serving_as(certificate, old=legacy))
        assert (row.outcome, row.items) == ("failed", ())
        assert "its certificate is" in row.error


def test_old_protocol_is_refused_and_the_way_out_named(desk: Desk, trusted: trustme.CA) -> None:
    row = desk.after(news, tls=serving_as(trusted.issue_cert(NAME), old=True))
    assert "speaks only an old protocol" in row.error and "legacy_tls: true" in row.error


def test_old_protocol_is_spoken_where_the_block_allows_it(desk: Desk, trusted: trustme.CA) -> None:
    desk.options["legacy_tls"] = True
    row = desk.after(news, tls=serving_as(trusted.issue_cert(NAME), old=True))
    assert (row.outcome, row.items) == ("new", ("Story of faulty",))


def place(folder: Path, *hosts: str) -> list[str]:
    """A list of sources that allows these hosts an old protocol, and a way to name it on the command line."""
    block = "- {{id: s{0}, name: N, institution: L, country: MN, sub_region: asia, language: en, kind: feed,\n"
    block += "   url: 'https://{1}/feed', options: {{legacy_tls: true}}}}\n"
    blocks = "".join(block.format(number, host) for number, host in enumerate(["other.example", *hosts]))
    head = "politeness: {pause_seconds: 0}\nsub_regions: {asia: {name: Asia, countries: {MN: Mongolia}}}\nsources:\n"
    (folder / "sources.yaml").write_text(head + blocks)
    return ["--allow-private", "--sources", str(folder / "sources.yaml")]


@pytest.mark.parametrize("told", ["by the command", "by a block", "by nobody"])
def test_old_protocol_of_an_address_that_is_looked_at(trusted: trustme.CA, tmp_path: Path, told: str) -> None:
    with serving(news, serving_as(trusted.issue_cert("localhost"), old=True)) as server:
        known = (f"localhost:{server.port}",) if told == "by a block" else ()
        words = [*place(tmp_path, *known), *(["--legacy-tls"] if told == "by the command" else [])]
        done = CliRunner().invoke(main, ["sources", "preview", server.url("/other", "localhost"), *words])
    if told == "by nobody":
        assert done.exit_code == 1 and "speaks only an old protocol" in done.output
    else:
        assert (done.exit_code, "Story of faulty" in done.output) == (0, True), done.output


def test_old_protocol_of_an_address_that_is_added_stands_in_its_block(trusted: trustme.CA, tmp_path: Path) -> None:
    words = place(tmp_path)
    with serving(news, serving_as(trusted.issue_cert("localhost"), old=True)) as server:
        add = ["sources", "add", server.url(host="localhost"), "--country", "MN", "--yes", "--legacy-tls", *words]
        done = CliRunner().invoke(main, [*add, "--db", str(tmp_path / "convenor.db")])
    assert done.exit_code == 0, done.output
    *_, added = load_sources(tmp_path / "sources.yaml").sources
    assert "localhost" in added.url and added.parsed_options().legacy_tls


def test_host_that_does_not_speak_tls(desk: Desk, trusted: trustme.CA) -> None:
    with serving(news) as server:
        desk.crawl(f"https://{NAME}:{server.port}/feed")
    row = desk.survived()
    assert row.outcome == "failed" and row.error


def test_redirect_to_another_host_is_not_asked_the_old_way(desk: Desk, trusted: trustme.CA) -> None:
    desk.options["legacy_tls"] = True
    with serving(news, serving_as(trusted.issue_cert("other.example"), old=True)) as other:
        away = f"Location: {other.url(host='other.example')}"
        tls = serving_as(trusted.issue_cert(NAME), old=True)
        row = desk.after(lambda wire: wire.answer("", "302 Found", away), tls=tls)
    assert "speaks only an old protocol" in row.error
