"""Categories, car trips, orders after visits and contacts."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesaudit import DataMissing, example
from salesaudit.analyses import route_to_category
from salesaudit.analyses.route_to_category.stop_order import nearest_orders, shortest_orders
from salesaudit.analyses.route_to_category.travel import EARTH_KM, driving_hours, haversine, reconstruct
from salesaudit.analyses.route_to_category.worth import credit_orders
from salesaudit.client import MoneySettings
from salesaudit.dataset import SalesData
from salesaudit.figure import Figure, Missing
from salesaudit.finding import Severity
from salesaudit.stats.ratios import interval_draws, ratio_contrast

NO_BASES = pd.DataFrame({"seller_id": pd.Series(dtype="str"), "home_lat": [], "home_lon": []})


@pytest.fixture(scope="module")
def base() -> SalesData:
    return example.sales_data()


@pytest.fixture(scope="module")
def truth() -> dict:
    return example.make_client().truth


@pytest.fixture(scope="module")
def result(base):
    return route_to_category.analyse(base)


def show_all(data: SalesData, *, draw: bool = False) -> dict:
    """Call everything a notebook may call, and return the findings by code; figures are drawn only where asked."""
    outcome = route_to_category.analyse(data)
    for name in route_to_category.__all__:
        if name.startswith(("plot_", "table_")) or name in ("key_figures", "statements", "method"):
            shown = getattr(route_to_category, name)(outcome)
            if draw or not isinstance(shown, Figure):
                shown.as_json()
    return {f.code: f for f in route_to_category.findings(outcome)}


def stops_of(rows: list[tuple[str, str, float, float]], **columns) -> pd.DataFrame:
    """Return stops from (seller, day, lat, lon)."""
    frame = pd.DataFrame(rows, columns=["seller_id", "date", "lat", "lon"])
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.assign(visit_id=[f"V{i}" for i in range(len(frame))], **columns)


def customers(n: int = 4, **columns) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"K{i}" for i in range(1, n + 1)], **columns})


def orders(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    return frame.assign(order_id=[f"O{i}" for i in range(len(frame))], order_date=pd.to_datetime(frame["order_date"]))


def four_customers(make_data, **settings) -> SalesData:
    """One customer of each category, orders in the year before the period, amounts as limits."""
    return make_data(
        settings={"thresholds": {"revenue_amount": 100, "potential_amount": 1000}, **settings},
        customers=customers(5, potential_declared=[5000, 600, 2000, 300, None], name=["a", "b", "c", "<script>", "e"]),
        orders=orders(
            ("K1", "2024-03-01", 500),
            ("K2", "2024-03-01", 500),
            ("K3", "2024-03-01", 50),
            ("K4", "2024-01-01", 50),
            ("K5", "2024-03-01", 50),
            ("K4", "2025-03-01", 9000),
        ),
    )


def test_great_circle_agrees_with_a_published_distance():
    """Ezeiza to Charles de Gaulle is 11,099.54 km on a sphere of 6,371 km (scikit-learn's documentation)."""
    km = haversine(-34.83333, -58.5166646, 49.0083899664, 2.53844117956)
    assert km * 6371 / EARTH_KM == pytest.approx(11099.54, abs=0.005)


def test_driving_time_follows_the_speed_bands():
    """A wrong band or a forgotten parking time would shift every hour in the report."""
    hours = driving_hours([0, 3, 5, 11, 40, np.nan])
    assert hours[:5] == pytest.approx([0, 3 / 30 + 1 / 12, 5 / 30 + 1 / 12, 11 / 55 + 1 / 12, 40 / 80 + 1 / 12])
    assert np.isnan(hours[5])


@pytest.mark.parametrize("with_base", [True, False])
def test_shares_of_the_stops_add_up_to_the_day(with_base):
    """Allocated travel must be the travel driven: nothing lost, nothing counted twice."""
    rng = np.random.default_rng(1)
    rows = [
        (f"S{rng.integers(3)}", f"2025-01-{rng.integers(1, 28):02d}", 59 + lat, 18 + lon)
        for lat, lon in rng.normal(0, 0.3, (300, 2))
    ]
    homes = pd.DataFrame({"seller_id": ["S0", "S1"], "home_lat": [59.0, 59.1], "home_lon": [18.0, 18.2]})
    routes = reconstruct(stops_of(rows), homes if with_base else NO_BASES)
    parts = routes.stops.groupby(["seller_id", "day"])[["travel_km", "travel_hours"]].sum()
    whole = routes.days.set_index(["seller_id", "day"])[["km", "hours"]]
    np.testing.assert_allclose(parts.to_numpy(), whole.loc[parts.index].to_numpy(), atol=1e-9)
    assert routes.bases["S0"] == ("given" if with_base else "unknown")
    single = routes.days[(routes.days["stops"] == 1) & (routes.days["seller_id"] == "S2")]
    assert (single["km"] == 0).all()


def test_the_clock_orders_the_stops():
    """With times the day is driven as it was, not as it would be shortest."""
    rows = [("S", "2025-01-07", 59.0, 18.0), ("S", "2025-01-07", 59.0, 18.2), ("S", "2025-01-07", 59.0, 18.1)]
    times = pd.to_datetime(["2025-01-07 09:00", "2025-01-07 11:00", "2025-01-07 13:00"])
    step = haversine(59.0, 18.0, 59.0, 18.1) * 1.33
    driven = reconstruct(stops_of(rows, start_time=times), NO_BASES).days
    assert driven["km"].item() == pytest.approx(3 * step, rel=1e-4)
    assert driven["order"].item() == "time"
    shortest = reconstruct(stops_of(rows, start_time=pd.Timestamp("2025-01-07")), NO_BASES).days
    assert shortest["km"].item() == pytest.approx(2 * step, rel=1e-4)
    assert shortest["order"].item() == "shortest"


def test_shortest_order_is_never_longer_than_the_nearest_one():
    """The lower bound that the report promises must not be beaten by a greedy tour."""
    rng = np.random.default_rng(2)
    place = rng.normal(size=(200, 5, 2))
    between = np.linalg.norm(place[:, :, None] - place[:, None], axis=-1)
    to_base = np.linalg.norm(place, axis=-1)

    def length(order):
        day = np.arange(len(order))[:, None]
        legs = between[day, order[:, :-1], order[:, 1:]].sum(axis=1)
        return legs + to_base[day[:, 0], order[:, 0]] + to_base[day[:, 0], order[:, -1]]

    exact, greedy = length(shortest_orders(between, to_base)), length(nearest_orders(between, to_base))
    assert (exact <= greedy + 1e-12).all()
    assert (exact < greedy - 1e-6).any()


def test_four_categories_from_amounts(make_data):
    """The categories follow revenue of the year before and remaining potential; what is unknown is not zero."""
    outcome = route_to_category.analyse(four_customers(make_data))
    assert outcome.categories.customers["category"].tolist() == ["1", "2R", "2P", "3", "unknown"]
    assert outcome.categories.customers["potential"].tolist()[:4] == [4500, 100, 1950, 250]
    assert outcome.categories.window.before_period
    assert outcome.weight_share["1"] == pytest.approx(5000 / 7900)


def test_short_history_uses_the_period_and_says_so(make_data):
    """Without a year of orders before the period the revenue is that of the period, as a yearly sum, and flagged."""
    data = make_data(
        start=date(2025, 1, 1),
        end=date(2025, 6, 30),
        customers=customers(2, potential_declared=[900.0, 100.0]),
        orders=orders(("K1", "2025-02-01", 100), ("K2", "2025-02-01", 10)),
    )
    outcome = route_to_category.analyse(data)
    assert not outcome.categories.window.before_period
    assert outcome.categories.customers["revenue"].iloc[0] == pytest.approx(100 * 365.25 / 181)
    note = route_to_category.method(outcome).as_json()
    assert any("same months" in item["text"] for item in note["items"])


def test_quantiles_never_judge_the_share_of_category_3(make_data, result):
    """With quantiles the share is fixed by the rule, so RC-01 must be grey; with amounts it is simply stated."""
    by_quantile = {f.code: f for f in route_to_category.findings(result)}
    assert by_quantile["RC-01"].severity is Severity.GREY
    assert "RC-01" not in show_all(four_customers(make_data))


def test_without_potential_only_revenue_is_split(make_data):
    """No potential means two classes and grey findings, never a category 3 made of zeros."""
    data = make_data(customers=customers(10), orders=orders(("K1", "2024-01-01", 500), ("K2", "2024-03-01", 5)))
    outcome = route_to_category.analyse(data)
    assert set(outcome.categories.customers["category"]) == {"high", "low"}
    assert isinstance(route_to_category.plot_categories(outcome), Missing)
    assert {f.severity for f in show_all(data).values()} == {Severity.GREY}


def test_zero_revenue_is_never_high(make_data):
    """Where nine in ten bought nothing the quantile is zero; they still are not customers with high revenue."""
    data = make_data(
        customers=customers(10, potential_declared=[100.0] * 10),
        orders=orders(("K1", "2024-01-01", 50)),
    )
    table = route_to_category.analyse(data).structure.set_index("category")
    assert table.loc[["1", "2R"] if "1" in table.index else ["2R"], "customers"].sum() == 1


def test_doubling_all_money_changes_no_category(base, result):
    """Categories by quantile and every share are free of the currency."""
    tables = dict(base.tables)
    tables["orders"] = tables["orders"].assign(amount=lambda f: 2 * f["amount"])
    tables["customers"] = tables["customers"].assign(potential_declared=lambda f: 2 * f["potential_declared"])
    doubled = route_to_category.analyse(SalesData(base.client, tables, base.as_of, base.start, base.end))
    pd.testing.assert_series_equal(doubled.categories.customers["category"], result.categories.customers["category"])
    assert doubled.worth.per_hour_ratio.estimate == pytest.approx(result.worth.per_hour_ratio.estimate)
    assert doubled.structure["revenue"].sum() == pytest.approx(2 * result.structure["revenue"].sum())


def test_structure_adds_up(base, result):
    """Every customer is in one category, and every visit of a known customer is counted once."""
    assert result.structure["customers"].sum() == len(base.customers)
    assert result.structure["visits"].sum() == len(base.within("visits"))
    shares = result.structure[[c for c in result.structure if c.endswith("_share")]].sum()
    np.testing.assert_allclose(shares, 1)


def test_base_recovers_the_planted_visits(result, truth):
    """The share of trips to category 3 and the sizes of the categories are found; orders there are smaller."""
    assert result.trip_share.low < truth["category_3_visit_share"] < result.trip_share.high
    found = result.structure.set_index("category")["customers_share"]
    for category, share in truth["category_shares"].items():
        assert found[category] == pytest.approx(share, abs=0.02)
    assert result.worth.order_value_ratio.low > 1


def test_planted_order_values_are_found_in_the_planted_categories(base, truth):
    """Orders after visits of truly large customers are 6,500 to 3,500; last year's revenue only blurs the groups."""
    credited = credit_orders(base.orders[base.orders["channel"] == "visit"], base.visits).dropna(subset=["visit_id"])
    category = credited["customer_id"].map(truth["customers"].reset_index().set_index("customer_id")["category"])
    rows = credited[category.isin(["1", "2R", "3"])]
    ratio = ratio_contrast(
        rows["amount"], np.ones(len(rows)), category[rows.index] != "3", rows["customer_id"], confidence_level=0.99
    )
    assert ratio.low < 6500 / 3500 < ratio.high


def test_estimated_bases_move_the_hours_little(base, result):
    """Without home bases the share of hours for category 3 stays within four points."""
    tables = dict(base.tables)
    tables["sellers"] = tables["sellers"].drop(columns=["home_lat", "home_lon"])
    blind = route_to_category.analyse(SalesData(base.client, tables, base.as_of, base.start, base.end))
    assert "estimated" in blind.field.routes.bases.values()
    assert blind.hours_share.estimate == pytest.approx(result.hours_share.estimate, abs=0.04)


def test_null_client_has_equal_hours():
    """Where an hour gives the same everywhere RC-04 must not raise an alarm."""
    findings = {
        f.code: f for f in route_to_category.findings(route_to_category.analyse(example.sales_data(scenario="null")))
    }
    assert findings["RC-04"].severity not in (Severity.RED, Severity.YELLOW)


def test_orders_are_credited_to_the_last_visit_in_the_window():
    """The order after two visits belongs to the later one; orders before a visit or too late belong to none."""
    visits = pd.DataFrame(
        {
            "visit_id": ["V1", "V2"],
            "customer_id": ["K1", "K1"],
            "date": pd.to_datetime(["2025-03-01", "2025-03-10"]),
        }
    )
    placed = orders(
        ("K1", "2025-02-28", 1),
        ("K1", "2025-03-01", 2),
        ("K1", "2025-03-12", 3),
        ("K1", "2025-04-09", 4),
        ("K1", "2025-04-10", 5),
        ("K2", "2025-03-02", 6),
    )
    credited = credit_orders(placed, visits).set_index("amount")["visit_id"]
    assert credited.dropna().to_dict() == {2: "V1", 3: "V2", 4: "V2"}


def test_orders_with_and_without_a_visit_are_all_the_orders_of_those_months(base, result):
    """The two numbers under the table of orders are counted, not one as the rest of the other."""
    days = base.orders["order_date"]
    last = days.max() - pd.Timedelta(days=30)
    visit_orders = base.orders[base.orders["channel"] == "visit"]
    own = credit_orders(visit_orders, base.visits).dropna(subset=["visit_id"])["order_id"]
    same_months = days.between(result.field.visits["date"].min(), last)
    assert result.worth.orders_elsewhere == (same_months & ~base.orders["order_id"].isin(own)).sum()


def test_what_visits_cost_stands_beside_what_they_bring(base, result):
    """The margin of the orders after visits, over the visits followed at their cost, drawn and said."""
    worth = result.worth
    sums = worth.frame[["per_visit", "visits"]].prod(axis=1).sum()
    share = sums * result.margin_rate / (worth.visits_followed * result.visit_cost)
    text = {f.code: f for f in route_to_category.findings(result)}["RC-04"].condition.text(base.context.loc)
    assert f"covers {base.context.loc.share(share)} (" in text
    assert "cost" in route_to_category.plot_worth(result).subtitle.text(base.context.loc)
    without = base.client.settings.model_copy(update={"money": MoneySettings()})
    poor = route_to_category.analyse(replace(base, client=base.client.model_copy(update={"settings": without})))
    text = {f.code: f for f in route_to_category.findings(poor)}["RC-04"].condition.text(base.context.loc)
    assert "covers" not in text


def test_only_what_is_absent_is_called_missing(make_data):
    """The class in the CRM was sent, so that only the potential is asked for."""
    data = make_data(customers=customers(10, client_category=["A"] * 10), orders=orders(("K1", "2024-01-01", 500)))
    box = route_to_category.table_agreement(route_to_category.analyse(data))
    assert isinstance(box, Missing)
    assert box.needs == ("customers.potential_declared",)


def test_more_customers_than_visits_are_never_called_within_reach(result):
    """The title says for what share of the customers the visits are enough, and "all" only where they suffice."""
    load = result.load
    needed = load.customers_per_seller / load.visits_per_year.estimate
    titles = {
        wanted: next(
            f.title.text(result.context.loc)
            for f in route_to_category.findings(result, visits_per_customer_year=wanted)
            if f.code == "RC-11"
        )
        for wanted in (0.5 / needed, 1.2 / needed)
    }
    within, beyond = titles.values()
    assert within.startswith("The sellers can visit all their customers")
    assert beyond.startswith("The sellers can visit 83% of their customers")
    green = {f.code: f for f in route_to_category.findings(result, visits_per_customer_year=0.5 / needed)}["RC-11"]
    assert green.severity is Severity.GREEN
    assert green.recommendation is None


def test_without_an_order_in_the_window_nobody_is_classified(make_data):
    """Old orders or credit notes alone would put every customer into "low revenue"; the days to ask for are named."""
    for rows in ([("K1", "2019-02-01", 100)], [("K1", "2025-02-01", -100)]):
        data = make_data(customers=customers(2, potential_declared=[900.0, 100.0]), orders=orders(*rows))
        with pytest.raises(DataMissing, match=r"orders from 202\d-01-01 to 202\d-12-31"):
            route_to_category.analyse(data)


def test_time_before_the_first_exported_visit_is_no_time_without_visits(make_data):
    """A period of ten years with visits of one must not turn fifty visits a year into five."""
    days = pd.date_range("2025-01-02", periods=50, freq="7D")
    visits = pd.DataFrame(
        {"visit_id": [f"V{n}" for n in range(50)], "seller_id": ["S1", "S2"] * 25, "customer_id": "K1", "date": days}
    )
    data = make_data(
        start=date(2016, 1, 1), customers=customers(2), orders=orders(("K1", "2025-02-01", 100)), visits=visits
    )
    load = route_to_category.analyse(data).load
    assert load.visits_per_year.estimate == pytest.approx(25, rel=0.02)


def test_stored_classes_are_compared_by_what_they_can_mean(make_data):
    """B may be either category 2, the client's mapping counts, and borderline customers are not called wrong."""
    data = make_data(
        settings={
            "thresholds": {"revenue_amount": 100, "potential_amount": 1000},
            "categories": {"Guld": "1"},
        },
        customers=customers(4, potential_declared=[5000, 600, 2000, 1250], client_category=["Guld", "B", "D", "C"]),
        orders=orders(
            ("K1", "2024-01-01", 500), ("K2", "2024-03-01", 500), ("K3", "2024-03-01", 50), ("K4", "2024-03-01", 150)
        ),
    )
    table = route_to_category.analyse(data).agreement.set_index("customer_id")
    assert table["agrees"].to_dict() == {"K1": True, "K2": True, "K3": False, "K4": False}
    assert table["differs_firmly"].to_dict() == {"K1": False, "K2": False, "K3": True, "K4": True}
    near = route_to_category.analyse(four_customers(make_data)).categories.customers
    assert not near["borderline"].iloc[0]


def test_newsletters_are_no_contact(make_data):
    """A customer who only got a newsletter is on the list of those without contact; one who was called is not."""
    visits = pd.DataFrame(
        {
            "visit_id": [f"V{i}" for i in range(12)],
            "seller_id": "S1",
            "customer_id": "K4",
            "date": pd.date_range("2025-01-05", periods=12, freq="MS"),
        }
    )
    activities = pd.DataFrame(
        {
            "activity_id": ["A1", "A2"],
            "seller_id": ["S1", "S1"],
            "date": pd.to_datetime(["2025-05-01", "2025-05-01"]),
            "type": ["newsletter", "call_out"],
            "customer_id": ["K1", "K2"],
        }
    )
    plain = four_customers(make_data)
    tables = {n: t.drop(columns=["source_file", "source_line"]) for n, t in plain.tables.items()}
    data = make_data(
        settings={"thresholds": {"revenue_amount": 100, "potential_amount": 1000}},
        visits=visits,
        activities=activities,
        **tables,
    )
    contact = route_to_category.analyse(data).coverage
    assert contact.uncovered["customer_id"].tolist() == ["K1", "K3"]
    assert contact.uncovered_potential == pytest.approx((4500 + 1950) / (4500 + 100 + 1950))
    assert show_all(data)["RC-05"].severity is Severity.RED


def test_ratio_contrast_of_the_same_rows_is_one():
    """The contrast is the ratio of two ratios: equal groups give one, doubled values give two."""
    values = np.array([1.0, 2, 3, 4, 1, 2, 3, 4])
    group = np.repeat([True, False], 4)
    clusters = list("abcdabcd")
    same = ratio_contrast(values, np.ones(8), group, clusters)
    assert (same.estimate, same.low, same.high) == (1, 0, np.inf)  # both groups move together: no variation at all
    other = ratio_contrast(np.where(group, 2 * values, values[::-1]), np.ones(8), group, clusters)
    assert other.estimate == pytest.approx(2)
    assert other.low < 2 < other.high


def test_draws_reproduce_the_interval():
    """Colours come from draws; these must have the limits that the reader sees."""
    values = np.random.default_rng(3).lognormal(size=40)
    interval = ratio_contrast(values, np.ones(40), np.arange(40) % 2 == 0, np.arange(40))
    draws = interval_draws(interval, scale="log", df=39, rng=np.random.default_rng(4), size=200_000)
    np.testing.assert_allclose(np.quantile(draws, [0.025, 0.975]), [interval.low, interval.high], rtol=0.03)


@pytest.mark.parametrize("scenario", ["small", "dirty"])
def test_thin_and_dirty_data_finish(scenario):
    """Every figure and table comes out, grey where there is too little."""
    findings = show_all(example.sales_data(scenario=scenario), draw=scenario == "small")
    if scenario == "small":
        assert findings["RC-05"].severity is Severity.GREY


def test_without_orders_by_customer_the_analysis_is_skipped():
    """The report must say what to ask for instead of failing."""
    with pytest.raises(DataMissing, match=r"orders\.customer_id"):
        route_to_category.analyse(example.sales_data(scenario="minimal"))


def test_without_visits_only_the_structure_is_shown(make_data):
    """No visits at all is a gap to name, not a crash; a hostile name stays text."""
    data = four_customers(make_data)
    outcome = route_to_category.analyse(data)
    assert outcome.field is None
    assert isinstance(route_to_category.plot_hours(outcome), Missing)
    assert show_all(data)["RC-03"].severity is Severity.GREY
    assert "<script>" in route_to_category.plot_categories(outcome).data["customer"].tolist()


def test_one_seller_without_places_or_lengths(make_data):
    """One seller, no coordinates, no lengths: plain visits are shown and nothing is coloured by chance."""
    rng = np.random.default_rng(5)
    visits = pd.DataFrame(
        {
            "visit_id": [f"V{i}" for i in range(60)],
            "seller_id": "S1",
            "customer_id": rng.choice(["K1", "K2", "K3", "K4", "unknown"], 60),
            "date": pd.date_range("2025-01-02", periods=60, freq="6D"),
            "duration_min": np.nan,
        }
    )
    plain = four_customers(make_data)
    tables = {n: t.drop(columns=["source_file", "source_line"]) for n, t in plain.tables.items()}
    data = make_data(visits=visits, **tables)
    outcome = route_to_category.analyse(data)
    assert outcome.field.basis == "count"
    assert outcome.field.without_customer == (visits["customer_id"] == "unknown").sum()
    findings = show_all(data, draw=True)
    assert findings["RC-03"].severity is findings["RC-04"].severity is findings["RC-11"].severity is Severity.GREY


@pytest.fixture(scope="module")
def map_of(result) -> Figure:
    return route_to_category.plot_map(result)


def trips_of(result) -> pd.DataFrame:
    rows = result.field.classified
    return rows[rows["in_person"] & (rows["travel_hours"] > 0)]


def test_the_map_holds_every_hour_of_travel(result, map_of):
    """The bubbles add up to the hours of the car, those of category 3 to its own: nothing is drawn twice or lost."""
    trips = trips_of(result)
    third = trips.loc[trips["category"] == "3", "travel_hours"].sum()
    assert map_of.data["travel_hours"].sum() == pytest.approx(trips["travel_hours"].sum(), rel=0.002)
    assert map_of.data["travel_hours_3"].sum() == pytest.approx(third, rel=0.005)
    assert map_of.data["visits"].sum() == len(trips)
    assert (map_of.data["travel_hours_3"] <= map_of.data["travel_hours"] + 0.05).all()


def test_the_map_says_what_its_numbers_say(result, map_of):
    """Title and alternative text come from the same rows as the bubbles."""
    trips, loc = trips_of(result), result.context.loc
    third = trips[trips["category"] == "3"]
    total = trips["travel_hours"].sum()
    title = map_of.title.text(loc)
    assert loc.share(third["travel_hours"].sum() / total) in title
    assert loc.share(third.loc[third["travel_km"] > 100, "travel_hours"].sum() / total) in title
    largest = map_of.data.iloc[0]
    assert largest["travel_hours"] == map_of.data["travel_hours"].max()
    assert loc.number(largest["travel_hours"], decimals=0) in map_of.alt.text(loc)
    assert "Natural Earth" in map_of.source.text(loc)


def test_the_map_never_shows_where_a_seller_lives(base, result, map_of):
    """Moving every seller's home changes no place on the map: the places are those of customers alone."""
    moved = dict(base.tables)
    moved["sellers"] = moved["sellers"].assign(home_lat=60.0, home_lon=15.0)
    elsewhere = route_to_category.analyse(replace(base, tables=moved))
    places = [outcome.field.places.sort_values("customer_id") for outcome in (result, elsewhere)]
    pd.testing.assert_frame_equal(*places)
    customers_only = base.customers.dropna(subset=["lat", "lon"])
    # The middle of a bubble lies between its customers; without customers a place cannot appear.
    assert map_of.data["lat"].between(customers_only["lat"].min(), customers_only["lat"].max()).all()
    homes = set(zip(base.sellers["home_lat"].round(3), base.sellers["home_lon"].round(3), strict=True))
    assert not homes & set(zip(map_of.data["lat"], map_of.data["lon"], strict=True))


def placed_visits(make_data, lat, lon, **more) -> SalesData:
    """Sixty visits to four customers at places, logged at a place of their own."""
    plain = four_customers(make_data)
    tables = {n: t.drop(columns=["source_file", "source_line"]) for n, t in plain.tables.items()}
    tables["customers"] = tables["customers"].assign(lat=lat, lon=lon)
    visits = pd.DataFrame(
        {
            "visit_id": [f"V{i}" for i in range(60)],
            "seller_id": "S1",
            "customer_id": ["K1", "K2", "K3", "K4", "K5"] * 12,
            "date": pd.date_range("2025-01-02", periods=60, freq="6D"),
            "lat": 58.0,
            "lon": 15.0,
            **more,
        }
    )
    return make_data(visits=visits, **tables)


def test_a_map_without_places_of_customers_is_missing(make_data):
    """Where a visit was logged may be the seller's home: without the customers' own places there is no map."""
    outcome = route_to_category.analyse(placed_visits(make_data, np.nan, np.nan))
    box = route_to_category.plot_map(outcome)
    assert isinstance(box, Missing)
    assert box.needs == ("customers.lat", "customers.lon")


def test_a_slip_of_the_geocoder_does_not_shrink_the_map(make_data):
    """One customer at 0 degrees north is left out and counted, instead of making Sweden a dot."""
    lats, lons = [59.3, 59.4, 59.2, 59.5, 0.0], [18.0, 18.1, 17.9, 18.2, 0.0]
    shown = route_to_category.plot_map(route_to_category.analyse(placed_visits(make_data, lats, lons)))
    assert shown.data["lat"].min() > 59
    assert "12 far from all others are not drawn" in shown.subtitle.text(shown.context.loc)
    assert shown.data["visits"].sum() == 48


def test_a_map_outside_the_north_has_no_outlines(make_data):
    """A client in Italy gets its bubbles without coasts, and no source for coasts that are not there."""
    lats, lons = [45.4, 45.5, 45.6, 44.4, 45.0], [9.2, 9.3, 9.1, 8.9, 9.0]
    shown = route_to_category.plot_map(route_to_category.analyse(placed_visits(make_data, lats, lons)))
    assert shown.source is None
    assert shown.draw(True).axes[0].patches


def test_many_points_leave_without_names(result, make_data):
    """Thousands of names would weigh a quarter of a megabyte; a few hundred customers keep theirs."""
    many = route_to_category.plot_categories(result).data
    few = route_to_category.plot_categories(route_to_category.analyse(four_customers(make_data))).data
    assert list(many.columns) == ["potential", "revenue", "category"]
    assert list(few.columns) == ["customer", "potential", "revenue", "category"]
    assert many["revenue"].is_monotonic_decreasing
    customers_ = result.categories.customers
    drawn = customers_[(customers_["revenue"] > 0) & (customers_["potential"] > 0)]
    assert many["revenue"].sum() == pytest.approx(drawn["revenue"].sum(), rel=0.001)
