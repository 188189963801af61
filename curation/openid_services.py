"""What the desk is lent to let people in through their institution's OpenID Connect provider."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Begun(Struct, frozen=True):
    """A sign-in that was begun: where the browser goes, and what must be remembered until it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str  # PKCE: whoever has only the code cannot use it


class Identity(Struct, frozen=True):
    """Whom the provider vouches for."""

    issuer: str
    subject: str  # the person's name for ever, at this issuer
    email: str = ""
    email_verified: bool = False


class OpenIdServices(Struct, frozen=True):
    """What goes wrong is an AccessError with a sentence. Both functions ask the provider, so they take their time."""

    issuer: str
    name: str  # of the institution, as its button says
    begin: Callable[[str], Begun]  # the address to which the provider sends the browser back
    finish: Callable[[Begun, str, str], Identity]  # what was begun, that address, the code that the browser brought
