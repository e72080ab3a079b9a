"""How long the analysis of visit frequency takes, side by side with the bare group-bys it cannot do without.

    OPENBLAS_NUM_THREADS=1 python benchmarks/visit_frequency.py [--visits 200000] [--repeat 5] [--seed 1] [--once]

The client is the example, copied with new ids until so many visits lie in the period of a year, and a verification
sample drawn from them. Both sides run in this process on the same tables, in turns; the fastest of the repetitions
counts, because whatever else the machine does only adds to it. Seconds are of the processor. The bare side is what an
analyst would write down in plain pandas to get the tables behind the results (`GROUPS`), without a single interval,
test or sentence. Below the ratio stands where the time of one analysis goes. Times are of this machine; the ratio is
what matters (aim: at most 3). With --once the analysis runs a single time and only its time and the memory it took are
told.
"""

import argparse
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial, wraps
from pathlib import Path
from types import FunctionType
from unittest.mock import patch

import numpy as np
import pandas as pd

from salesaudit import example
from salesaudit.analyses import visit_frequency
from salesaudit.analyses.visit_frequency import analysis
from salesaudit.client import Client, Settings
from salesaudit.dataset import SalesData
from salesaudit.example.sampled import verification_tables

COPIED = ("sellers", "customers", "visits", "activities", "quotes", "orders", "opportunities", "absence", "time_use")
IDS = ("seller_id", "customer_id", "visit_id", "activity_id", "quote_id", "order_id", "opportunity_id", "opp_id")
OF_SELLERS = ("owner_seller_id",)
CONTACTS = ("call_out", "call_in", "call", "demo", "seminar")
NO_CONTACT = ("newsletter", "admin", "prospecting", "networking", "meeting_booked", "quote_created")
DAY, WEEK, YEAR = (pd.Timedelta(days=n) for n in (1, 7, 365))


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the client, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--once", action="store_true", help="run the analysis a single time, for its memory")
    given = parser.parse_args(arguments)
    data = client(given.visits, given.seed)
    data.context  # noqa: B018  made once for all analyses of a client
    rows = {name: len(frame) for name, frame in data.tables.items() if len(frame) > 1000}
    print(f"{len(data.within('visits'))} visits in the period, {len(data.sellers)} sellers; rows: {rows}")
    if given.once:
        before, seconds = peak(), timed(partial(visit_frequency.analyse, data))
        print(f"{seconds:.1f} s, peak {before:.0f} MB before the analysis, {peak():.0f} MB after it")
        return
    bare, whole = side_by_side(partial(groups, data), partial(visit_frequency.analyse, data), given.repeat)
    print(f"{'bare s':>10}{'analyse s':>11}{'ratio':>7}\n{bare:>10.2f}{whole:>11.2f}{whole / bare:>7.2f}\n")
    table("group-bys", bare_parts(data))
    table("analysis", analysis_parts(data))
    print(f"peak {peak():.0f} MB")


