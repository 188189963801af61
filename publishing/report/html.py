"""The report as one HTML file that needs nothing else: to read, to print on A4, to paste into a mail.

Borders and widths stand in attributes, too, because mail programs drop style sheets.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from publishing.report.model import Activity, Country, ReportDraft, link_target
from publishing.report.text import Paragraph, Run, bold_runs

CONTENT_TYPE = "text/html; charset=utf-8"
STYLE = """\
@page { size: A4; margin: 2.3cm }
body { color: #000; background: #fff; font: 11pt/1.4 "Times New Roman", "Songti SC", SimSun, "MS Mincho",
  "Malgun Gothic", serif; margin: 1.5em auto; max-width: 46em; padding: 0 1em; overflow-wrap: anywhere }
h1 { font-size: 14pt; text-align: center; margin: 0 0 1.2em }
h2, h3 { font-size: 11pt; margin: 1.2em 0 .4em; break-after: avoid }
h2.prompt { font-weight: normal }
p { margin: 0 0 .4em }
.identity span + span { margin-left: 3em }
.item { margin-left: 1.6em }
.number { display: inline-block; margin-left: -1.6em; width: 1.6em }
table { border-collapse: collapse; table-layout: fixed; width: 100%; margin-top: 1em; font-size: 10pt }
th, td { border: 1px solid #444; padding: .35em .5em; text-align: left; vertical-align: top }
thead { display: table-header-group }
th { background: #ededed }
a { color: #054a91 }
@media print { body { margin: 0; max-width: none; padding: 0 } }
"""


def to_html(draft: ReportDraft) -> bytes:
    """The document as UTF-8."""
    body = "\n".join((*_head(draft), *_sections(draft), *_table(draft)))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n'
        f'<meta name="author" content="{escape(draft.convenor)}">\n'
        f"<title>{escape(draft.title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _head(draft: ReportDraft) -> Iterable[str]:
    yield f'<h1 align="center">{"<br>".join(map(escape, draft.title_lines))}</h1>'
    fields = "&emsp; ".join(f"<span>{escape(text)}</span>" for text in draft.identity_fields)
    yield f'<p class="identity">{fields}</p>'
    yield f"<p>{escape(draft.submission_line)}</p>"


def _sections(draft: ReportDraft) -> Iterable[str]:
    yield f'<h2 class="prompt">{_inline(bold_runs(draft.form.sections_heading))}</h2>'
    for section in draft.sections:
        yield f"<h3>{section.letter}. {escape(section.prompt)}</h3>"
        for item in section.items:
            number = "" if item.number is None else f'<span class="number">{item.number}. </span>'
            yield f'<p class="item"{_language(item)}>{number}{_inline(item.runs)}</p>'
        if not section.items:
            yield '<p class="item">&nbsp;</p>'
    for prompt in (bold_runs(draft.form.activities_prompt), draft.impact_prompt):
        yield f'<h2 class="prompt">{_inline(prompt)}</h2>'
    yield from (f"<p>{escape(line)}</p>" for line in draft.directions)


def _table(draft: ReportDraft) -> Iterable[str]:
    columns = draft.form.columns
    yield f'<table border="1" cellspacing="0" cellpadding="6" width="100%" aria-label="{escape(draft.title)}">'
    heads = (f'<th scope="col" width="{share}%">{escape(name)}</th>' for name, share in columns.items())
    yield f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>"
    for country in draft.countries:
        yield from (_row(draft, country, activity) for activity in country.activities)
    yield "</tbody>\n</table>"


def _row(draft: ReportDraft, country: Country, activity: Activity) -> str:
    name = escape(draft.country_cell(country)) if activity.number == 1 else ""
    title = f"<p{_language(activity.title)}>{_inline(draft.heading(activity))}</p>"
    body = "".join(f'<p dir="auto"{_language(text)}>{_inline(text.runs)}</p>' for text in activity.body)
    links = f"<p>{escape(draft.form.link_label)} {_link(activity.link)}</p>"
    impact = "".join(f"<p>{escape(line)}</p>" for line in activity.impact)
    cells = (name, title + body + links, impact)
    return "<tr>" + "".join(f'<td valign="top">{cell}</td>' for cell in cells) + "</tr>"


def _inline(runs: Iterable[Run]) -> str:
    return "".join(_styled(run) for run in runs)


def _styled(run: Run) -> str:
    text = escape(run.text)
    text = f"<em>{text}</em>" if run.italic else text
    return f"<b>{text}</b>" if run.bold else text


def _language(paragraph: Paragraph) -> str:
    return f' lang="{escape(paragraph.language)}"' if paragraph.language not in (None, "en") else ""


def _link(url: str) -> str:
    target = link_target(url)
    return f'<a href="{escape(target)}" rel="noreferrer">{escape(url)}</a>' if target else ""
