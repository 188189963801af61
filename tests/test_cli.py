"""The command line as a person meets it: sentences, exit codes, and nothing lost by a slip."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from convenor import main
from crawlers.sources import shipped_sources
from db.connect import opened
from db.reports import list_reports
from db.sessions import begin_session

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `convenor WORDS` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("CONVENOR_DB", "CONVENOR_SOURCES", "CONVENOR_SECRET"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words, **kept: CliRunner().invoke(main, [str(word) for word in words], **kept)


@pytest.fixture
def place(run: Run) -> Run:
    """The same, where `convenor init .` has been done."""
    done = run("init", "desk", "--user", "Ying", "--password-stdin", input="a long password\n")
    assert done.exit_code == 0, done.output
    Path("desk/convenor.db").rename("convenor.db")
    Path("desk/sources.yaml").rename("sources.yaml")
    return run


def broken_sources(change: Callable[[str], str]) -> str:
    Path("broken.yaml").write_text(change(shipped_sources().read_text("utf-8")), "utf-8")
    return "broken.yaml"


def test_init_makes_a_place_and_says_what_comes_next(run: Run) -> None:
    done = run("init", "desk", "--user", "Ying", "--password-stdin", input="a long password\n")
    assert done.exit_code == 0
    assert {path.name for path in Path("desk").iterdir()} >= {"sources.yaml", "convenor.db"}
    assert len([line for line in done.output.splitlines() if line.startswith("  ")]) == 3
    assert "a long password" not in done.output
    people = run("users", "list", "--db", "desk/convenor.db")
    assert people.output == "Ying: operator, all sub-regions\n"


def test_short_password_makes_no_place(run: Run) -> None:
    done = run("init", "desk", "--user", "Ying", "--password-stdin", input="short\n")
    assert done.exit_code == 1 and "10" in done.output
    assert not Path("desk").exists()


def test_init_never_overwrites(place: Run) -> None:
    Path("desk/sources.yaml").write_text("mine")
    done = place("init", "desk", "--user", "Ying", "--password-stdin", input="a long password\n")
    assert done.exit_code == 1 and "exists already" in done.output
    assert Path("desk/sources.yaml").read_text() == "mine"


def rename(name: str) -> Callable[[str], str]:
    return lambda text: text.replace("kind: feed", f"kind: {name}", 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(rename("newspaper"), "key kind: 'newspaper' is not known; there are: bluesky", id="unknown kind"),
        pytest.param(
            lambda text: text.replace("country: CN", "country: China", 1),
            r"source nlc-news key country",
            id="bad country",
        ),
        pytest.param(
            lambda text: text.replace("id: nlc-notices", "id: nlc-news", 1), "this id is used twice", id="id twice"
        ),
        pytest.param(lambda text: "sources: [", "is not valid YAML", id="not YAML"),
        pytest.param(lambda text: "", "holds no sources", id="empty file"),
        pytest.param(lambda text: text.replace("url:", "adress:", 1), "key", id="misspelt key"),
    ],
)
def test_wrong_sources_stop_the_run_before_it_starts(run: Run, change: Callable[[str], str], sentence: str) -> None:
    done = run("crawl", "--sources", broken_sources(change))
    assert done.exit_code == 1
    assert re.search(sentence, done.output), done.output
    assert not Path("convenor.db").exists()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        pytest.param(["publish"], 1, "there is no database at convenor.db", id="publish without database"),
        pytest.param(["sources", "list"], 1, "there is no database at convenor.db", id="list without database"),
        pytest.param(["desk"], 1, "there is no database at convenor.db", id="desk without database"),
        pytest.param(["site"], 1, "there is no public database at public.db", id="site without database"),
        pytest.param(["users", "list"], 1, "there is no database", id="users without database"),
        pytest.param(["backup", "copy.db"], 1, "there is no database", id="backup without database"),
        pytest.param(["crawl", "nope"], 1, "there is no such source; there are: gpsh", id="unknown source"),
        pytest.param(["crawl", "--sources", "none.yaml"], 1, "cannot read none.yaml", id="missing sources.yaml"),
        pytest.param(["crawl", "--since", "last week"], 2, "does not match the format", id="bad day"),
        pytest.param(["report", "draft"], 2, "Missing option", id="missing option"),
        pytest.param(["fly"], 2, "No such command 'fly'", id="unknown command"),
    ],
)
def test_wrong_words_end_in_a_sentence_and_a_code(run: Run, words: list[str], code: int, sentence: str) -> None:
    done = run(*words)
    assert (done.exit_code, sentence in done.output) == (code, True), done.output
    assert "Traceback" not in done.output
    assert not Path("convenor.db").exists()


@pytest.mark.parametrize("words", [["doctor"], ["publish"], ["users", "list"], ["desk"], ["crawl"]])
def test_damaged_database_is_a_sentence_everywhere(run: Run, words: list[str]) -> None:
    Path("convenor.db").write_bytes(b"not a database at all " * 100)
    before = Path("convenor.db").read_bytes()
    done = run(*words)
    assert done.exit_code == 1
    assert "damaged or is not a convenor database" in done.output
    assert Path("convenor.db").read_bytes() == before


MONTHS = "--period 2020-11..2021-02"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("crawl mars", "there is no such source; there are: gpsh"),
        ("sources repair mars", "there is no such source; there are: gpsh"),
        ("sources release mars", "there is no such source; there are: gpsh"),
        ("sources ledger mars.example", "'mars.example' was never asked"),
        ("sources import-opml sources.yaml --sub-region mars", "there is no sub-region 'mars'"),
        ("sources import-opml mars.opml", "cannot read mars.opml"),
        ("sources preview https://x.example/ --html mars.html", "cannot read mars.html"),
        ("sources export-opml --sources mars.yaml", "cannot read mars.yaml"),
        ("sources add https://x.example/ --sub-region mars", "there is no sub-region 'mars'"),
        ("add https://x.example/ --sub-region mars", "there is no sub-region 'mars'"),
        ("links check --sub-region mars", "there is no sub-region 'mars'"),
        (f"report draft --sub-region mars {MONTHS} -o report.docx", "'mars' is not known"),
        (f"report import mars.docx --sub-region oceania {MONTHS} --user Ying", "cannot read mars.docx"),
        ("evidence show 99 -o page.html", "no page of activity 99 is kept"),
        ("users add Bat --sub-region mars", "there is no sub-region 'mars'"),
        ("users set Mars --role reader", "there is no user 'Mars'"),
        ("users passwd Mars", "there is no user 'Mars'"),
        ("users sign-out Mars", "there is no user 'Mars'"),
        ("users disable Mars", "there is no user 'Mars'"),
        ("doctor --db mars.db", "there is no database at mars.db"),
        ("site --db mars.db", "there is no public database at mars.db"),
        ("digest --db mars.db -o letter.txt", "mars.db is no public database"),
    ],
)
def test_what_is_named_and_is_not_there_ends_with_1(place: Run, words: str, sentence: str) -> None:
    done = place(*words.split())
    assert (done.exit_code, sentence in done.output) == (1, True), done.output
    assert "Traceback" not in done.output and not Path("report.docx").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("links check --period winter", "'winter' is not a period"),
        ("links check --period 2021-02..2020-11", "ends before it begins"),
        ("report draft --sub-region oceania --period winter -o report.docx", "'winter' is not a period"),
        (f"report draft --sub-region oceania --sub-region international {MONTHS} -o report.docx", "of one sub-region"),
        ("report draft --sub-region oceania --period 2021-02..2020-11 -o report.docx", "ends before it begins"),
        (f"report draft --sub-region oceania {MONTHS} -o report.pdf", "must end in .docx, .html, .htm, .md"),
        ("report import mars.docx --sub-region oceania --period winter --user Ying", "'winter' is not a period"),
        ("crawl --since winter", "does not match the format"),
        ("digest --since winter -o letter.txt", "does not match the format"),
        ("digest -o letter.pdf", "must end in .eml, .html, .txt"),
        ("digest --to winter", "'winter' is no e-mail address"),
        ("add winter", "is not a full http or https address"),
        ("add https://x.example/ --date winter", "“winter” is no day"),
        ("add https://x.example/ --country Korea", "must be a two-letter country code"),
        ("sources add winter", "is not a full http or https address"),
        ("sources preview https://x.example/ --language Korean", "must be a language code"),
        ("sources repair gpsh --yes --drop", "exclude each other"),
        ("letters --url winter", "is not a full http or https address"),
        ("sources add https://x.example/ --id NDL/news", "'NDL/news' is no id"),
        ("users add Bat", "a convenor needs at least one --sub-region"),
        ("users add Bat --role boss", "'boss' is not one of"),
        ("users set Ying", "say what to change"),
        ("users set Ying --email winter", "'winter' is no e-mail address"),
        ("evidence show winter -o page.html", "'winter' is not a valid integer"),
        ("site --address winter", "is not the address of a site"),
        ("desk --port 70000", "70000 is not in the range"),
        ("backup", "Missing argument 'FILE'"),
    ],
)
def test_words_that_cannot_be_right_end_with_2(place: Run, words: str, sentence: str) -> None:
    done = place(*words.split())
    assert (done.exit_code, sentence in done.output) == (2, True), done.output
    assert "Traceback" not in done.output and not Path("report.docx").exists()


def test_imported_sources_are_listed_before_they_are_polled(place: Run) -> None:
    row = '<outline type="rss" text="Fiji" xmlUrl="https://lib.example.fj/feed"/>'
    Path("list.opml").write_text(f'<opml version="2.0"><head/><body>{row}</body></opml>', "utf-8")
    assert "1 of 1 sources were added" in place("sources", "import-opml", "list.opml", "--country", "FJ").output
    assert "lib-example-fj: never polled" in place("sources", "list").output


def test_an_id_that_is_taken_is_said_before_the_web_is_asked(place: Run) -> None:
    done = place("sources", "add", "https://x.example/", "--id", "gpsh")
    assert done.exit_code == 1 and "there is a source 'gpsh' already" in done.output, done.output


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("users add Ying --role reader --password-stdin", id="a name that is taken"),
        pytest.param("users add Bat --sub-region mars --password-stdin", id="nowhere"),
        pytest.param("init . --user Bat --password-stdin", id="a place that is there"),
        pytest.param("init other --user " + 81 * "a" + " --password-stdin", id="a name that nobody can have"),
    ],
)
def test_what_cannot_be_done_is_said_before_a_password_is_read(place: Run, words: str) -> None:
    done = place(*words.split(), input="short\n")
    assert done.exit_code == 1 and "password" not in done.output.lower(), done.output
    assert not Path("other").exists()


def test_empty_report_is_drafted_and_says_what_is_missing(place: Run) -> None:
    words = ("--sub-region", "north-east-asia", "--period", "2020-11..2021-02")
    done = place("report", "draft", *words, "-o", "report.docx")
    assert done.exit_code == 0
    assert Path("report.docx").read_bytes().startswith(b"PK")
    assert "Still to look at:" in done.output and "Mongolia" in done.output
    with opened(Path("convenor.db")) as conn:
        assert list_reports(conn, ["north-east-asia"]) == ()  # that is begun at the desk


def test_what_cannot_be_written_leaves_the_file_that_was_there(place: Run) -> None:
    Path("out").mkdir()
    Path("out/sources.opml").write_text("what I had")
    Path("out/.sources.opml.unfinished").mkdir()  # nothing can be written beside it
    done = place("sources", "export-opml", "-o", "out/sources.opml")
    assert done.exit_code == 1 and "cannot write out/sources.opml" in done.output
    assert Path("out/sources.opml").read_text() == "what I had"


@pytest.mark.parametrize("server", ["desk", "site"])
def test_port_in_use_is_a_sentence(place: Run, server: str) -> None:
    assert place("publish").exit_code == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = place(server, "--port", port)
    assert done.exit_code == 1 and f"port {port} of 127.0.0.1 cannot be used" in done.output


def test_users_are_added_changed_and_switched_off(place: Run) -> None:
    region = ("--sub-region", "north-east-asia")
    assert place("users", "add", "Bat", *region, "--password-stdin", input="another long one\n").exit_code == 0
    again = place("users", "add", "bat", *region, "--password-stdin", input="another long one\n")
    assert again.exit_code == 1 and "there is a user 'bat' already" in again.output
    assert place("users", "passwd", "Bat", "--password-stdin", input="a third long one\n").exit_code == 0
    assert place("users", "disable", "Bat").exit_code == 0
    people = [json.loads(line) for line in place("users", "list", "--json").output.splitlines()]
    assert [(person["name"], person["disabled"]) for person in people] == [("Bat", True), ("Ying", False)]
    assert place("users", "add", "Su", "--password-stdin", input="a long password\n").exit_code == 2


def test_what_became_of_a_person_is_told_to_programs(place: Run) -> None:
    more = ("--sub-region", "north-east-asia", "--password-stdin")
    told = [
        json.loads(place("users", *words, "--json", input="another long one\n").output)
        for words in (
            ("add", "Bat", *more),
            ("set", "bat", "--role", "nominator"),
            ("passwd", "BAT", "--password-stdin"),
            ("sign-out", "bat"),
            ("disable", "bat"),
        )
    ]
    changed = [(one["name"], one["role"], one["disabled"], one.get("sessions_ended")) for one in told]
    bat = ("Bat", "nominator", False, None)
    off = ("Bat", "nominator", True, None)
    assert changed == [("Bat", "convenor", False, None), bat, bat, ("Bat", "nominator", False, 0), off]


def test_sessions_of_a_person_are_ended(place: Run) -> None:
    now = datetime.now(UTC)
    with opened(Path("convenor.db")) as conn:
        begin_session(conn, 1, device="", now=now, ends_at=now + timedelta(hours=1))
    assert place("users", "sign-out", "Ying").output == "Ying is signed out; 1 session ended.\n"
    assert place("users", "sign-out", "Su").exit_code == 1
    nobody = place("users", "passwd", "Su", "--password-stdin", input="short\n")
    assert nobody.exit_code == 1 and "there is no user 'Su'" in nobody.output


def test_role_and_sub_regions_are_set(place: Run) -> None:
    region = ("--sub-region", "north-east-asia")
    place("users", "add", "Bat", "--role", "nominator", *region, "--password-stdin", input="another long one\n")
    assert place("users", "set", "bat", "--role", "convenor").output == "Bat is convenor now, north-east-asia.\n"
    both = place("users", "set", "Bat", *region, "--sub-region", "international")
    assert both.output == "Bat is convenor now, international, north-east-asia.\n"
    assert place("users", "set", "Bat").exit_code == 2
    assert place("users", "set", "Bat", "--email", "bat@library.example").exit_code == 0
    assert "Bat: convenor, international, north-east-asia, bat@library.example\n" in place("users", "list").output
    assert (
        place("users", "set", "Bat", "--email", "").output == "Bat is convenor now, international, north-east-asia.\n"
    )
    assert place("users", "set", "Bat", "--openid", "x").exit_code == 2
    for words, sentence in (
        (("Ying", "--role", "reader"), "Ying is the only operator"),
        (("Su", "--role", "reader"), "there is no user 'Su'"),
        (("Bat", "--sub-region", "mars"), "there is no sub-region 'mars'"),
    ):
        done = place("users", "set", *words)
        assert done.exit_code == 1 and sentence in done.output


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        pytest.param(["run", "--host", "256.1.1.1"], 1, "256.1.1.1 is no address of this machine", id="no such host"),
        pytest.param(["desk", "--port", "0"], 1, "cannot use convenor.secret; set CONVENOR_SECRET", id="secret: desk"),
        pytest.param(["letters", "--url", "https://x.example/"], 1, "cannot use convenor.secret", id="secret: letters"),
        pytest.param(
            ["demo", "--once", "--db", "sources.yaml/demo.db"], 1, "cannot use sources.yaml/demo.db", id="demo"
        ),
    ],
)
def test_what_cannot_be_used_is_named(place: Run, words: list[str], code: int, sentence: str) -> None:
    Path("convenor.secret").mkdir()
    done = place(*words)
    assert (done.exit_code, "Traceback" in done.output) == (code, False) and sentence in done.output, done.output


def test_letters_without_a_database_leave_no_secret(run: Run) -> None:
    assert run("letters", "--url", "https://x.example/").exit_code == 1
    assert not Path("convenor.secret").exists()


def test_what_was_done_is_told_to_programs_too(place: Run) -> None:
    words = ("--sub-region", "north-east-asia", "--period", "2020-11..2021-02", "-o", "report.docx")
    told = [
        json.loads(place(*command, "--json").stdout)
        for command in (("backup", "copy.db"), ("doctor",), ("report", "draft", *words))
    ]
    held = {"items": 0, "decisions": 0, "polled_at": None, "decided_at": None}
    assert [told[0]["bytes"], told[1]] == [Path("copy.db").stat().st_size, {"sources": 10, "sound": True, **held}]
    assert told[2]["path"] == "report.docx" and any("Mongolia" in one for one in told[2]["missing"])


def test_backup_is_a_whole_database(place: Run) -> None:
    assert place("backup", "copy.db").exit_code == 0
    assert place("users", "list", "--db", "copy.db").output == "Ying: operator, all sub-regions\n"
    assert place("backup", "copy.db").exit_code == 1


def test_backup_is_put_back(place: Run) -> None:
    place("backup", "copy.db")
    place("users", "add", "Bat", "--role", "operator", "--password-stdin", input="another long one\n")
    done = place("restore", "copy.db")
    [kept] = Path().glob("convenor.db.replaced-*")
    sentence = "convenor.db is what copy.db holds: 0 items, 0 decisions. What stood there before is kept as"
    assert done.output == f"{sentence} {kept}.\n"
    assert place("users", "list").output == "Ying: operator, all sub-regions\n"


def test_doctor_finds_a_torn_page(place: Run) -> None:
    assert place("doctor").exit_code == 0
    conn = sqlite3.connect("convenor.db")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    root = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'terms'").fetchone()[0]
    size = conn.execute("PRAGMA page_size").fetchone()[0]
    conn.close()
    with open("convenor.db", "r+b") as file:
        file.seek((root - 1) * size)  # its header, whatever the page holds
        file.write(b"\xff" * 800)
    done = place("doctor")
    assert done.exit_code == 1 and "damaged" in done.output, done.output


def test_doctor_builds_the_search_index_anew(place: Run) -> None:
    conn = sqlite3.connect("convenor.db")
    conn.execute(
        "INSERT INTO sources (id, name, institution, country, sub_region, language, kind, url)"
        " VALUES ('a', 'A', 'A', 'JP', 'oceania', 'ja', 'feed', 'https://a.example/')"
    )
    conn.execute(
        "INSERT INTO items (source_id, url, canonical_url, title, language, country, date_precision, first_seen_at,"
        " content_hash) VALUES ('a', 'https://a.example/1', 'u', '図書', 'ja', 'JP', 'none', '', '')"
    )
    conn.commit()
    assert place("doctor").exit_code == 0
    conn.execute("INSERT INTO item_words (item_words) VALUES ('delete-all')")
    conn.commit()
    done = place("doctor")
    assert done.exit_code == 1 and "lacks 1 items" in done.output and "--rebuild-index" in done.output
    assert place("doctor", "--rebuild-index").exit_code == 0
    assert place("doctor").exit_code == 0
    conn.close()


def test_a_crawl_without_a_network_fails_no_run(place: Run) -> None:
    done = place("crawl", "ifla", "--json")
    assert done.exit_code == 0, done.output
    poll, summary = (json.loads(line) for line in done.output.splitlines())
    assert (poll["outcome"], summary["failed"]) == ("failed", ["ifla"])
    checked = place("sources", "check")
    assert checked.exit_code == 1 and "ifla: unreachable since 20" in checked.output
    assert "ndl-en: ok: never polled yet" in checked.output and "1 of 10 sources is broken." in checked.output


def every_command(command: click.Command = main, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(words), command
    if isinstance(command, click.Group):
        command.list_commands(click.Context(command))  # loads them
        for name, inner in command.commands.items():
            yield from every_command(inner, (*words, name))


@pytest.mark.parametrize(("words", "command"), list(every_command())[1:])
def test_a_terminal_of_80_columns_cuts_no_line_of_the_list_of_commands(words: str, command: click.Command) -> None:
    assert not command.get_short_help_str(61).endswith("...")


@pytest.mark.parametrize(("words", "command"), list(every_command()))
def test_every_option_is_explained(words: str, command: click.Command) -> None:
    shown = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    assert [option.name for option in shown if not option.help] == []


def test_help_imports_no_heavy_library() -> None:
    import subprocess
    import sys

    heavy = ("httpx", "datasette", "lxml", "yaml", "docx")
    program = f"import sys, convenor; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_pass_with_nobody_to_ask_loads_nothing_that_asks(tmp_path: Path) -> None:
    import subprocess
    import sys

    sources = shipped_sources().read_text("utf-8").replace("\n    kind: ", "\n    enabled: false\n    kind: ")
    (tmp_path / "sources.yaml").write_text(sources, "utf-8")
    (tmp_path / "convenor.db").touch()  # for the first pass what reads is loaded beside
    asking = ("ssl", "socket", "subprocess", "concurrent", "lxml", "protego", "crawlers.fetch", "crawlers.guardian")
    program = (
        "import atexit, sys, convenor;"
        f"atexit.register(lambda: print([name for name in {asking} if name in sys.modules]));"
        f"convenor.main(['crawl', '--db', {str(tmp_path / 'convenor.db')!r}])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["0 sources polled in 0.0 s; 0 new items.", "[]"]
