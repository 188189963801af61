"""The text of a piece of markup is what a reader would see in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages.markup import markup_text
from crawlers.pages.plain import clean, one_line
from crawlers.pages.tree import markup_tree, visible_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param("plain & simple", "plain & simple", id="no markup"),
        pytest.param("<p>First &amp; second.</p><p>Third <b>o</b>ne.</p>", "First & second. Third one.", id="blocks"),
        pytest.param("a<script>x()</script>b<!-- c -->d<?e f?>g", "abdg", id="what nobody sees"),
        pytest.param("<b>12</b><i>03</i>", "12 03", id="numbers side by side"),
        pytest.param("one<br>two<br/>three", "one two three", id="line breaks"),
        pytest.param("<td>1<td>2", "1 2", id="cells without a table"),
        pytest.param("<p>1<p>2<td>3", "1 2 3", id="nothing closed"),
        pytest.param("<P CLASS='a'>A &ndash; B</P><br /><img src=x>C", "A – B C", id="tidy in its own way"),
        pytest.param("<td>a&#11;b&#1;<p>\x1fc\ufffe", "a b c\ufffe", id="controls, as they are and as references"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_markup_text(markup: str, text: str) -> None:
    assert markup_text(markup) == text


PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<br>",
            "<b>",
            "</b>",
            "<script>",
            "</script>",
            "<div>",
            "</div>",
            "<!-- x -->",
            "<td>",
            "<li>",
        ),
        *(
            "<style>",
            "</style>",
            "<title>t</title>",
            "<a href=\"/?a=1&amp;b=2\" title='>'>",
            "</a>",
            "<li>",
            "</li>",
            "<ul>",
            "</ul>",
            "<h2>",
            "</h2>",
            "<span>",
            "</span>",
            "<img src='/1.jpg'/>",
            "&rsquo;",
            "&sup2;",
            "&#50;",
            "&",
            "&amp;",
            "&#233;",
            "&nbsp;",
            "&#11;",
            "\u3000",
            "e\u0301",
            "\u0301",
            "\u0338",
            "\u200b",
            "1",
            "2 ",
        ),
        *(" ", "\n", "文", "a", "<", ">", "<?p?>", "<template>", "</template>", "<head>", "<body>", "</html>", "<svg>"),
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_text_of_markup_is_the_visible_text_of_its_tree(markup: str) -> None:
    root = markup_tree(f"<div>{clean(markup)}<i></i></div>")
    assert root is not None
    assert markup_text(f"{markup}<i></i>") == visible_text(root)


TIDY = st.recursive(
    PIECES,
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>",
        st.sampled_from(
            ("p", "div", "ul", "li", "h3", "b", "a", "span", "blockquote", "sup", "ol", "figure", "figcaption")
        ),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(st.lists(TIDY, max_size=4).map("".join))
def test_text_of_tidy_markup_is_the_visible_text_of_its_tree(markup: str) -> None:
    root = markup_tree(f"<div>{clean(markup)}<i></i></div>")
    assert root is not None
    assert markup_text(f"{markup}<i></i>") == visible_text(root)


@given(st.lists(TIDY, min_size=1, max_size=4).map("".join), st.integers(min_value=20, max_value=60))
def test_the_beginning_is_that_of_the_whole(markup: str, enough: int) -> None:
    whole, begun = markup_text(20 * markup), markup_text(20 * markup, enough)
    assert begun[:enough] == whole[:enough]
    assert begun == whole or len(begun) > enough


@given(st.text(alphabet="ab  1文é\u0301\u200b\u200c\n\t\u3000\xa0\x85\u1100\u1161\u2028\ue000\ufeff\ud800"))
def test_one_line_has_single_blanks_and_nothing_unseen(text: str) -> None:
    assert one_line(text) == " ".join(clean(" ".join(text.split())).split())
