"""A machine translator: off unless named, asked over loopback, believed only as far as a gloss goes."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from curation.glosses import gloss_titles
from db.connect import transaction
from db.glosses import glosses
from translating import MAX_TITLE, Translator, TranslatorError, translator
from workplace import gloss_waiting_titles

from .conftest import NOW, Room

ANSWERS: list[Any] = []
ASKED: list[dict[str, Any]] = []


class LibreTranslate(BaseHTTPRequestHandler):
    """What the real one answers, as its interface is documented."""

    def do_GET(self) -> None:
        self._answer([{"code": "en", "name": "English"}, {"code": "ja", "name": "Japanese"}, {"code": "zh-Hans"}])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        ASKED.append(asked)
        self._answer(ANSWERS.pop() if ANSWERS else {"translatedText": [f"{asked['target']}: {q}" for q in asked["q"]]})

    def _answer(self, body: Any) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(200 if not isinstance(body, dict) or "error" not in body else 403)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def address() -> Iterator[str]:
    ANSWERS.clear()
    ASKED.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), LibreTranslate) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_without_an_address_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONVENOR_TRANSLATOR", raising=False)
    assert translator() is None
    gloss_waiting_titles(sqlite3.connect(":memory:"), lambda sentence: pytest.fail(sentence))


def test_texts_are_translated_in_their_order_into_languages_that_are_spoken(address: str) -> None:
    with httpx.HTTPTransport() as network:
        named = Translator(address, network, "a key")
        assert named.translate(["図書館", "新聞"], "en") == ("en: 図書館", "en: 新聞")
        assert named.translate(["News"], "zh-Hans") == ("zh-Hans: News",)
        assert named.translate(["News"], "mn") == () == named.translate([], "en")
    assert ASKED[0] == {"q": ["図書館", "新聞"], "source": "auto", "target": "en", "format": "text", "api_key": "a key"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"error": "Invalid API key"}, id="refused"),
        pytest.param({"translatedText": "one"}, id="no list"),
        pytest.param({"translatedText": []}, id="too few"),
        pytest.param({"translatedText": [None]}, id="no text"),
        pytest.param([], id="another form"),
        pytest.param(b"<html>", id="no JSON"),
        pytest.param(b'"' + b"x" * 1_100_000 + b'"', id="too large"),
    ],
)
def test_answer_that_is_none_is_an_error(address: str, answer: Any) -> None:
    ANSWERS.append(answer)
    with httpx.HTTPTransport() as network, pytest.raises(TranslatorError, match="translator at http"):
        Translator(address, network).translate(["News"], "en")


def test_endless_translation_is_cut(address: str) -> None:
    ANSWERS.append({"translatedText": ["x\n" * 5_000]})
    with httpx.HTTPTransport() as network:
        assert len(Translator(address, network).translate(["News"], "en")[0]) == MAX_TITLE


@pytest.mark.anyio
async def test_gloss_is_shown_marked_as_a_machines_and_goes_when_the_title_changes(
    room: Room,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    item, english = room.add("図書館ニュース"), room.add("News", source="nli")
    said: list[str] = []
    monkeypatch.setenv("CONVENOR_TRANSLATOR", address)
    ANSWERS.append({"translatedText": ["<b>Library</b> news"]})
    gloss_waiting_titles(room.conn, said.append)
    assert glosses(room.conn, [item.id, english.id], "en") == {item.id: "<b>Library</b> news"}
    reader = await room.signed_in("reader")
    for place in ("/", f"/-/item/{item.id}"):
        page = (await reader.get(place)).text
        assert 'Machine translation:</span> <span lang="en" dir="auto">&lt;b&gt;Library&lt;/b&gt; news</span>' in page
    assert gloss_titles(room.conn, lambda texts, language: pytest.fail("asked twice"), now=NOW) == 0
    with transaction(room.conn):
        room.conn.execute("UPDATE items SET title = '新しい題' WHERE id = ?", (item.id,))
    assert glosses(room.conn, [item.id], "en") == {} and said == []
    monkeypatch.setenv("CONVENOR_TRANSLATOR", "http://127.0.0.1:9")
    gloss_waiting_titles(room.conn, said.append)
    assert said[0].startswith("no titles were translated: the translator at http://127.0.0.1:9 gave no answer")
