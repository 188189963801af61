from __future__ import annotations

import json

import pytest

from replica.samples import DATA, LANGUAGES, by_path, page_count, page_of, samples

_INVENTED = ("示例", "サンプル", "Жишээ", "Sample")


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_each_source_has_enough_items_of_the_period(source_id: str) -> None:
    shown = samples(source_id)
    assert len(shown) >= 25
    assert all(sample.on in ("2020", "2021") or "2020-10" <= sample.on[:7] <= "2021-03" for sample in shown)


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_items_are_distinct_and_newest_first(source_id: str) -> None:
    shown = samples(source_id)
    addresses = [sample.address for sample in shown if sample.address]
    assert len(set(addresses)) == len(addresses)
    assert len({sample.title for sample in shown}) == len(shown)
    assert [sample.on for sample in shown] == sorted((sample.on for sample in shown), reverse=True)


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_invented_items_say_that_they_are(source_id: str) -> None:
    rows = [json.loads(row) for row in (DATA / f"{source_id}.jsonl").read_text(encoding="utf-8").splitlines()]
    invented = [sample for row, sample in zip(rows, samples(source_id), strict=True) if row.get("invented")]
    assert len(invented) >= 7
    assert all(sample.title.startswith(_INVENTED) and sample.paragraphs for sample in invented)


def test_real_and_invented_items_are_told_apart() -> None:
    rows = [
        json.loads(row)
        for source_id in LANGUAGES
        for row in (DATA / f"{source_id}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    real = [row for row in rows if not row.get("invented") and "seed" not in row]
    assert len(real) >= 20
    assert not any(row["title"].startswith(_INVENTED) for row in real)


def test_every_activity_of_the_report_is_shown_once() -> None:
    report = json.loads((DATA / "seed_report.json").read_text(encoding="utf-8"))
    shown = [sample.title for source_id in LANGUAGES for sample in samples(source_id)]
    titles = [activity["title_as_printed"] for activity in report["activities"]]
    assert len(titles) == 11
    assert [shown.count(title) for title in titles] == [1] * 11


def test_pages_cut_the_list_without_loss() -> None:
    cut = [sample for number in range(1, page_count("lsc", 10) + 1) for sample in page_of("lsc", number, 10)]
    assert tuple(cut) == samples("lsc")


@pytest.mark.parametrize("number", [0, -1, 4])
def test_a_page_beyond_the_list_is_empty(number: int) -> None:
    assert page_of("lsc", number, 10) == ()


def test_items_of_several_sources_are_found_by_path() -> None:
    known = by_path("nlc-news", "nlc-notices")
    assert len(known) == len(samples("nlc-news")) + len(samples("nlc-notices"))
