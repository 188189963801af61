"""What is read of YAML: exactly what the usual safe loader reads, and refuses."""

from __future__ import annotations

import pytest
import yaml

from crawlers.yaml_loader import Loader


def read_by(loader: type, text: str) -> str:
    """What comes of it, in words."""
    try:
        return repr(yaml.load(text, Loader=loader))
    except yaml.YAMLError as error:
        return str(error)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: 新着\n'b': \"x\"\nc: 1\nd: no\ne: ~\nf: 2020-01-01\n=: g", id="plain values"),
        pytest.param("a: &x 新着\nb: *x\n*x : c", id="aliases of text"),
        pytest.param("- &a [*a]", id="a list within itself"),
        pytest.param("a: &a {b: 1}\nc: {<<: *a, d: 2}", id="merged keys"),
        pytest.param("a: !!str 1\nb: !!int '2'\nc: ! 3", id="types by hand"),
        pytest.param("!!str {a: b}", id="a dictionary said to be text"),
        pytest.param("!!str {=: b}", id="a dictionary that stands for its text"),
        pytest.param("!!str [a]", id="a list said to be text"),
        pytest.param("? [a]\n: b", id="a key that cannot be one"),
        pytest.param("a: !!python/object:os.system b", id="an object"),
        pytest.param("a: 'b", id="no end"),
        pytest.param("", id="nothing"),
    ],
)
def test_reads_and_refuses_what_the_usual_loader_does(text: str) -> None:
    assert read_by(Loader, text) == read_by(getattr(yaml, "CSafeLoader", yaml.SafeLoader), text)