def peak() -> float:
    """Return the largest memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def side_by_side(first: Callable[[], object], second: Callable[[], object], repeat: int) -> list[float]:
    """Return the fastest of the repetitions of each, run in turns."""
    seconds: list[list[float]] = [[], []]
    for _ in range(repeat):
        for spent, run in zip(seconds, (first, second), strict=True):
            spent.append(timed(run))
    return [min(spent) for spent in seconds]


def timed(run: Callable[[], object]) -> float:
    """Return the processor seconds of one run."""
    start = time.process_time()
    run()
    return time.process_time() - start


def table(title: str, parts: Mapping[str, float]) -> None:
    """Print the seconds of each part, the longest first."""
    total = sum(parts.values())
    print(f"{title:<24}{total:>8.2f} s")
    for name, seconds in sorted(parts.items(), key=lambda part: -part[1]):
        print(f"  {name:<22}{seconds:>8.2f} {seconds / total:>5.0%}")
    print()


def analysis_parts(data: SalesData) -> dict[str, float]:
    """Return the seconds that one analysis spends in each function that it calls."""
    spent: dict[str, float] = defaultdict(float)
    within: list[str] = []

    def wrapped(name: str, function: FunctionType) -> Callable:
        @wraps(function)
        def run(*args, **kwargs):
            outermost = not within
            within.append(name)
            start = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                within.pop()
                if outermost:
                    spent[name] += time.process_time() - start

        return run

    package = visit_frequency.__name__
    with ExitStack() as stack:
        for name, value in vars(analysis).copy().items():
            if isinstance(value, FunctionType) and value.__module__.startswith(package) and name != "analyse":
                stack.enter_context(patch.object(analysis, name, wrapped(name, value)))
        whole = timed(partial(analysis.analyse, data))
    return {**spent, "the rest": whole - sum(spent.values())}


def bare_parts(data: SalesData) -> dict[str, float]:
    """Return the seconds of each bare group-by."""
    counted = visits_that_count(data)
    parts = {"visits_that_count": timed(partial(visits_that_count, data))}
    return parts | {group.__name__: timed(partial(group, data, counted)) for group in GROUPS}


# The client


def client(visits: int, seed: int) -> SalesData:
    """Return copies of the example client, side by side in one, with so many visits in the period."""
    made = example.make_client(seed)
    settings = Settings.model_validate(made.settings)
    one = SalesData(Client(folder=Path("nordverk"), settings=settings), made.tables, settings.as_of, *period(settings))
    copies = max(1, round(visits / len(one.within("visits"))))
    tables = {name: copied(frame, copies) if name in COPIED else frame for name, frame in made.tables.items()}
    tables = {name: tables[name] for name in (*COPIED, "targets", "beliefs", "support_functions")}
    happened = copied(made.truth["visits"].reset_index(), copies)
    tables |= verification_tables(tables, made.settings, happened, seed=seed)
    return SalesData(one.client, tables, settings.as_of, *period(settings))


def period(settings: Settings):
    """Return the first and last day of the audit."""
    return settings.period.start, settings.period.end


def copied(frame: pd.DataFrame, copies: int) -> pd.DataFrame:
    """Return the rows so many times, each time of other sellers, customers and records."""
    whole = pd.concat([frame] * copies, ignore_index=True)
    for column in {*IDS, *OF_SELLERS} & set(frame):
        codes, known = pd.factorize(frame[column])
        names = np.array([f"{name}-{turn}" for turn in range(copies) for name in known] + [None], dtype=object)
        shift = np.arange(copies)[:, None] * len(known)
        whole[column] = pd.array(names[np.where(codes >= 0, codes + shift, -1).ravel()], dtype="str")
    return whole


# The bare group-bys


def groups(data: SalesData) -> list[object]:
    """Return every table that the analysis rests on."""
    counted = visits_that_count(data)
    return [counted, *(group(data, counted) for group in GROUPS)]


def monday(dates: pd.Series) -> pd.Series:
    """Return the first day of each date's week."""
    day = dates.dt.normalize()
    return day - pd.to_timedelta(day.dt.day_of_week, unit="D")


def visits_that_count(data: SalesData) -> pd.DataFrame:
    """Physical visits of the complete weeks, one per seller, customer and day, in the order of their ids."""
    visits = data.within("visits").sort_values("visit_id")
    visits = visits[visits["seller_id"].isin(data.sellers["seller_id"]) & visits["channel"].isin(["physical"])]
    visits = visits.assign(date=visits["date"].dt.normalize(), week=monday(visits["date"]))
    return visits.drop_duplicates(["seller_id", "customer_id", "date"])


def visits_by_week(data: SalesData, visits: pd.DataFrame) -> list[object]:
    """Visits by seller and week; days out; first and last visit; lengths; visits by seller and end of month."""
    by_seller = visits.groupby("seller_id")
    return [
        visits.groupby(["seller_id", "week"]).size(),
        by_seller["date"].agg(["nunique", "min", "max"]),
        visits["duration_min"].median(),
        visits.groupby(["seller_id", visits["date"].dt.to_period("M"), visits["date"].dt.day > 28]).size(),
    ]


