"""Who may do what at the desk. Pure: each function returns, or raises AccessError with the sentence that says why not.

A reader sees her sub-regions, a nominator may also suggest in hers, a convenor decides in hers, an operator sees and
decides everything. Whoever is refused is told by the page who can change it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from curation.languages import gettext
from curation.wording import ROLES
from db.errors import AccessError
from db.records import DecisionRow, User
from db.users import DESK


def visible_regions(user: User, known: Iterable[str]) -> tuple[str, ...]:
    """The sub-regions whose items this person sees, in the order known."""
    return tuple(region for region in known if user.role == "operator" or region in user.sub_regions)


def check_may_see(user: User, sub_region: str) -> None:
    """Returns when the person may see what belongs to this sub-region."""
    if user.role == "operator" or sub_region in user.sub_regions:
        return
    if not user.sub_regions:
        sentence = gettext("This belongs to the sub-region {region}, and none is yours. An operator can add it.")
        raise AccessError(sentence.format(region=sub_region))
    own = ", ".join(user.sub_regions)
    sentence = gettext("This belongs to the sub-region {region}; yours: {own}. An operator can add it.")
    raise AccessError(sentence.format(region=sub_region, own=own))


def check_may_nominate(user: User, sub_region: str) -> None:
    """Returns when the person may suggest something to the convenors of this sub-region."""
    check_may_see(user, sub_region)
    if user.role == "reader":
        raise AccessError(
            gettext(
                "Your role is reader: you may look at everything here, and nominators suggest."
                " An operator can change your role."
            )
        )


def check_may_decide(user: User, sub_region: str) -> None:
    """Returns when the person may decide on what belongs to this sub-region."""
    check_may_see(user, sub_region)
    if user.role == "reader":
        raise AccessError(
            gettext(
                "Your role is reader: you may look at everything here, and a convenor decides."
                " An operator can change your role."
            )
        )
    if user.role == "nominator":
        raise AccessError(
            gettext(
                "Your role is nominator: you may suggest, and a convenor decides. An operator can change your role."
            )
        )


def check_may_undo(user: User, row: DecisionRow) -> None:
    """Returns when the person may take this decision back: her own, the desk's, or anybody's for an operator."""
    if user.role != "operator" and row.actor.casefold() not in (user.name.casefold(), DESK):
        sentence = gettext("This was decided by {who}; decide anew instead of undoing it.")
        raise AccessError(sentence.format(who=row.actor))


def check_may_publish(user: User) -> None:
    """Returns when the person may rebuild the public site."""
    if user.role not in ("convenor", "operator"):
        sentence = gettext("Your role is {role}: a convenor or an operator publishes.")
        raise AccessError(sentence.format(role=gettext(ROLES[user.role])))


def check_may_look_after_people(user: User) -> None:
    """Returns when the person may see who is signed in, and end anybody's sessions."""
    if user.role != "operator":
        sentence = gettext("Your role is {role}: an operator looks after people.")
        raise AccessError(sentence.format(role=gettext(ROLES[user.role])))


def check_may_tend_sources(user: User) -> None:
    """Returns when the person may see how sources do, and change how they are read."""
    if user.role != "operator":
        sentence = gettext("Your role is {role}: an operator looks after the sources.")
        raise AccessError(sentence.format(role=gettext(ROLES[user.role])))


def may_see(user: User, sub_region: str) -> bool:
    """Whether the person may see what belongs to this sub-region."""
    return _passes(lambda: check_may_see(user, sub_region))


def may_nominate(user: User, sub_region: str) -> bool:
    """Whether the person may suggest something to the convenors of this sub-region."""
    return _passes(lambda: check_may_nominate(user, sub_region))


def may_decide(user: User, sub_region: str) -> bool:
    """Whether the person may decide on what belongs to this sub-region."""
    return _passes(lambda: check_may_decide(user, sub_region))


def may_undo(user: User, row: DecisionRow) -> bool:
    """Whether the person may take this decision back."""
    return _passes(lambda: check_may_undo(user, row))


def may_publish(user: User) -> bool:
    """Whether the person may rebuild the public site."""
    return _passes(lambda: check_may_publish(user))


def _passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except AccessError:
        return False
    return True
