from __future__ import annotations

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from curation.rules import LIMITS, MAX_NOTE, Decision, DeskAction, Edits, changes, check_can_be_published, decide, undo
from db.errors import DecisionError
from db.records import Curation, DecisionRow, ImpactNote, ItemState, Tag

from .conftest import NOW

SD1, SD2, GOAL = Tag("IFLA-2019-2024", "SD1"), Tag("IFLA-2019-2024", "SD2"), Tag("UN-SDG", "SDG4")
CHOSEN = Curation("impactful", (SD1,), title="Title", impact="Read more")


@pytest.mark.parametrize(
    ("before", "decision", "after"),
    [
        pytest.param(Curation(), Decision("impactful", (SD1,)), Curation("impactful", (SD1,)), id="new to impactful"),
        pytest.param(Curation(), Decision("later"), Curation("later"), id="new to later"),
        pytest.param(Curation(), Decision("dismiss"), Curation("dismissed"), id="new to dismissed"),
        pytest.param(
            Curation("later"), Decision("impactful", (SD1, GOAL)), Curation("impactful", (SD1, GOAL)), id="back"
        ),
        pytest.param(CHOSEN, Decision("dismiss"), replace(CHOSEN, state="dismissed"), id="dismissing keeps the work"),
        pytest.param(CHOSEN, Decision("later"), replace(CHOSEN, state="later"), id="putting off keeps the work"),
        pytest.param(CHOSEN, Decision("impactful", (SD2,)), replace(CHOSEN, tags=(SD2,)), id="other tags"),
        pytest.param(Curation(), Decision("edit", edits=Edits(title=" A \n b ")), Curation(title="A b"), id="edit new"),
        pytest.param(CHOSEN, Decision("edit", edits=Edits()), replace(CHOSEN, title=None, impact=None), id="as found"),
        pytest.param(
            Curation(),
            Decision("edit", edits=Edits(summary="a\r\n\r\nb\x00")),
            Curation(summary="a\n\nb"),
            id="tidy text",
        ),
        pytest.param(CHOSEN, Decision("impactful", note="still so"), CHOSEN, id="a note alone is a decision"),
        pytest.param(Curation(), Decision("later", (SD1, SD1)), Curation("later", (SD1,)), id="a tag counts once"),
        pytest.param(
            Curation("dismissed"),
            Decision("later", edits=Edits(title="T")),
            Curation("later", title="T"),
            id="taken up",
        ),
    ],
)
def test_decision_leads_to(before: Curation, decision: Decision, after: Curation) -> None:
    assert decide(before, decision) == after


@pytest.mark.parametrize(
    ("before", "decision", "sentence"),
    [
        pytest.param(Curation(), Decision("impactful"), "needs at least one tag of an IFLA strategy", id="no tag"),
        pytest.param(Curation(), Decision("impactful", (GOAL,)), "of an IFLA strategy", id="only a goal"),
        pytest.param(CHOSEN, Decision("edit", ()), "needs at least one tag", id="last tag taken off"),
        pytest.param(Curation("later"), Decision("later"), "Nothing would change", id="nothing changes"),
        pytest.param(
            Curation("dismissed"), Decision("edit", edits=Edits("T")), "dismissed item is not", id="dismissed"
        ),
        pytest.param(Curation(), Decision("later", note="x" * (MAX_NOTE + 1)), "note is longer than 1000", id="note"),
        pytest.param(Curation(), Decision("edit", edits=Edits("x" * 1001)), "title is longer than 1000", id="title"),
        pytest.param(
            Curation(), Decision("later", tuple(Tag("UN-SDG", str(n)) for n in range(61))), "at most 60 tags", id="tags"
        ),
    ],
)
def test_decision_is_refused_with_a_sentence(before: Curation, decision: Decision, sentence: str) -> None:
    with pytest.raises(DecisionError, match=sentence):
        decide(before, decision)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "ftp://a.example/",
        "http://",
        "http://a b/",
        "http://[",
    ],
)
def test_link_is_http_or_nothing(url: str) -> None:
    with pytest.raises(DecisionError, match="begins with http"):
        decide(Curation(), Decision("edit", edits=Edits(url=url)))


def test_link_of_another_page_is_kept() -> None:
    url = "https://www.nl.go.kr/EN/contents/EN41000000000.do?id=1"
    assert decide(Curation(), Decision("edit", edits=Edits(url=url))).url == url


tags = st.lists(st.sampled_from([SD1, SD2, GOAL]), unique=True).map(tuple)
words = st.text(max_size=30)
edits = st.none() | st.builds(Edits, title=words, summary=words, story=st.builds(ImpactNote, words, words, words))
actions: st.SearchStrategy[DeskAction] = st.sampled_from(["impactful", "later", "dismiss", "edit"])
states: st.SearchStrategy[ItemState] = st.sampled_from(["new", "later", "impactful", "dismissed"])
decisions = st.builds(Decision, action=actions, tags=st.none() | tags, edits=edits, note=words)


@given(before=st.builds(Curation, state=states, tags=tags, title=st.none() | words), decision=decisions)
def test_undo_after_any_decision_is_as_before(before: Curation, decision: Decision) -> None:
    try:
        after = decide(before, decision)
    except DecisionError:
        return
    row = DecisionRow(7, 1, "title", "ying", NOW, decision.action, decision.note, before, after)
    assert undo(after, row, 7) == before


@given(before=st.builds(Curation, state=states, tags=tags), decision=decisions)
def test_no_decision_leads_to_an_impactful_item_without_strategy(before: Curation, decision: Decision) -> None:
    try:
        after = decide(before, decision)
    except DecisionError:
        return
    assert after.state != "impactful" or {SD1, SD2} & set(after.tags)
    said = {**asdict(after), **asdict(after.story)}
    assert all(len(said[name] or "") <= limit for name, limit in LIMITS.items())


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        pytest.param(None, "undone already", id="undone"),
        pytest.param(9, "bat decided on the item since", id="newer one"),
    ],
)
def test_undo_of_what_no_longer_stands_is_a_conflict(last: int | None, sentence: str) -> None:
    row = None if last is None else DecisionRow(last, 1, "title", "bat", NOW, "later", "", Curation(), CHOSEN)
    with pytest.raises(DecisionError, match=sentence) as caught:
        undo(CHOSEN, row, 7)
    assert caught.value.conflict


def test_changes_are_told_in_words() -> None:
    after = replace(CHOSEN, tags=(SD2,), title=None)
    assert changes(CHOSEN, after) == ("tagged SD2", "no longer tagged SD1", "title edited")
    assert changes(CHOSEN, CHOSEN) == ()


@pytest.mark.parametrize(
    ("state", "edited", "found_at", "allowed"),
    [
        pytest.param("impactful", None, "https://letter.invalid/1@a.example", False, id="a letter that is nowhere"),
        pytest.param("impactful", "https://a.example/1", "https://letter.invalid/1@a.example", True, id="with a link"),
        pytest.param("later", None, "https://letter.invalid/1@a.example", True, id="not public"),
        pytest.param("impactful", None, "https://a.example/1", True, id="a page"),
    ],
)
def test_nothing_becomes_public_without_an_address(
    state: ItemState, edited: str | None, found_at: str, allowed: bool
) -> None:
    with nullcontext() if allowed else pytest.raises(DecisionError, match="nowhere on the web"):
        check_can_be_published(Curation(state, url=edited), found_at)