def kinds_and_purposes(data: SalesData, visits: pd.DataFrame) -> list[object]:
    """The last order before each visit; kinds, classes and purposes by seller; the client's own mark."""
    orders = data.orders[["customer_id", "order_date"]].dropna().sort_values("order_date")
    named = visits[["customer_id", "seller_id", "date", "week", "is_new_customer"]].sort_values("date")
    last = pd.merge_asof(
        named,
        orders,
        left_on="date",
        right_on="order_date",
        by="customer_id",
        allow_exact_matches=False,
    )
    kind = np.where(last["date"] - last["order_date"] <= 2 * YEAR, "existing", "new")
    category = visits["customer_id"].map(data.customers.set_index("customer_id")["client_category"])
    return [
        last.groupby([kind, "seller_id", "week"]).size(),
        last.groupby(["is_new_customer", kind]).size(),
        visits.groupby([category, "seller_id", "week"]).size(),
        visits.groupby(["seller_id", "purpose_planned"], dropna=False).size(),
    ]


def logging(data: SalesData, visits: pd.DataFrame) -> list[object]:
    """Delays by seller, visits by day of logging, runs of entries, entries made twice, odd ones by seller and week."""
    delay = (visits["logged_at"].dt.normalize() - visits["date"]).dt.days
    by_day = visits.groupby(visits["logged_at"].dt.normalize())["seller_id"].agg(["size", "nunique"])
    rows = visits.sort_values(["seller_id", "logged_at"])
    new_run = (rows["logged_at"].diff() > pd.Timedelta(minutes=10)) | (rows["seller_id"] != rows["seller_id"].shift())
    batch = rows.groupby(new_run.cumsum())["date"].transform("nunique") >= 5
    raw = data.within("visits")
    again = raw["visit_id"][raw.duplicated(["seller_id", "customer_id", "date", "start_time"], keep=False)]
    marked = visits.assign(delay=delay, late=delay > 7, batch=batch, twice=visits["visit_id"].isin(again))
    return [
        by_day,
        marked.groupby("seller_id")["delay"].median(),
        marked.groupby("seller_id")[["late", "batch", "twice"]].mean(),
        marked.groupby(["seller_id", "week"])[["late", "batch", "twice"]].sum(),
    ]


