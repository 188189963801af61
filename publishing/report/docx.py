"""The report as a Word document: A4, a real table whose header row returns on each page, links that can be followed.

The same draft and clock give the same bytes. Heavy libraries are imported when a document is written.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from db.text_language import east_asian_language
from publishing.report.model import Activity, Country, ReportDraft, link_target
from publishing.report.text import Paragraph, Run, bold_runs

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LATIN_FONT = "Times New Roman"
EAST_ASIAN = {  # language → the locale that Word knows, the font that every Word has for it
    "zh": ("zh-CN", "SimSun"),
    "zh-Hant": ("zh-TW", "PMingLiU"),
    "zh-TW": ("zh-TW", "PMingLiU"),
    "ja": ("ja-JP", "MS Mincho"),
    "ko": ("ko-KR", "Malgun Gothic"),
}
PAGE_WIDTH_CM, PAGE_HEIGHT_CM, MARGIN_CM = 21.0, 29.7, 2.0
TEXT_WIDTH_CM = PAGE_WIDTH_CM - 2 * MARGIN_CM
KEPT_TOGETHER = 800  # characters: a row up to this long moves to the next page whole, a longer one is cut
LONGEST_TARGET = 2000  # characters; Word refuses to follow longer addresses
LONGEST_PROPERTY = 255  # characters, the limit of the package format


def to_docx(draft: ReportDraft, *, now: datetime) -> bytes:
    """The document; `now` is written into it as the time it was made."""
    import docx

    document = docx.Document()
    _set_up(document, draft, now)
    _write_head(document, draft)
    _write_sections(document, draft)
    _write_table(document, draft)
    raw = io.BytesIO()
    document.save(raw)
    return _without_clock(raw.getvalue())


def _without_clock(package: bytes) -> bytes:
    """The same package with one fixed time on each of its files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _set_up(document: Any, draft: ReportDraft, now: datetime) -> None:
    from docx.shared import Cm

    page = document.sections[0]
    page.page_width, page.page_height = Cm(PAGE_WIDTH_CM), Cm(PAGE_HEIGHT_CM)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
    _drop_leftovers(document)
    _set_styles(document)
    properties = document.core_properties
    properties.title = draft.title[:LONGEST_PROPERTY]
    properties.author = properties.last_modified_by = draft.convenor[:LONGEST_PROPERTY]
    properties.created = properties.modified = now.astimezone(UTC)
    properties.language = "en"
    properties.comments = ""


def _drop_leftovers(document: Any) -> None:
    """The library's template carries parts of another document, which Word may take for damage where ours differ.

    They are its picture, its styles as Word 2010 read them, a zoom without its percentage, and that its spelling was
    checked, which would keep Word from checking ours.
    """
    from docx.oxml.ns import qn

    for relations in (document.part.package.rels, document.part.rels):
        kinds = {key: relation.reltype.rpartition("/")[2] for key, relation in relations.items()}
        for key in [key for key, kind in kinds.items() if kind in ("thumbnail", "stylesWithEffects")]:
            del relations[key]
    settings = document.settings.element
    zoom = settings.find(qn("w:zoom"))
    zoom.attrib.clear()
    _set_attributes(zoom, percent="100")
    settings.remove(settings.find(qn("w:proofState")))


