"""Which day it was, where the institution stands: news are grouped by the local day of their country."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

# One zone for each country of Asia and Oceania: that of its national library.
_ZONES = {
    "CN": "Asia/Shanghai",
    "TW": "Asia/Taipei",
    "HK": "Asia/Hong_Kong",
    "MO": "Asia/Macau",
    "MN": "Asia/Ulaanbaatar",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "KP": "Asia/Pyongyang",
    "SG": "Asia/Singapore",
    "MY": "Asia/Kuala_Lumpur",
    "PH": "Asia/Manila",
    "BN": "Asia/Brunei",
    "TH": "Asia/Bangkok",
    "VN": "Asia/Ho_Chi_Minh",
    "KH": "Asia/Phnom_Penh",
    "LA": "Asia/Vientiane",
    "MM": "Asia/Yangon",
    "ID": "Asia/Jakarta",
    "TL": "Asia/Dili",
    "IN": "Asia/Kolkata",
    "LK": "Asia/Colombo",
    "NP": "Asia/Kathmandu",
    "BD": "Asia/Dhaka",
    "PK": "Asia/Karachi",
    "BT": "Asia/Thimphu",
    "MV": "Indian/Maldives",
    "AF": "Asia/Kabul",
    "UZ": "Asia/Tashkent",
    "KZ": "Asia/Almaty",
    "KG": "Asia/Bishkek",
    "TJ": "Asia/Dushanbe",
    "TM": "Asia/Ashgabat",
    "IR": "Asia/Tehran",
    "QA": "Asia/Qatar",
    "AE": "Asia/Dubai",
    "SA": "Asia/Riyadh",
    "KW": "Asia/Kuwait",
    "BH": "Asia/Bahrain",
    "OM": "Asia/Muscat",
    "YE": "Asia/Aden",
    "IQ": "Asia/Baghdad",
    "SY": "Asia/Damascus",
    "LB": "Asia/Beirut",
    "JO": "Asia/Amman",
    "PS": "Asia/Gaza",
    "TR": "Europe/Istanbul",
    "GE": "Asia/Tbilisi",
    "AM": "Asia/Yerevan",
    "AZ": "Asia/Baku",
    "AU": "Australia/Sydney",
    "NZ": "Pacific/Auckland",
    "FJ": "Pacific/Fiji",
    "PG": "Pacific/Port_Moresby",
    "SB": "Pacific/Guadalcanal",
    "VU": "Pacific/Efate",
    "NC": "Pacific/Noumea",
    "WS": "Pacific/Apia",
    "TO": "Pacific/Tongatapu",
    "KI": "Pacific/Tarawa",
    "TV": "Pacific/Funafuti",
    "NR": "Pacific/Nauru",
    "PW": "Pacific/Palau",
    "FM": "Pacific/Pohnpei",
    "MH": "Pacific/Majuro",
    "GU": "Pacific/Guam",
    "CK": "Pacific/Rarotonga",
}


def local_day(instant: datetime, country: str) -> date:
    """The day in the country's own zone; an instant without a zone, and an unknown country, keep the day as written."""
    zone = _zone(country)
    if instant.tzinfo is None or zone is None:
        return instant.date()
    try:
        return instant.astimezone(zone).date()
    except OverflowError:  # the first or the last day that Python knows
        return instant.date()


@cache
def _zone(country: str) -> ZoneInfo | None:
    return ZoneInfo(_ZONES[country]) if country in _ZONES else None
