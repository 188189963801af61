"""`convenor sources import-opml` and `export-opml`: lists of sources that feed readers exchange."""

from __future__ import annotations

from pathlib import Path

import click

from commands.options import check_sub_region, country_option, db_option, json_option, now, say, sources_option


@click.command("export-opml")
@sources_option
@db_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.  [default: standard output]",
)
def export_opml(sources: Path | None, database: Path, output: Path | None) -> None:
    """Write the list of sources as OPML. Each carries its country and sub-region."""
    from crawlers.opml import to_opml
    from workplace import Place, sources_of, write_file

    loaded = sources_of(Place(database), sources)
    document = to_opml(loaded, now())
    if output is None:
        click.echo(document.decode("utf-8").rstrip())
        return
    write_file(output, document)
    click.echo(f"{len(loaded.sources)} sources stand in {output}.")


@click.command("import-opml")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@country_option
@click.option("--sub-region", help="Of what names none; without it the one that has the country.")
@sources_option
@db_option
@json_option
def import_opml(
    file: Path, country: str | None, sub_region: str | None, sources: Path | None, database: Path, as_json: bool
) -> None:
    """Add the sources of an OPML list. Those that stand in sources.yaml already are passed over."""
    from crawlers.opml import from_opml
    from crawlers.source_blocks import add_blocks
    from crawlers.sources import load_sources
    from workplace import Place, list_sources_in, read_file, sources_file_of

    path = sources_file_of(Place(database), sources)
    loaded = load_sources(path)
    check_sub_region(loaded, sub_region)
    outlined = from_opml(read_file(file), loaded, country=country, sub_region=sub_region)
    blocks = [one.block for one in outlined if one.block is not None]
    comment = f"From {file.name}, added on {now():%Y-%m-%d}."
    if blocks:
        add_blocks(path, [(block, comment) for block in blocks])
        list_sources_in(database, path)
    for one in outlined:
        if one.block is None:
            say(as_json, f"left out {one.url}: {one.refused}", {"url": one.url, "left_out": one.refused})
        else:
            line = (
                f"{one.block['id']}: {one.block['kind']} {one.url} ({one.block['country']}, {one.block['sub_region']})"
            )
            say(as_json, line, {"id": one.block["id"], "kind": one.block["kind"], "url": one.url})
    if not as_json:
        click.echo(f"{len(blocks)} of {len(outlined)} sources were added to {path}.")
