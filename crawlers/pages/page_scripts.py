"""Where the functions of a page's own scripts lead, as address templates. No script is run.

Of each function the assignments are read: to `location`, to a form's `action`, to hidden inputs. What they assign must
be put together from quoted text, arguments, data attributes and the values of the page's inputs; anything else is given
up. In a template {0} stands for the first argument and {data-id} for an attribute of the element that was clicked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import quote

from lxml.html import HtmlElement
from msgspec import Struct

from crawlers.pages.tree import once_for_a_tree

_LEADS = re.compile(r"location|\.submit|\.open\s*\(")
_LONGEST = 200_000  # characters of script that are looked at
_LONGEST_BODY = 4000
_MOST_FUNCTIONS = 300
_FUNCTION = re.compile(
    r"function\s+(?P<name>[\w$]+)\s*\((?P<arguments>[^()]{0,200})\)\s*\{"
    r"|(?<![\w$.])(?P<name2>[\w$.]+)\s*[=:]\s*(?:async\s+)?function\s*[\w$]*\s*\((?P<arguments2>[^()]{0,200})\)\s*\{"
    r"|(?<![\w$])(?P<name3>[\w$]+)\s*=\s*\(?(?P<arguments3>[\w$,\s]{0,200})\)?\s*=>\s*\{"
    r"|\$\(\s*(?:document|body|['\"][^'\"]{1,80}['\"])\s*\)\.(?:on"
    r"|delegate)\(\s*['\"]click['\"]\s*,\s*['\"](?P<css>[^'\"]{1,80})['\"]\s*,\s*"
    r"(?:function\s*\([^()]{0,40}\)|\(?\w*\)?\s*=>)\s*\{"
    r"|\$\(\s*['\"](?P<css2>[^'\"]{1,80})['\"]\s*\)\.(?:click"
    r"|on)\((?:\s*['\"]click['\"]\s*,)?\s*(?:function\s*\([^()]{0,40}\)|\(?\w*\)?\s*=>)\s*\{"
)
_CALLED = (
    (re.compile(r"location\.(?:assign|replace)\s*\("), "location.href="),
    (re.compile(r"window\.open\s*\("), "location.href="),
    (re.compile(r"\.(?:attr|prop)\s*\(\s*['\"]action['\"]\s*,"), ".action="),
    (re.compile(r"\.setAttribute\s*\(\s*['\"]action['\"]\s*,"), ".action="),
    (re.compile(r"\.val\s*\((?!\s*\))"), ".value="),
)
_ASSIGNMENT = re.compile(
    r"(?P<target>[\w$.\[\]'\"()#=\s-]{1,120}?)\s*(?P<sign>\+?=)(?![=>])\s*(?P<value>[^;\n]{0,600})"
)
_LOCATION = re.compile(r"(?:^|[\s.])location(?:\.href)?$")
_FIELD = re.compile(
    r"(?:\.|\[['\"])(?P<dotted>[\w-]+)(?:['\"]\])?\.value$|name=['\"]?(?P<named>[\w-]+)['\"]?\][^.]*\.value$"
    r"|#(?P<hash>[\w-]+)['\"]\s*\)\.value$"
    r"|getElementById\(\s*['\"](?P<by_id>[\w-]+)['\"]\s*\)\.value$"
)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`)"
    r"|(?P<number>\d+)(?![\w.])"
    r"|(?:encodeURI(?:Component)?|escape|String|Number|parseInt|\$\.trim)\s*\((?P<wrapped>[^()]*)\)"
    r"|\$\(\s*(?:this|e\.target|e\.currentTarget)\s*\)\.(?:data\(\s*['\"](?P<data>[\w-]+)['\"]\s*\)"
    r"|attr\(\s*['\"](?P<attribute>[\w-]+)['\"]\s*\))"
    r"|(?:this|\w+)\.dataset\.(?P<dataset>\w+)|(?:this|\w+)\.getAttribute\(\s*['\"](?P<got>[\w-]+)['\"]\s*\)"
    r"|\$\(\s*['\"][^'\"]*?(?:#|name=['\"]?)(?P<input>[\w-]+)[^'\"]*['\"]?\]?['\"]?\s*\)\.val\(\s*\)"
    r"|document\.getElementById\(\s*['\"](?P<input2>[\w-]+)['\"]\s*\)\.value"
    r"|(?P<name>[\w$][\w$.]*))\s*"
)
_PAGING = re.compile(
    r"page\w*|cur\w*page\w*|\w*page(?:no|num|idx|index|unit|size)?|se?a?rch\w*|sch\w*|keyword|key|query|ord\w*"
    r"|sort\w*|s_\w+",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Known:
    """What names stand for inside a function: text in which {0} and {data-id} may be left open."""

    names: dict[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)


class _Form(Struct, frozen=True):
    action: str
    fields: Mapping[str, str]


@once_for_a_tree
def learned_calls(root: HtmlElement) -> Mapping[str, str]:
    """Function name (or `.class` and `#id` of what is clicked) → address template, for the functions that lead away."""
    written = _scripts(root)
    if not _LEADS.search(written):
        return {}
    # Single spaces alone: what the patterns allow between two words must not have a thousand ways to be parted.
    scripts = "\n".join(told for line in written.splitlines() if (told := " ".join(line.split())))
    forms = _forms(root)
    inputs = {name: value for form in forms.values() for name, value in form.fields.items()}
    constants = _constants(scripts)
    learned: dict[str, str] = {}
    passing: list[tuple[str, list[str], str]] = []
    for name, arguments, body in islice(_functions(scripts), _MOST_FUNCTIONS):
        known = _Known({**constants, **{word: f"{{{n}}}" for n, word in enumerate(arguments)}}, inputs)
        template = _template(body, known, forms)
        if template and name != "__doPostBack":
            learned.setdefault(name, template)
        elif name not in learned:
            passing.append((name, arguments, body))
    for name, arguments, body in passing:
        if name not in learned and (template := _passed_on(arguments, body, learned)):
            learned[name] = template
    return learned


def _passed_on(arguments: list[str], body: str, learned: Mapping[str, str]) -> str | None:
    """The template of a function that only calls another one with its own arguments."""
    for name, listed in re.findall(r"([\w$]+)\s*\(([^()]{0,200})\)", body):
        handed = [word.strip() for word in listed.split(",")]
        if name in learned and all(word in arguments for word in handed):
            return re.sub(r"\{(\d)\}", _renumbered([arguments.index(word) for word in handed]), learned[name])
    return None


def _renumbered(places: list[int]) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{{{places[int(match[1])]}}}" if int(match[1]) < len(places) else match[0]


def _scripts(root: HtmlElement) -> str:
    texts = (script.text or "" for script in root.iter("script") if "json" not in (script.get("type") or ""))
    return "\n".join(texts)[:_LONGEST]


def _functions(scripts: str) -> Iterator[tuple[str, list[str], str]]:
    for match in _FUNCTION.finditer(scripts):
        body = _body(scripts, match.end())
        found = match.groupdict()
        name = found["name"] or found["name2"] or found["name3"]
        if name:
            listed = found["arguments"] or found["arguments2"] or found["arguments3"] or ""
            yield name.rpartition(".")[2], [word.strip() for word in listed.split(",") if word.strip()], body
        elif mark := re.search(r"([.#][\w-]+)[^.#]*$", found["css"] or found["css2"] or ""):
            yield mark[1], [], body


def _body(scripts: str, start: int) -> str:
    depth = 1
    for match in re.finditer(r"[{}]", scripts[start : start + _LONGEST_BODY]):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return scripts[start : start + match.start()]
    return scripts[start : start + _LONGEST_BODY]


def _constants(scripts: str) -> dict[str, str]:
    found = re.findall(r"(?:var|let|const)\s+([\w$]{1,40})\s*=\s*(['\"])([^'\"\n]{0,200})\2\s*;", scripts)
    return {name: value for name, _, value in found}


def _forms(root: HtmlElement) -> dict[str, _Form]:
    found: dict[str, _Form] = {}
    for form in root.iter("form"):
        fields = {
            entry.get("name") or "": entry.get("value") or ""
            for entry in form.iter("input")
            if entry.get("name") and (entry.get("type") or "").lower() == "hidden"
        }
        for mark in (form.get("name"), form.get("id"), ""):
            if mark is not None:
                found.setdefault(mark, _Form(form.get("action") or "", fields))
    return found


def _template(body: str, known: _Known, forms: Mapping[str, _Form]) -> str | None:
    """The address that a function leads to, or None."""
    for pattern, plain in _CALLED:
        body = pattern.sub(plain, body)
    action: str | None = None
    values: dict[str, str] = {}
    for match in _ASSIGNMENT.finditer(body):
        target, told = " ".join(match["target"].split()), _told(match["value"], known)
        if _LOCATION.search(target):
            if told is not None:
                return told if "{" in told else None
        elif target.endswith(".action"):
            action = told if told is not None else action
        elif place := _FIELD.search(target):
            if told is not None:
                values[next(filter(None, place.groups()))] = told
        elif told is not None:
            name = target.rpartition(" ")[2]
            known.names[name] = known.names.get(name, "") + told if match["sign"] == "+=" else told
    if "submit" not in body or not any("{" in value for value in (*values.values(), action or "")):
        return None
    return _submitted(_form_of(body, known, forms), action, values)


def _form_of(body: str, known: _Known, forms: Mapping[str, _Form]) -> _Form:
    """The form that a function sends: the one whose name stands in it, else the page's first."""
    named = [
        form for mark, form in forms.items() if mark and re.search(rf"(?<![\w$-]){re.escape(mark)}(?![\w$-])", body)
    ]
    return named[0] if named else forms.get("", _Form("", {}))


