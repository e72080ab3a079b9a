"""Who sells, to whom, where, and on which days: the ground on which everything else happens."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from salesaudit.calendar import exposure
from salesaudit.example import names
from salesaudit.example.frames import canonical, empty, numbered, stamps
from salesaudit.example.scenario import AS_OF, Scenario

COUNTRIES = ("SE", "DK", "NO")
BASES = (
    ("Stockholm", 59.329, 18.069, 0),
    ("Göteborg", 57.709, 11.975, 0),
    ("Malmö", 55.605, 13.004, 0),
    ("Uppsala", 59.859, 17.639, 0),
    ("Linköping", 58.411, 15.621, 0),
    ("Örebro", 59.275, 15.213, 0),
    ("København", 55.676, 12.568, 1),
    ("Aarhus", 56.162, 10.204, 1),
    ("Odense", 55.404, 10.402, 1),
    ("Oslo", 59.914, 10.752, 2),
    ("Bergen", 60.391, 5.322, 2),
    ("Trondheim", 63.430, 10.395, 2),
)
SMALL_BASES = (0, 1, 6, 9)
KM_PER_DEGREE = 111.2
LEAVE_DAYS = 25
SICK_SPELLS = 3.9
"""Sickness spells per seller-year; at about 2.4 working days each they come to 3 %."""
QUANTILE = 0.80
"""Revenue and remaining potential above this quantile are high."""
STUCK_NEEDS_WEEKS = 78
"""In a shorter history nobody can have presented fourteen quotes in vain."""
INDUSTRIES = ("Bygg", "Verkstad", "Handel", "Livsmedel", "Transport", "Offentlig", "Tjänster")


@dataclass(frozen=True)
class Roles:
    """Which seller (by number) carries which planted trait."""

    part_time: tuple[int, ...]
    starter: int
    low: int
    false_visits: int
    missing_purpose: int
    weak_negotiator: int


@dataclass(frozen=True)
class Customers:
    """What is true of every customer, known or not; arrays in the order of `ids`.

    Attributes
    ----------
    tenure : ndarray
        Years since the first order.
    prospect : ndarray of bool
        Has never ordered.
    pull : ndarray
        Weight with which the routes lead there.
    stuck : ndarray of int
        Positions of the customers with many failed quotes; nobody has ever sold them anything.
    """

    ids: np.ndarray
    owner: np.ndarray
    size: np.ndarray
    wallet: np.ndarray
    share: np.ndarray
    revenue: np.ndarray
    category: np.ndarray
    tenure: np.ndarray
    bearing: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    prospect: np.ndarray
    pull: np.ndarray
    stuck: np.ndarray

    @cached_property
    def first_order_day(self) -> np.ndarray:
        """Days from the first order to as_of; NaN for prospects who have never ordered."""
        return np.where(self.prospect, np.nan, np.floor(self.tenure * 365.25))


@dataclass(frozen=True)
class World:
    """The ground truth that all blocks share.

    Attributes
    ----------
    days : ndarray
        Seller-days by seller and day, from `salesaudit.calendar.exposure`.
    """

    scenario: Scenario
    start: date
    as_of: date
    period_start: date
    seller_ids: np.ndarray
    sellers: pd.DataFrame
    absence: pd.DataFrame
    days: np.ndarray
    roles: Roles
    customers: Customers

    @property
    def n_days(self) -> int:
        return self.days.shape[1]

    @cached_property
    def weeks(self) -> np.ndarray:
        """Normal weeks by seller and calendar week."""
        return self.days.reshape(len(self.days), -1, 7).sum(axis=2) / 5

    @property
    def period_weeks(self) -> slice:
        """The calendar weeks of the audit period."""
        total = self.weeks.shape[1]
        return slice(total - (self.as_of - self.period_start).days // 7 - 1, total)


def make_world(scenario: Scenario, sellers_rng: np.random.Generator, customers_rng: np.random.Generator) -> World:
    """Return sellers with their calendars, and customers with wallets and places."""
    start = AS_OF - timedelta(days=7 * scenario.weeks - 1)
    period_start = AS_OF - timedelta(days=7 * min(scenario.period_weeks, scenario.weeks) - 1)
    bases = SMALL_BASES if scenario.sellers < len(BASES) else tuple(range(len(BASES)))
    roles = Roles((4, 9), 11, 2, 6, 7, 3) if len(bases) == len(BASES) else Roles((1,), 3, 2, 0, 1, 0)
    sellers = _sellers(bases, roles, period_start, sellers_rng)
    absence = _absence(sellers["seller_id"].to_numpy(), start, sellers_rng)
    days = exposure(sellers, start=start, end=AS_OF, country="SE", absence=absence).days.to_numpy()
    return World(
        scenario=scenario,
        start=start,
        as_of=AS_OF,
        period_start=period_start,
        seller_ids=sellers["seller_id"].to_numpy(dtype=object),
        sellers=sellers,
        absence=absence,
        days=days,
        roles=roles,
        customers=_customers(scenario, bases, roles.starter, customers_rng),
    )


def _sellers(bases: tuple[int, ...], roles: Roles, period_start: date, rng: np.random.Generator) -> pd.DataFrame:
    chosen = [BASES[b] for b in bases]
    n = len(chosen)
    country = np.array([c for _, _, _, c in chosen])
    hired = stamps(date(2008, 1, 7), 7.0 * rng.integers(0, 700, n))
    half = (AS_OF - period_start).days // 14 * 7
    hired[roles.starter] = np.datetime64(period_start + timedelta(days=half), "us")
    fte = np.ones(n)
    fte[list(roles.part_time)] = 0.8
    cost = np.round(rng.normal(900_000, 60_000, n), -3)
    return canonical(
        "sellers",
        {
            "seller_id": numbered("S", n, 2),
            "country": np.array(COUNTRIES, dtype=object)[country],
            "name": names.seller_names(country),
            "region": [city for city, *_ in chosen],
            "team": np.array(["Sverige", "Danmark", "Norge"], dtype=object)[country],
            "manager": numbered("M", len(COUNTRIES), 2)[country],
            "role": np.where(np.arange(n) % 5 == 4, "KAM", "field"),
            "start_date": hired,
            "fte": fte,
            "home_lat": np.round([lat for _, lat, _, _ in chosen] + rng.normal(0, 0.03, n), 4),
            "home_lon": np.round([lon for _, _, lon, _ in chosen] + rng.normal(0, 0.05, n), 4),
            "annual_cost": cost,
            "hourly_cost": np.round(cost / 1200),
            "profile": np.array(["farmer", "both", "hunter"], dtype=object)[rng.integers(0, 3, n)],
        },
    )


def _absence(seller_ids: np.ndarray, start: date, rng: np.random.Generator) -> pd.DataFrame:
    """Three weeks in July, a week in late winter, a week in autumn, and short spells of sickness."""
    rows: list[tuple[str, date, date, float, str]] = []
    for seller in seller_ids:
        for year in range(start.year, AS_OF.year + 1):
            july, winter, autumn = rng.integers(0, 2), rng.integers(7, 12), rng.integers(40, 47)
            monday = date(year, 7, 1) + timedelta(days=-date(year, 7, 1).weekday() % 7 + 7 * int(july))
            leave = (
                (monday, 18),
                (date.fromisocalendar(year, int(winter), 1), 4),
                (date.fromisocalendar(year, int(autumn), 1), 4),
            )
            rows += [(seller, first, first + timedelta(days=length), 1.0, "Semester") for first, length in leave]
            spells = rng.poisson(SICK_SPELLS)
            for day, length, half in zip(
                rng.integers(0, 365, spells), rng.poisson(2.2, spells), rng.random(spells) < 0.15, strict=True
            ):
                first = date(year, 1, 1) + timedelta(days=int(day))
                last = first if half else first + timedelta(days=int(length))
                rows.append((seller, first, last, 0.5 if half else 1.0, "Sjukdom"))
    inside = [(s, max(a, start), min(b, AS_OF), f, r) for s, a, b, f, r in rows if a <= AS_OF and b >= start]
    frame = pd.DataFrame(inside, columns=["seller_id", "date_from", "date_to", "fraction", "reason"])
    frame = frame.sort_values(["seller_id", "date_from", "date_to"]).drop_duplicates(["seller_id", "date_from"])
    return canonical("absence", {name: frame[name].to_numpy() for name in frame})


def _customers(scenario: Scenario, bases: tuple[int, ...], starter: int, rng: np.random.Generator) -> Customers:
    n = scenario.customers
    owner = np.arange(n) % len(bases)
    size, noise = rng.standard_normal((2, n))
    wallet = np.exp(10.7 + 1.15 * size + 0.6 * noise)
    share = rng.beta(0.9, 2.2, n)
    settled = np.flatnonzero(owner != starter)  # a starter has not had the time to present so often
    stuck = rng.permutation(settled)[: scenario.stuck if scenario.weeks >= STUCK_NEEDS_WEEKS else 0]
    prospect = share < 0.005
    prospect[stuck] = True
    revenue = np.where(prospect, 0, wallet * share)
    category = categories(revenue, wallet - revenue)
    tenure = np.minimum(rng.exponential(8, n), 25)

    band = rng.random(n)
    spread = rng.random(n)
    km = np.select([band < 0.6, band < 0.9], [40 * np.sqrt(spread), 40 + 80 * spread], 120 + 130 * spread)
    bearing = rng.uniform(0, 2 * np.pi, n)
    base_lat, base_lon = np.array([BASES[b][1:3] for b in bases]).T
    lat = base_lat[owner] + km * np.cos(bearing) / KM_PER_DEGREE
    lon = base_lon[owner] + km * np.sin(bearing) / (KM_PER_DEGREE * np.cos(np.radians(base_lat[owner])))

    years = np.where(prospect, 0, tenure)
    pull = np.exp(scenario.tenure_pull * years) * (wallet / np.median(wallet)) ** scenario.wallet_pull
    pull[stuck] = 0  # their visits are planted one by one
    return Customers(
        ids=numbered("K", n, 5),
        owner=owner,
        size=size,
        wallet=wallet,
        share=share,
        revenue=revenue,
        category=category,
        tenure=tenure,
        bearing=bearing,
        lat=np.round(lat, 4),
        lon=np.round(lon, 4),
        prospect=prospect,
        pull=pull,
        stuck=stuck,
    )


def categories(revenue: np.ndarray, potential: np.ndarray) -> np.ndarray:
    """Return 1, 2R, 2P or 3 by the quantile thresholds of revenue and remaining potential."""
    high_revenue = revenue >= np.quantile(revenue, QUANTILE)
    high_potential = potential >= np.quantile(potential, QUANTILE)
    return np.select([high_revenue & high_potential, high_revenue, high_potential], ["1", "2R", "2P"], "3").astype(
        object
    )


def customers_table(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Return the customer register, with the client's own and partly outdated A-D classes."""
    c = world.customers
    n = len(c.ids)
    country = np.array([COUNTRIES.index(x) for x in world.sellers["country"]])[c.owner]
    company = names.company_names(country, rng)
    if world.scenario.hostile_names:
        company[c.stuck[1:3]] = names.HOSTILE

    rank = (np.argsort(np.argsort(-c.revenue * np.exp(rng.normal(0, 0.5, n)))) + 0.5) / n
    letters = np.array(["A", "B", "C", "D"], dtype=object)[np.searchsorted([0.05, 0.20, 0.60], rank)]
    blank = rng.random(n) < world.scenario.missing_coordinates
    class_age = 60 + rng.exponential(500, n)
    return canonical(
        "customers",
        {
            "customer_id": c.ids,
            "name": company,
            "lat": np.where(blank, np.nan, c.lat),
            "lon": np.where(blank, np.nan, c.lon),
            "postcode": [str(p) for p in rng.integers(1000, 9999, n) * np.where(country == 0, 10, 1)],
            "city": world.sellers["region"].to_numpy(dtype=object)[c.owner],
            "country": np.array(COUNTRIES, dtype=object)[country],
            "industry_code": np.array(INDUSTRIES, dtype=object)[rng.integers(0, len(INDUSTRIES), n)],
            "employees": np.maximum(1, np.round(np.exp(3 + 1.0 * c.size + rng.normal(0, 0.5, n)))),
            "turnover": np.round(np.exp(16.5 + 1.05 * c.size + rng.normal(0, 0.4, n)), -3),
            "first_order_date": stamps(world.as_of, -c.first_order_day),
            "client_category": letters,
            "category_date": stamps(world.as_of, -np.floor(class_age)),
            "key_account": letters == "A",
            "potential_declared": np.round(c.wallet, -2),
            "share_of_wallet_declared": np.round(c.share, 2),
            "owner_seller_id": empty(world.seller_ids[c.owner], rng.random(n) < 0.02),
        },
    )
