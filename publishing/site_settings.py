"""What the public Datasette is told: its settings, and the words for tables and columns. Data only."""

from __future__ import annotations

from typing import Any

from db.public_file import DERIVED_COLUMNS
from db.search.activities import TABLE as INDEX

PLUGIN = "convenor-site"
DATABASE = "public"
TITLE = "Library activities in Asia and Oceania"
MAKERS = "the convenors of the sub-regions of IFLA Asia-Oceania"
LICENCE, LICENCE_URL = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"

SETTINGS: dict[str, object] = {
    "default_allow_sql": False,
    "suggest_facets": False,
    "allow_download": False,  # the whole file is offered at DOWNLOAD instead, under a name that says what it is
    "default_page_size": 20,
    "default_facet_size": 12,
    "facet_time_limit_ms": 1500,
    "sql_time_limit_ms": 2500,
    "default_cache_ttl": 2,  # a new build is seen at once; a cache in front still takes the load of a busy minute
    "max_csv_mb": 200,
    "num_sql_threads": 4,
    "trace_debug": False,
    "template_debug": False,
}
DOWNLOAD = "/activities.db"

FACETS = {  # column → heading, in the order of reading
    "country_name": "Country",
    "tags": "Strategy tag",
    "period": "Period",
    "source": "Source",
    "language": "Language of the original",
}

ERRORS = {
    400: "This address asks for something that the site cannot show.",
    403: "This is not offered here.",
    404: "There is no such page.",
    410: "This activity was withdrawn.",
    500: "Something went wrong here. Please try again later.",
}

_ACTIVITY_COLUMNS = {
    "id": "Number of the activity; it never changes and is never given twice.",
    "title": "Title as the sub-regional report prints it.",
    "country_name": "Country as the reports print it.",
    "published_on": "Day of publication; the first of the month or year where only that is known; empty when unknown.",
    "date_precision": "How exactly the date is known: day, month, year or none.",
    "source": "Institution and the name of its news page or feed.",
    "tags": "Codes of the strategy tags; the table activity_tags has them one by one with their strategy.",
    "period": "Reporting period, or half-year where no report covers the date.",
    "language": "Language of the original (BCP 47).",
    "summary": "Text as the sub-regional report prints it; *stars* mark italics.",
    "impact": "Why it matters, in the words of the convenor.",
    "original_title": "Title as the source published it.",
    "url": "Address of the original.",
    "archived_url": "Address of a public copy in a web archive, where there is one.",
    "fetched_on": "Day on which the page of the original was kept as it was; empty where it was not.",
    "fetched_sha256": "SHA-256 of that page, by which it can be recognised.",
    "country": "ISO 3166-1 code of the country, or INT.",
    "sub_region": "Sub-region of IFLA Asia-Oceania.",
    "found_on": "Day on which it was first seen at its source.",
    "chosen_on": "Day on which a convenor marked it impactful.",
    "event_start_on": "First day of the event that the title announces; empty when it announces none.",
    "event_end_on": "Last day of that event.",
    "added_at": "When it was first public (UTC).",
    "updated_at": "When what is read of it last changed in public (UTC).",
}

TABLES: dict[str, dict[str, Any]] = {  # in the order of reading
    "activities": {
        "title": "Activities",
        "description": "One row for each activity that a convenor marked impactful.",
        "label_column": "title",
        "sort_desc": "published_on",
        "fts_table": INDEX,
        "fts_pk": "id",
        "columns": _ACTIVITY_COLUMNS,
    },
    "activity_tags": {
        "title": "Tags of the activities",
        "description": "One row for each tag of each activity.",
        "columns": {
            "activity_id": "Number of the activity.",
            "vocabulary": "Strategy that the tag belongs to.",
            "code": "Code of the tag in that strategy.",
        },
    },
    "sightings": {
        "title": "Where the activities stood",
        "description": "One row for each address at which a source showed an activity.",
        "columns": {
            "activity_id": "Number of the activity.",
            "url": "Address at which it stood.",
            "source": "Institution and the name of its news page or feed.",
            "first_seen_on": "Day on which it was first seen there.",
        },
    },
    "sources": {
        "title": "Sources",
        "description": "The news pages and feeds that the activities were found at.",
        "label_column": "source",
        "columns": {
            "source": "Institution and the name of its news page or feed.",
            "institution": "Who publishes there.",
            "name": "Name of the page or feed.",
            "country": "ISO 3166-1 code of the country, or INT.",
            "language": "Its language (BCP 47).",
            "url": "Its address; empty where it is not for everybody.",
            "feed_url": "Address of its feed, where it has one.",
        },
    },
    "terms": {
        "title": "Strategy tags",
        "description": "The terms of the strategies, with their wording.",
        "label_column": "label",
        "columns": {
            "vocabulary": "Strategy that the term belongs to; a code alone may occur in several.",
            "code": "Code of the term in that strategy.",
            "parent": "Code of the term above it, in the same strategy.",
            "label": "Wording of the term.",
            "definition": "What is meant, where the strategy says more than the wording.",
            "position": "Place in the strategy.",
        },
    },
    "vocabularies": {
        "title": "Strategies",
        "description": "The strategies that the tags come from.",
        "label_column": "title",
        "columns": {
            "id": "Name by which tags refer to the strategy.",
            "title": "Its title.",
            "level1_name": "What its terms are called.",
            "level2_name": "What the terms beneath them are called.",
            "valid_from": "Day, or month, from which it holds.",
            "valid_to": "Day until which it holds; empty while it does.",
            "position": "Place in lists.",
        },
    },
    "countries": {
        "title": "Countries",
        "description": "The countries of the sub-regions, with or without an activity.",
        "label_column": "name",
        "columns": {
            "code": "ISO 3166-1 code, or INT.",
            "name": "Name as the reports print it.",
            "sub_region": "Sub-region of IFLA Asia-Oceania.",
        },
    },
    "withdrawn": {
        "title": "Withdrawn",
        "description": "Activities that were public once and are no more; of their content nothing is kept.",
        "columns": {
            "id": "Number of the activity.",
            "withdrawn_on": "Day from which it was no longer public.",
            "now_at": "Number of the activity that it became part of; empty when it was simply withdrawn.",
        },
    },
    "about": {
        "title": "This build",
        "description": "When this data was built and what it holds.",
        "columns": {
            "built_at": "When it was built (UTC).",
            "fingerprint": "The same for the same content.",
            "activities": "How many activities it holds.",
            "countries": "How many countries have one.",
            "newest_on": "Day of the newest activity.",
        },
    },
}

METADATA: dict[str, Any] = {  # and which site it is: publishing.site tells the plugin its address
    "title": TITLE,
    "description": "What libraries of the region did and published, chosen by the convenors of the sub-regions.",
    "license": LICENCE,
    "license_url": LICENCE_URL,
    "source": "News pages and feeds of the institutions named with each activity",
    "databases": {
        DATABASE: {
            "title": "The data",
            "description": "Everything this site shows, as tables.",
            "tables": {
                **TABLES,
                **{name: {"hidden": True, "allow": False} for name in ("sqlite_stat1", "sqlite_stat4")},
                # Closed by site_guard; Datasette 1.0 searches only where one may look.
                **{name: {"hidden": True} for name in DERIVED_COLUMNS},
            },
        }
    },
}