def _submitted(form: _Form, action: str | None, values: Mapping[str, str]) -> str:
    """The address of a form with these values; its inputs for paging and searching say nothing about the item."""
    kept = {name: value for name, value in form.fields.items() if value and not _PAGING.fullmatch(name)}
    filled = {name: values.get(name, kept.get(name, "")) for name in {**dict.fromkeys(form.fields), **values}}
    pairs = [f"{quote(name)}={value if '{' in value else quote(value)}" for name, value in filled.items() if value]
    where = action if action is not None else form.action
    if not pairs:
        return where
    return f"{where}{'&' if '?' in where else '?'}{'&'.join(pairs)}"


def _told(expression: str, known: _Known) -> str | None:
    """What an expression of text, names and plus signs comes to; None when anything else is in it."""
    expression = expression.strip()
    told, place = "", 0
    while match := _TOKEN.match(expression, place):
        part = _part(match, known)
        if part is None:
            return None
        told, place = told + part, match.end()
        if expression[place : place + 1] != "+":
            return told if _ends(expression[place:]) else None
        place += 1
    return None


def _ends(rest: str) -> bool:
    return not rest or rest[0] in ",)};"


def _part(match: re.Match[str], known: _Known) -> str | None:
    kind = match.lastgroup or ""
    value = match[kind]
    if kind == "text":
        return _interpolated(value[1:-1], known) if value[0] == "`" else _plain(value[1:-1])
    if kind == "number":
        return value
    if kind == "wrapped":
        return _told(value.partition(",")[0], known)
    if kind in ("data", "dataset"):
        return "{data-" + re.sub(r"([A-Z])", lambda upper: f"-{upper[1].lower()}", value) + "}"
    if kind in ("attribute", "got"):
        return f"{{{value}}}" if value.startswith("data-") else None
    if kind in ("input", "input2"):
        return known.inputs.get(value)
    field_name = value.removesuffix(".value").rpartition(".")[2]
    if value.endswith(".value") and field_name in known.inputs:
        return known.inputs[field_name]
    return known.names.get(value)


def _plain(text: str) -> str | None:
    return None if "{" in text else re.sub(r"\\(.)", r"\1", text)


def _interpolated(text: str, known: _Known) -> str | None:
    told = ""
    for plain, expression in re.findall(r"([^$]*)(?:\$\{([^}]*)\})?", text):
        value = _told(expression, known) if expression else ""
        if value is None:
            return None
        told += plain + value
    return told
