"""Invented Nordic names of people and companies; none is meant to belong to anybody."""

import numpy as np

# fmt: off
FIRST = (
    ("Astrid", "Björn", "Cecilia", "Daniel", "Ebba", "Fredrik", "Gunilla", "Henrik", "Ingrid", "Jonas", "Karin"),
    ("Anders", "Birgitte", "Christian", "Dorthe", "Esben", "Freja"),
    ("Arne", "Berit", "Eirik", "Gro", "Håkon", "Kari"),
)
STEMS = (
    "Alm", "Ask", "Berg", "Björk", "Bro", "Dal", "Ek", "Fager", "Fura", "Gran", "Hassel", "Hav", "Hög", "Kall",
    "Kvarn", "Lind", "Lund", "Lång", "Löv", "Mo", "Myr", "Mörk", "Nord", "Os", "Rönn", "Salt", "Sand", "Silver",
    "Skog", "Sol", "Sten", "Storm", "Strand", "Stål", "Svart", "Säl", "Tall", "Tång", "Vind", "Väst", "Ås", "Älv",
    "Ö", "Öst",
)
ENDS = (
    "brånta", "dunga", "grinda", "hulda", "kvista", "lyra", "molla", "norra", "rissla", "skorva", "stegra", "svala",
    "tjärna", "tveda", "varpa", "vasta",
)
TRADES = (
    "Bygg", "Verkstad", "Teknik", "Logistik", "Trä", "Livs", "Plåt", "El", "Kyla", "Maskin", "Grafiska", "Miljö",
    "Transport", "Kontor", "Pack", "Service", "Data", "Metall", "Möbler", "Energi",
)
# fmt: on
FORMS = ("AB", "ApS", "AS")
"""Legal form by country, in the order of `world.COUNTRIES`."""
HOSTILE = ("<script>alert(1)</script> AB", '=HYPERLINK("http://example.com")')
"""Two customers whose names must never do anything in a report or a workbook."""


def seller_names(countries: np.ndarray) -> list[str]:
    """Return one name per seller; the country number chooses the first name."""
    seen = dict.fromkeys(range(len(FIRST)), 0)
    names = []
    for n, country in enumerate(countries.tolist()):
        first = FIRST[country][seen[country] % len(FIRST[country])]
        seen[country] += 1
        names.append(f"{first} {STEMS[(7 * n + 3) % len(STEMS)]}{ENDS[(5 * n + 1) % len(ENDS)]}")
    return names


def company_names(countries: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a different company name for each customer."""
    shape = (len(STEMS), len(ENDS), len(TRADES))
    picks = rng.choice(int(np.prod(shape)), size=len(countries), replace=False)
    parts = zip(*np.unravel_index(picks, shape), countries, strict=True)
    return np.array([f"{STEMS[s]}{ENDS[e]} {TRADES[t]} {FORMS[c]}" for s, e, t, c in parts], dtype=object)
