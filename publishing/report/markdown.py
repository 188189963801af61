"""The report as Markdown (CommonMark with GitHub's tables): the three columns stay columns, a cell's paragraphs are
parted by `<br>`. Whatever comes from outside is escaped, so that it stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from publishing.report.model import Activity, Country, ReportDraft, link_target
from publishing.report.text import Run, bold_runs

CONTENT_TYPE = "text/markdown; charset=utf-8"
_ACTIVE = re.compile(r"[\\`*_\[\]<>|~&$]")
_ACTIVE_AT_LINE_START = re.compile(r"([-+#]|\d+(?=[.)]))")
PARAGRAPH = "<br><br>"


def to_markdown(draft: ReportDraft) -> bytes:
    """The document as UTF-8."""
    blocks = (*_head(draft), *_sections(draft), *_table(draft))
    return ("\n\n".join(blocks) + "\n").encode()


def _head(draft: ReportDraft) -> Iterable[str]:
    yield "\\\n".join(f"**{escaped(line)}**" for line in draft.title_lines)
    yield " &emsp; ".join(map(escaped, draft.identity_fields))
    yield escaped(draft.submission_line)


def _sections(draft: ReportDraft) -> Iterable[str]:
    yield _inline(bold_runs(draft.form.sections_heading))
    for section in draft.sections:
        yield f"**{section.letter}. {escaped(section.prompt)}**"
        for item in section.items:
            text = _at_line_start(_inline(item.runs))
            yield text if item.number is None else f"{item.number}. {text}"
        if not section.items:
            yield "&nbsp;"
    yield _inline(bold_runs(draft.form.activities_prompt))
    yield _inline(draft.impact_prompt)
    yield "\\\n".join(map(escaped, draft.directions))


def _table(draft: ReportDraft) -> Iterable[str]:
    columns = draft.form.columns
    lines = [_table_line(columns), _table_line("---" for _ in columns)]
    for country in draft.countries:
        lines += [_table_line(_cells(draft, country, activity)) for activity in country.activities]
    yield "\n".join(lines)


def _cells(draft: ReportDraft, country: Country, activity: Activity) -> tuple[str, str, str]:
    name = escaped(draft.country_cell(country)) if activity.number == 1 else ""
    link = f"{escaped(draft.form.link_label)} {_link(activity.link)}".rstrip()
    texts = [_inline(draft.heading(activity)), *(_inline(text.runs) for text in activity.body), link]
    return name, PARAGRAPH.join(texts), "<br>".join(map(escaped, activity.impact))


def _table_line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _inline(runs: Iterable[Run]) -> str:
    return "".join(_styled(run) for run in runs)


def _styled(run: Run) -> str:
    mark = "**" if run.bold else "*" if run.italic else ""
    return f"{mark}{escaped(run.text)}{mark}"


def escaped(text: str) -> str:
    """The text with a backslash before all that Markdown would act on inside a line."""
    return _ACTIVE.sub(r"\\\g<0>", text)


def _at_line_start(text: str) -> str:
    """The line with a backslash where it would begin a list or a heading."""
    match = _ACTIVE_AT_LINE_START.match(text)
    if match is None:
        return text
    return f"{match[0]}\\{text[match.end() :]}" if match[0].isdigit() else f"\\{text}"


def _link(url: str) -> str:
    target = link_target(url)
    return f"<{target}>" if target else ""
