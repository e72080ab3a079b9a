"""The settings of the synthetic client, as data; `write` puts them into words."""

from datetime import timedelta
from typing import Any

from salesaudit.example.scenario import AS_OF, Scenario

PURPOSES = {
    "Relationsbesök": "REL",
    "Företagspresentation": "PRE",
    "Offertpresentation": "QUO",
    "Avtalsförhandling": "NEG",
    "Månadsrapportering": "REP",
    "Övrigt": "OTH",
}
STATUSES = {"Öppen": "open", "Vunnen": "won", "Förlorad": "lost"}
ACTIVITIES = {
    "Utgående samtal": "call_out",
    "Demonstration": "demo",
    "Seminarium": "seminar",
    "Nätverksträff": "networking",
    "Prospektering": "prospecting",
    "Bokat möte": "meeting_booked",
    "Offert skapad": "quote_created",
    "Nyhetsbrev": "newsletter",
}


def settings_of(rules: Scenario) -> dict[str, Any]:
    """Return what client.toml holds, as plain data."""
    start = AS_OF - timedelta(days=7 * min(rules.period_weeks, rules.weeks) - 1)
    settings = {
        "name": "Nordverk AB",
        "country": "SE",
        "currency": "SEK",
        "language": "en",
        "as_of": AS_OF,
        "industry": "industrial supplies",
        "offer_complexity": 0.4,
        "period": {"start": start, "end": AS_OF},
        "purposes": dict(PURPOSES),
        "stages": dict(STATUSES),
        "money": {"gross_margin": rules.gross_margin, "hour_cost": 750.0, "hours_per_visit": 2.0},
    }
    if rules.minimal:  # a list of nothing but ids could be anything
        settings["sources"] = [
            {"file": "saljare.csv", "table": "sellers"},
            {"file": "kunder.xlsx", "table": "customers"},
        ]
    else:
        own = {"type": dict(ACTIVITIES)}
        settings["sources"] = [{"file": "aktiviteter.csv", "table": "activities", "values": own}]
    return settings
