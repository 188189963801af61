"""A machine translator that an operator may name: what speaks the interface of LibreTranslate (POST /translate).

Off by default: without $CONVENOR_TRANSLATOR nothing is sent anywhere. Only titles go out, which are public already.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from db.errors import NewsError

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 30.0  # for one request
MAX_BYTES = 1_000_000  # of an answer
MAX_TITLE = 1_000  # characters of a translation that can be one of a title


class TranslatorError(NewsError):
    """The translator gave no translation."""


class Translator(Struct, frozen=True):
    """A translator at an address; `transport` is the network."""

    address: str
    transport: httpx.BaseTransport
    key: str = ""
    _codes: dict[str, str | None] = field(default_factory=dict)

    def translate(self, texts: Sequence[str], language: str) -> tuple[str, ...]:
        """The texts in this language (BCP 47), in their order; none at all when the translator does not speak it.

        TranslatorError when it cannot be reached or answers anything else.
        """
        code = self._code(language)
        if code is None or not texts:
            return ()
        asked: dict[str, Any] = {"q": list(texts), "source": "auto", "target": code, "format": "text"}
        answer = self._ask("POST", "translate", asked | ({"api_key": self.key} if self.key else {}))
        found = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(found, list) or len(found) != len(texts) or not all(isinstance(one, str) for one in found):
            raise TranslatorError(f"the translator at {self.address} did not answer with one translation for each text")
        return tuple(" ".join(one.split())[:MAX_TITLE] for one in found)

    def _code(self, language: str) -> str | None:
        """What the translator calls this language; None when it does not speak it."""
        if not self._codes:
            answer = self._ask("GET", "languages")
            known = [one.get("code") for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []
            self._codes.update((code, code) for code in known if isinstance(code, str))
        primary = language.partition("-")[0]
        return self._codes.get(language) or self._codes.get(primary)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        import httpx

        try:
            with (
                httpx.Client(transport=self.transport, timeout=TIMEOUT_SECONDS) as client,
                client.stream(method, f"{self.address.rstrip('/')}/{path}", json=body) as response,
            ):
                response.raise_for_status()
                content = b""
                for part in response.iter_bytes():
                    content += part
                    if len(content) > MAX_BYTES:
                        raise TranslatorError(f"the translator at {self.address} answers too much")
            return httpx.Response(200, content=content).json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise TranslatorError(f"the translator at {self.address} gave no answer that can be read") from error


def translator() -> Translator | None:
    """The one at $CONVENOR_TRANSLATOR, with $CONVENOR_TRANSLATOR_KEY where it wants a key; None: none was named."""
    address = os.environ.get("CONVENOR_TRANSLATOR", "")
    if not address:
        return None
    if not address.startswith(("https://", "http://")):
        raise NewsError("CONVENOR_TRANSLATOR must be an address that begins with https:// or http://")
    import httpx

    return Translator(address, httpx.HTTPTransport(), os.environ.get("CONVENOR_TRANSLATOR_KEY", ""))
