"""The text of a piece of markup is what a reader would see in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages.plain import clean
from crawlers.pages.tree import markup_text, markup_tree, visible_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param("plain & simple", "plain & simple", id="no markup"),
        pytest.param("<p>First &amp; second.</p><p>Third <b>o</b>ne.</p>", "First & second. Third one.", id="blocks"),
        pytest.param("a<script>x()</script>b<!-- c -->d<?e f?>g", "abdg", id="what nobody sees"),
        pytest.param("<b>12</b><i>03</i>", "12 03", id="numbers side by side"),
        pytest.param("one<br>two<br/>three", "one two three", id="line breaks"),
        pytest.param("<td>1<td>2", "1 2", id="cells without a table"),
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
            "&amp;",
            "&#233;",
            "&nbsp;",
            "\u3000",
            "e\u0301",
            "\u0301",
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
