"""What a new tenant is likely to count in and to live by, guessed from the browser; its owner can change all of it."""
import re
from zoneinfo import available_timezones

from django.http import HttpRequest
from django.utils.translation import get_language

# country: currency, and the time zone of most of its people
HABITS = {
    "AE": ("AED", "Asia/Dubai"), "AR": ("ARS", "America/Argentina/Buenos_Aires"), "AT": ("EUR", "Europe/Vienna"),
    "AU": ("AUD", "Australia/Sydney"), "BE": ("EUR", "Europe/Brussels"), "BR": ("BRL", "America/Sao_Paulo"),
    "CA": ("CAD", "America/Toronto"), "CH": ("CHF", "Europe/Zurich"), "CN": ("CNY", "Asia/Shanghai"),
    "DE": ("EUR", "Europe/Berlin"), "DK": ("DKK", "Europe/Copenhagen"), "ES": ("EUR", "Europe/Madrid"),
    "FI": ("EUR", "Europe/Helsinki"), "FR": ("EUR", "Europe/Paris"), "GB": ("GBP", "Europe/London"),
    "HK": ("HKD", "Asia/Hong_Kong"), "IE": ("EUR", "Europe/Dublin"), "IN": ("INR", "Asia/Kolkata"),
    "IT": ("EUR", "Europe/Rome"), "JP": ("JPY", "Asia/Tokyo"), "KR": ("KRW", "Asia/Seoul"),
    "MO": ("MOP", "Asia/Macau"), "MX": ("MXN", "America/Mexico_City"), "MY": ("MYR", "Asia/Kuala_Lumpur"),
    "NL": ("EUR", "Europe/Amsterdam"), "NO": ("NOK", "Europe/Oslo"), "NZ": ("NZD", "Pacific/Auckland"),
    "PL": ("PLN", "Europe/Warsaw"), "PT": ("EUR", "Europe/Lisbon"), "SE": ("SEK", "Europe/Stockholm"),
    "SG": ("SGD", "Asia/Singapore"), "TH": ("THB", "Asia/Bangkok"), "TW": ("TWD", "Asia/Taipei"),
    "US": ("USD", "America/New_York"), "VN": ("VND", "Asia/Ho_Chi_Minh"), "ZA": ("ZAR", "Africa/Johannesburg"),
}
COUNTRY = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z]{4})?-([a-zA-Z]{2})\b")


def region_of(request: HttpRequest) -> str:
    """The first country named in Accept-Language; else that of the language."""
    named = (country.upper() for country in COUNTRY.findall(request.headers.get("Accept-Language", "")[:200]))
    first = "CN" if (get_language() or "").startswith("zh") else "US"
    return next((country for country in named if country in HABITS), first)


def habits_of(request: HttpRequest, time_zone: str = "") -> dict[str, str]:
    """Language, region, currency and time zone; the browser's own time zone if it names a real one."""
    region = region_of(request)
    currency, usual = HABITS[region]
    zone = time_zone if time_zone in available_timezones() else usual
    locale = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    return {"locale": locale, "region": region, "currency": currency, "time_zone": zone}