def signs(data: SalesData, visits: pd.DataFrame) -> list[object]:
    """Journeys between the visits of a day, absence on the day, lengths by seller, days off."""
    places = data.customers.drop_duplicates("customer_id").set_index("customer_id")[["lat", "lon"]]
    rows = visits.join(places, on="customer_id").sort_values(["seller_id", "start_time"])
    before = rows.groupby(["seller_id", "date"])[["lat", "lon", "end_time"]].shift()
    lat, lon = np.radians(rows["lat"]), np.radians(rows["lon"])
    to_lat, to_lon = np.radians(before["lat"]), np.radians(before["lon"])
    half = np.sin((lat - to_lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((lon - to_lon) / 2) ** 2
    minutes = (rows["start_time"] - before["end_time"]).dt.total_seconds() / 60
    away = visits[["visit_id", "seller_id", "date"]].merge(data.absence, on="seller_id")
    country = visits["seller_id"].map(data.sellers.set_index("seller_id")["country"])
    return [
        2 * 6371 * np.arcsin(np.sqrt(half)) / 110 * 60 > minutes,
        away.loc[away["date"].between(away["date_from"], away["date_to"]), "visit_id"],
        visits.groupby(["seller_id", "duration_min"]).size().groupby("seller_id").max(),
        visits.groupby([country, visits["date"].dt.day_of_week >= 5]).size(),
    ]


def traces(data: SalesData, visits: pd.DataFrame) -> list[object]:
    """The next record of the same customer from some days before each visit, and before the same visits elsewhere."""
    records = data.activities
    kept = ["visit_id", "seller_id", "customer_id", "date"]
    elsewhere = visits[kept].assign(date=visits["date"] - 91 * DAY)
    asked = pd.concat([visits[kept], elsewhere]).sort_values("date")
    found = []
    both = ["customer_id", "seller_id"]
    for rows, column, by, days in (
        (records.loc[records["type"] == "meeting_booked", [*both, "date"]], "date", both, 30),
        (records.loc[~records["type"].isin(NO_CONTACT), [*both, "date"]], "date", both, 3),
        (data.quotes, "created_date", ["customer_id"], 0),
        (data.orders, "order_date", ["customer_id"], 0),
    ):
        right = rows[[*by, column]].dropna().rename(columns={column: "day"}).sort_values("day")
        left = asked.assign(first=asked["date"] - days * DAY)
        found.append(pd.merge_asof(left, right, left_on="first", right_on="day", by=by, direction="forward"))
    return found


def activities(data: SalesData, visits: pd.DataFrame) -> list[object]:
    """Activities by type, seller and week; calls by seller and day; bookings by seller and week; visits ahead."""
    rows = data.activities[["type", "date", "seller_id"]].dropna()
    rows = rows.assign(week=monday(rows["date"]))
    booked = rows[rows["type"] == "meeting_booked"]
    inside = rows[rows["week"].isin(visits["week"])]
    ahead = data.visits[data.visits["date"] - data.visits["logged_at"] > DAY]
    return [
        inside.groupby(["type", "seller_id", "week"]).size(),
        inside[inside["type"] == "call_out"].groupby(["seller_id", inside["date"].dt.normalize()]).size(),
        booked.groupby(["seller_id", "week"]).size(),
        ahead.groupby(monday(ahead["date"])).size(),
    ]


def contact(data: SalesData, visits: pd.DataFrame) -> list[object]:
    """Days of contact and their gaps by customer, last contact, first order and revenue by customer, and by owner."""
    end = pd.Timestamp(data.end)
    calls = data.activities.loc[data.activities["type"].isin(CONTACTS), ["customer_id", "date"]]
    met = pd.concat([data.visits[["customer_id", "date"]], calls]).dropna()
    met = met.assign(date=met["date"].dt.normalize()).drop_duplicates()
    recent = met[met["date"] > end - 2 * YEAR].sort_values(["customer_id", "date"])
    orders = data.orders[["customer_id", "order_date", "amount"]].dropna(subset=["customer_id", "order_date"])
    first = orders.groupby("customer_id")["order_date"].min()
    bought = orders[orders["order_date"] > end - 2 * YEAR].groupby("customer_id")["amount"].sum()
    last = met.groupby("customer_id")["date"].max()
    customers = data.customers.set_index("customer_id")[["owner_seller_id", "client_category"]]
    whole = customers.join(pd.DataFrame({"first": first, "bought": bought, "last": last}))
    return [
        recent["date"] - recent.groupby("customer_id")["date"].shift(),
        whole.groupby(["owner_seller_id", whole["last"] > end - YEAR])["bought"].sum(),
        whole.groupby(["client_category", whole["last"] > end - YEAR])["bought"].agg(["size", "sum"]),
    ]


def deals(data: SalesData, visits: pd.DataFrame) -> list[object]:
    """Visits and deals by seller and month, deals by seller, the median sales cycle."""
    won = data.opportunities[data.opportunities["status"] == "won"].dropna(subset=["seller_id", "closed_date"])
    made = data.visits.dropna(subset=["seller_id", "date"])
    return [
        made.groupby(["seller_id", made["date"].dt.to_period("M")]).size(),
        won.groupby(["seller_id", won["closed_date"].dt.to_period("M")]).size(),
        (won["closed_date"] - won["created_date"]).dt.days.median(),
    ]


def hours_and_answers(data: SalesData, visits: pd.DataFrame) -> list[object]:
    """Minutes by seller and category, days away by seller, answers by stratum."""
    answers = data.verification_draws.merge(data.verification, on="visit_id", how="left")
    return [
        data.time_use.pivot_table("minutes", "seller_id", "category", aggfunc="sum"),
        data.absence.groupby("seller_id").size(),
        answers.groupby(["seller_id", "risk", "meeting_happened"]).size(),
        answers.groupby(["seller_id", "risk"])["population"].last(),
    ]


GROUPS = (
    visits_by_week,
    kinds_and_purposes,
    logging,
    signs,
    traces,
    activities,
    contact,
    deals,
    hours_and_answers,
)
"""What each of the tables behind the results takes, given the visits that count."""


if __name__ == "__main__":
    main()