def _set_styles(document: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn

    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    fonts, language = defaults.find(qn("w:rFonts")), defaults.find(qn("w:lang"))
    fonts.attrib.clear()
    _set_attributes(fonts, ascii=LATIN_FONT, hAnsi=LATIN_FONT, cs=LATIN_FONT, eastAsia=EAST_ASIAN["zh"][1])
    _set_attributes(language, val="en-US", eastAsia=EAST_ASIAN["zh"][0])
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")  # else Word opens the file as one of an old version
    _set_style(document, "Normal", size=11, after=4)
    _set_style(document, "Table Text", size=10, after=3)
    title = _set_style(document, "Title", size=14, after=14)
    title.font.bold = True
    title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _set_style(document, "Heading 1", size=11, before=10, after=4)
    prompt = _set_style(document, "Heading 2", size=11, before=6, after=3)
    prompt.font.bold = True
    prompt.paragraph_format.keep_with_next = True


def _set_style(document: Any, name: str, *, size: int, before: int = 0, after: int) -> Any:
    """The style, black and plain, with nothing left of the template's colours and rules."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt

    styles = document.styles
    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    for part in ("w:rPr", "w:pPr"):
        if (found := style.element.find(qn(part))) is not None:
            outline = found.find(qn("w:outlineLvl"))
            found.clear()
            if outline is not None:
                found.append(outline)
    style.font.size = Pt(size)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    style.paragraph_format.line_spacing = 1.08
    return style


def _write_head(document: Any, draft: ReportDraft) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Cm, Pt

    title = document.add_paragraph(style="Title")
    for number, line in enumerate(draft.title_lines):
        run = title.add_run()
        if number:
            run.add_break()
        run.add_text(line)
    identity = document.add_paragraph()
    layout, second_field = identity.paragraph_format, Cm(TEXT_WIDTH_CM * 0.55)
    layout.left_indent, layout.first_line_indent = second_field, -second_field  # where a long name goes on
    layout.tab_stops.add_tab_stop(second_field, WD_TAB_ALIGNMENT.LEFT)
    for number, text in enumerate(draft.identity_fields):
        if number:
            identity.add_run().add_tab()
        _add_runs(identity, (Run(text),), None)
    document.add_paragraph(draft.submission_line).paragraph_format.space_after = Pt(6)


def _write_sections(document: Any, draft: ReportDraft) -> None:
    from docx.shared import Pt

    heading = document.add_paragraph(style="Heading 1")
    heading.paragraph_format.keep_with_next = True
    _add_runs(heading, bold_runs(draft.form.sections_heading), None)
    for section in draft.sections:
        document.add_paragraph(f"{section.letter}. {section.prompt}", style="Heading 2")
        for item in section.items or (Paragraph(()),):
            _write_item(document, item)
    for prompt in (bold_runs(draft.form.activities_prompt), draft.impact_prompt):
        _add_runs(document.add_paragraph(style="Heading 1"), prompt, None)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    for line in draft.directions:
        direction = document.add_paragraph()
        direction.paragraph_format.space_after = Pt(1)
        direction.paragraph_format.keep_with_next = line != draft.directions[-1]
        _add_runs(direction, (Run(line),), None)


def _write_item(document: Any, item: Paragraph) -> None:
    from docx.shared import Cm

    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    layout.left_indent = Cm(0.75)
    if item.number is not None:
        layout.first_line_indent = Cm(-0.75)
        layout.tab_stops.add_tab_stop(Cm(0.75))
        paragraph.add_run(f"{item.number}.").add_tab()
    _add_runs(paragraph, item.runs, item.language)


def _write_table(document: Any, draft: ReportDraft) -> None:
    document.add_paragraph().paragraph_format.keep_with_next = True
    columns = draft.form.columns
    table = document.add_table(rows=1, cols=len(columns), style="Table Grid")
    _set_layout(table, draft)
    header = table.rows[0]
    _flag_row(header, "w:tblHeader", "w:cantSplit")
    for cell, name in zip(header.cells, columns, strict=True):
        cell.paragraphs[0].add_run(name).bold = True
        _shade(cell)
    for country in draft.countries:
        for activity in country.activities:
            _write_row(table.add_row(), draft, country, activity)
    for row in table.rows:
        for cell, share in zip(row.cells, columns.values(), strict=True):
            cell.width = _width(share)
            for paragraph in cell.paragraphs:
                paragraph.style = "Table Text"


def _write_row(row: Any, draft: ReportDraft, country: Country, activity: Activity) -> None:
    texts = [activity.title, *activity.body]
    if sum(len(paragraph.text) for paragraph in texts) <= KEPT_TOGETHER:
        _flag_row(row, "w:cantSplit")
    country_cell, activity_cell, impact_cell = row.cells
    if activity.number == 1:
        _add_runs(country_cell.paragraphs[0], (Run(draft.country_cell(country)),), None)
    _add_runs(activity_cell.paragraphs[0], draft.heading(activity), activity.title.language)
    for paragraph in activity.body:
        _add_runs(activity_cell.add_paragraph(), paragraph.runs, paragraph.language)
    links = activity_cell.add_paragraph(draft.form.link_label)
    if activity.link:
        links.add_run(" ")
        _add_link(links, activity.link)
    for number, line in enumerate(activity.impact):
        _add_runs(impact_cell.add_paragraph() if number else impact_cell.paragraphs[0], (Run(line),), None)


def _add_runs(paragraph: Any, runs: Iterable[Run], language: str | None) -> None:
    for part in runs:
        run = paragraph.add_run(part.text)
        run.italic, run.bold = part.italic or None, part.bold or None
        _set_language(run, part.text, language)


def _set_language(run: Any, text: str, language: str | None) -> None:
    """The run names the language of its letters, and a font for its characters where it has such."""
    from docx.oxml import OxmlElement

    east = east_asian_language(text, language)
    mark = OxmlElement("w:lang")
    if language is not None and language != "en" and language.partition("-")[0] not in ("zh", "ja", "ko"):
        _set_attributes(mark, val=language)
    if east is not None:
        locale, font = EAST_ASIAN.get(east) or EAST_ASIAN[east[:2]]
        _set_attributes(mark, eastAsia=locale)
        _set_attributes(run._element.get_or_add_rPr().get_or_add_rFonts(), eastAsia=font)
        if east == language:  # quotation marks and dashes, too, are drawn as that script draws them
            _set_attributes(run._element.rPr.rFonts, hint="eastAsia")
    if mark.attrib:
        run._element.get_or_add_rPr().append(mark)


def _add_link(paragraph: Any, url: str) -> None:
    """The bare address, to be followed by a click unless Word could not."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    run = paragraph.add_run(url)
    target = link_target(url)
    if target is None or len(target) > LONGEST_TARGET:
        return
    run.font.color.rgb, run.font.underline = RGBColor(0x05, 0x4A, 0x91), True
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run._element.addprevious(link)
    link.append(run._element)


def _set_layout(table: Any, draft: ReportDraft) -> None:
    """Fixed widths, some room in the cells, and a name for those who cannot see the table."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    table.autofit = False
    for column, share in zip(table.columns, draft.form.columns.values(), strict=True):
        column.width = _width(share)
    properties = table._element.tblPr
    margins = OxmlElement("w:tblCellMar")
    for side, twips in (("top", 50), ("left", 100), ("bottom", 30), ("right", 100)):
        margin = OxmlElement(f"w:{side}")
        _set_attributes(margin, w=str(twips), type="dxa")
        margins.append(margin)
    look = properties.find(qn("w:tblLook"))
    look.addprevious(margins)
    look.attrib.clear()
    _set_attributes(
        look, val="0020", firstRow="1", lastRow="0", firstColumn="0", lastColumn="0", noHBand="1", noVBand="1"
    )
    caption = OxmlElement("w:tblCaption")
    _set_attributes(caption, val=draft.title)
    look.addnext(caption)


def _width(share: int) -> Any:
    from docx.shared import Cm

    return Cm(TEXT_WIDTH_CM * share / 100)


def _flag_row(row: Any, *names: str) -> None:
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    for name in sorted(names):  # the order of the schema: cantSplit before tblHeader
        properties.append(OxmlElement(name))


def _shade(cell: Any) -> None:
    from docx.oxml import OxmlElement

    shade = OxmlElement("w:shd")
    _set_attributes(shade, val="clear", color="auto", fill="EDEDED")
    cell._tc.get_or_add_tcPr().append(shade)


def _set_attributes(element: Any, **values: str) -> None:
    from docx.oxml.ns import qn

    for name, value in values.items():
        element.set(qn(f"w:{name}"), value)
