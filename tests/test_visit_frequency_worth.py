"""What the visit findings are worth: margin of one more visit, hours counted once, and no price without inputs."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesaudit import example
from salesaudit.analyses import visit_frequency as vf
from salesaudit.analyses.visit_frequency.lapse import lapse
from salesaudit.analyses.visit_frequency.worth import Worth
from salesaudit.figure import Missing, Table
from salesaudit.finding import Findings
from salesaudit.format import Money
from salesaudit.stats import percentiles

START, END = date(2025, 1, 6), date(2025, 12, 28)
"""51 complete weeks."""
YEARS = 51 * 7 / 365.25
SELLERS = [f"S{n}" for n in range(1, 7)]
MONEY = {"gross_margin": 0.4, "hour_cost": 500.0, "hours_per_visit": 2.0}
CUSTOMERS = [f"{s}C{n}" for s in SELLERS for n in range(50)]


def visits() -> pd.DataFrame:
    """Return two visits per seller and weekday, in turn to the seller's own fifty customers, logged at noon."""
    days = pd.bdate_range(START, END)
    rows = [(s, d, f"{s}C{(2 * n + k) % 50}", k) for s in SELLERS for n, d in enumerate(days) for k in range(2)]
    frame = pd.DataFrame(rows, columns=["seller_id", "date", "customer_id", "k"])
    frame["logged_at"] = frame["date"] + pd.Timedelta(hours=12) + pd.to_timedelta(30 * frame.pop("k"), unit="m")
    return frame.assign(visit_id=[f"V{n}" for n in range(len(frame))])


def orders(amount: float = 1000.0) -> pd.DataFrame:
    """Return one order of each customer in the year, and one of somebody whom nobody visits."""
    who = [*CUSTOMERS, "elsewhere"]
    frame = pd.DataFrame({"customer_id": who, "order_date": pd.Timestamp("2025-05-06"), "amount": amount})
    return frame.assign(order_id=[f"O{n}" for n in range(len(frame))])


def diary(contact: float, other_visit_time: float) -> pd.DataFrame:
    """Return a week of each seller with such shares of contact and of travel, nearly alike for all."""
    rows = []
    for n, seller in enumerate(SELLERS):
        own = contact + 0.001 * (n - 2.5)
        parts = {"contact": own, "travel": other_visit_time, "admin": 1 - own - other_visit_time}
        for day in pd.date_range("2025-03-03", periods=5):
            rows += [(seller, day, name, 480 * part) for name, part in parts.items()]
    return pd.DataFrame(rows, columns=["seller_id", "date", "category", "minutes"])


@pytest.fixture
def client(make_data):
    """Six sellers with ten visits a week who sell for a known amount; money settings and tables may differ."""

    def build(money: dict | None = MONEY, **tables: pd.DataFrame):
        never = pd.Timestamp("2023-01-01")
        tables.setdefault("absence", pd.DataFrame({"seller_id": ["no"], "date_from": [never], "date_to": [never]}))
        tables.setdefault("sellers", pd.DataFrame({"seller_id": SELLERS, "start_date": pd.Timestamp("2020-01-01")}))
        tables.setdefault("visits", visits())
        wanted = {name: frame for name, frame in tables.items() if frame is not None}
        return make_data(start=START, end=END, settings={"money": money} if money else None, **wanted)

    return build


def only(result, code: str, **thresholds):
    (finding,) = [f for f in vf.findings(result, **thresholds) if f.code == code and not f.subject]
    return finding


def english(part, result) -> str:
    return part.text(result.context.loc)


# One more visit, one more hour


def test_one_more_visit_is_elasticity_times_margin_over_visits(client) -> None:
    """0.30 x 40 % x 300,000 a period over the visits of the period, of customers who were visited and of no other."""
    result = vf.analyse(client(orders=orders()))
    expected = 0.30 * 0.4 * 300_000 / len(result.counted.visits)
    assert np.median(result.worth.per_visit) == pytest.approx(expected, rel=0.02)
    assert result.worth.revenue_amount == pytest.approx(300_000 / YEARS)
    # A triangle between half and one and a half of it, rounded off.
    assert expected * 0.5 < result.worth.per_visit.min() < result.worth.per_visit.max() < expected * 1.5


def test_twice_the_orders_are_twice_the_margin(client) -> None:
    """Amounts of margin go with the orders; costs of hours do not."""
    once, twice = (vf.analyse(client(orders=orders(a), time_use=diary(0.05, 0.2))).worth for a in (1000.0, 2000.0))
    share = {"contact_norm": 0.17, "odd_share": 0.1}
    one, two = ({c: w.amount(claim).p50 for c, claim in w.claims(**share).items()} for w in (once, twice))
    assert two["VF-08"] == pytest.approx(2 * one["VF-08"])
    assert two["VF-06"] == pytest.approx(one["VF-06"])


def test_the_client_s_own_association_prices_nothing(client) -> None:
    """Deals that go with visits change no amount: the elasticity is that of published studies."""
    won = pd.DataFrame({"opp_id": ["a", "b"], "seller_id": SELLERS[:2], "status": "won"})
    won["closed_date"] = won["created_date"] = pd.Timestamp("2025-06-02")
    with_deals, without = (vf.analyse(client(orders=orders(), opportunities=o)).worth for o in (won, None))
    np.testing.assert_array_equal(with_deals.per_visit, without.per_visit)


# The claims


def made_up(**parts) -> Worth:
    """Return inputs without any uncertainty: 1,000 visits of two hours in 10,000 hours, 100 a visit, half realised."""
    one = np.ones(4)
    known = {
        "hours": 10_000.0,
        "visits": 1000.0,
        "hour_cost": 50.0,
        "revenue_amount": 1e6,
        "margin_amount": 4e5,
        "visit_hours": 2 * one,
        "per_visit": 100 * one,
        "realised": 0.5 * one,
        "false": 0.2 * one,
        "achieved": 0.75 * one,
        "contact": 0.12 * one,
        "unused": 300 * one,
        "lapse": None,
        "lapsed": 7000 * one,
        "lacks": frozenset(),
    }
    return Worth(**(known | parts))


@pytest.mark.parametrize(
    ("code", "amount"),
    [
        ("VF-02", 0.2 * 1000 * 2 * 50),  # false visits x hours x cost
        ("VF-02b", 1000 * 0.8 * 0.25 * 100 * 0.5),  # took place and missed the purpose x one more visit x realised
        ("VF-06", 0.1 * 1000 * 2 * 50),  # oddly logged x hours x cost
        ("VF-08", 0.05 * 10_000 / 2 * 100 * 0.5),  # hours missing / hours a visit x one more visit x realised
        ("VF-10", 7000),
        ("VF-12", 300 * 100 * 0.5),
    ],
)
def test_what_each_finding_claims(code: str, amount: float) -> None:
    """The formula of every amount, by hand."""
    worth = made_up()
    claim = worth.claims(contact_norm=0.17, odd_share=0.1)[code]
    assert worth.amount(claim).p50 == pytest.approx(amount)


def test_hours_are_counted_once() -> None:
    """Findings that speak of the same hours never claim more than there are, and never more than their sum."""
    worth = made_up(hours=1500.0)
    claims = worth.claims(contact_norm=0.17, odd_share=0.5)
    together = worth.together(list(claims.values()))
    assert together.joint.p50 < together.added.p50
    hours = sum(
        part[0] / (claim.price if np.ndim(claim.price) == 0 else claim.price[0] * claim.realised[0])
        for part, claim in zip(together.parts, claims.values(), strict=True)
        if claim.pool
    )
    assert hours < 1500
    assert claims["VF-10"].pool is None


def test_enough_contact_and_full_weeks_are_worth_nothing_more() -> None:
    """Contact above the norm gives no hours to move, and hours that hold no further visit give none."""
    worth = made_up(contact=np.full(4, 0.3), unused=np.zeros(4))
    claims = worth.claims(contact_norm=0.17, odd_share=0.0)
    assert [worth.amount(claims[c]).p50 for c in ("VF-06", "VF-08", "VF-12")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        ({"visit_hours": np.empty(0)}, {"VF-10"}),
        ({"visits": np.nan}, {"VF-10"}),
        ({"hour_cost": np.nan}, {"VF-02b", "VF-08", "VF-10", "VF-12"}),
        ({"per_visit": np.empty(0), "lapsed": np.empty(0)}, {"VF-02", "VF-06"}),
        ({"false": np.empty(0), "achieved": np.empty(0)}, {"VF-06", "VF-08", "VF-10", "VF-12"}),
    ],
)
def test_no_price_without_its_inputs(parts: dict, left: set) -> None:
    """Each price hangs on its own inputs; what lacks one is left out, never filled in."""
    assert set(made_up(**parts).claims(contact_norm=0.17, odd_share=0.1)) == left


# In the findings


def test_hours_that_are_missing_to_the_usual_share(client) -> None:
    """Contact of 5 % where 17 % is usual: 12 % of the hours, at two hours a visit, half realised."""
    result = vf.analyse(client(orders=orders(), time_use=diary(0.05, 0.2)))
    finding = only(result, "VF-08")
    hours = 0.12 * 40 * result.counted.exposure.to_numpy().sum() / YEARS
    # The middle of a product of what may vary lies a little below the product of the middles.
    expected = hours / 2 * np.median(result.worth.per_visit) * 0.5
    assert finding.effect.value == pytest.approx(expected, rel=0.05)
    assert finding.effect.low < finding.effect.value < finding.effect.high
    assert "margin a year" in english(finding.effect_of, result)
    assert only(result, "VF-08", contact_norm=0.10).effect.value < finding.effect.value


def test_unused_hours(client) -> None:
    """Hours for nearly twenty visits where ten are made: the visits that are missing, half realised."""
    result = vf.analyse(client(orders=orders(), time_use=diary(0.4, 0.58)))
    finding = only(result, "VF-12")
    seller_weeks = result.counted.exposure.to_numpy().sum() / YEARS
    expected = (0.98 * 20 - result.team.estimate) * seller_weeks * np.median(result.worth.per_visit) * 0.5
    assert finding.effect.value == pytest.approx(expected, rel=0.10)
    assert "no aim in itself" in english(finding.effect_of, result)


def late_visits() -> pd.DataFrame:
    frame = visits()
    frame.loc[frame["seller_id"].isin(SELLERS[:2]), "logged_at"] += pd.Timedelta(days=20)
    return frame


def test_oddly_logged_visits_cost_at_most_their_hours(client) -> None:
    """A third of the visits, two hours each at 500: an upper limit, and said to be one."""
    result = vf.analyse(client(visits=late_visits()))
    finding = only(result, "VF-06")
    assert finding.effect.value == pytest.approx(len(visits()) / YEARS / 3 * 2 * 500, rel=0.01)
    assert "at most" in english(finding.effect_of, result)


SHORT = {"time_use": diary(0.05, 0.2), "orders": orders()}


@pytest.mark.parametrize(
    ("code", "money", "tables", "asked", "not_asked"),
    [
        ("VF-06", None, {"visits": late_visits()}, ["hour_cost", "hours_per_visit"], ["gross_margin", "orders"]),
        ("VF-06", MONEY | {"hour_cost": None}, {"visits": late_visits()}, ["hour_cost"], ["hours_per_visit"]),
        ("VF-08", None, SHORT, ["gross_margin", "hours_per_visit"], ["hour_cost", "orders"]),
        ("VF-08", MONEY, {"time_use": diary(0.05, 0.2)}, ["orders"], ["client.toml"]),
        ("VF-08", MONEY | {"gross_margin": None}, SHORT, ["gross_margin"], ["hours_per_visit"]),
        ("VF-12", MONEY | {"gross_margin": None}, {"time_use": diary(0.4, 0.58)}, ["gross_margin", "orders"], []),
    ],
)
def test_without_a_price_it_is_hours_or_visits(client, code: str, money, tables, asked, not_asked) -> None:
    """Revenue is never put in the place of margin: the effect is a number, and names what the client must give."""
    given = {name: value for name, value in (money or {}).items() if value is not None}
    result = vf.analyse(client(given, **tables))
    finding = only(result, code)
    assert str(finding.severity) in ("red", "yellow")
    assert not isinstance(finding.effect, Money)
    assert finding.effect_of is None
    text = english(finding.effect, result)
    assert text.startswith("About ")
    assert all(name in text for name in asked)
    assert not any(name in text for name in not_asked)
    table = vf.table_worth(result)
    assert isinstance(table, Missing)
    assert all(name in table.as_json()["collect"] for name in asked)


def test_green_findings_claim_nothing(client) -> None:
    """Where all is in order there is no amount, and the table says so."""
    result = vf.analyse(client(orders=orders(), time_use=diary(0.2, 0.3)))
    assert not [f for f in vf.findings(result) if isinstance(f.effect, Money)]
    table = vf.table_worth(result)
    assert isinstance(table, Missing)
    assert table.as_json()["collect"] == "No finding claims an amount of money."


# All together


@pytest.fixture(scope="module")
def nordverk():
    return vf.analyse(example.sales_data(3))


def test_every_amount_of_the_table_is_one_of_the_findings(nordverk) -> None:
    """The rows are the findings with money, in their order; below them the sum and the whole, which is not larger."""
    judged = vf.findings(nordverk)
    table = vf.table_worth(nordverk, judged=judged)
    assert isinstance(table, Table)
    assert table.total
    claimed = [f for f in judged if isinstance(f.effect, Money)]
    assert {f.code for f in claimed} >= {"VF-02", "VF-02b"}
    rows, added, joint = table.data.iloc[:-2], table.data.iloc[-2], table.data.iloc[-1]
    assert rows["amount"].tolist() == [f.effect.value for f in claimed]
    assert rows["finding"].tolist() == [english(f.title, nordverk) for f in claimed]
    assert (joint[["low", "amount", "high"]] <= added[["low", "amount", "high"]]).all()
    assert added["amount"] == pytest.approx(rows["amount"].sum(), rel=0.05)
    assert "counts a working hour once" in table.as_json()["subtitle"]
    assert "unusually large" not in table.as_json()["subtitle"]


def test_a_whole_above_a_fifth_of_the_margin_is_doubted(nordverk) -> None:
    """More than visits have been seen to move asks for a look at the inputs."""
    small = replace(nordverk, worth=replace(nordverk.worth, margin_amount=nordverk.worth.margin_amount / 4))
    assert "unusually large, check the inputs" in vf.table_worth(small).as_json()["subtitle"]


def test_only_the_findings_that_are_given_are_in_the_table(nordverk) -> None:
    """One finding alone has neither sum nor whole beside it."""
    one = tuple(f for f in vf.findings(nordverk) if f.code == "VF-02b")
    table = vf.table_worth(nordverk, judged=Findings(one, nordverk.context))
    assert len(table.data) == 1
    assert not table.total
    assert "plain sum" not in table.as_json()["subtitle"]


def test_the_cost_of_false_visits_is_an_upper_limit_of_a_year(nordverk) -> None:
    """False share x visits a year x two hours x 750, said to be at most."""
    finding = only(nordverk, "VF-02")
    visits_a_year = len(nordverk.counted.visits) / nordverk.counted.weeks * 365.25 / 7
    false = np.median(nordverk.verification.sample.false_draws)
    assert finding.effect.value == pytest.approx(false * visits_a_year * 2 * 750, rel=0.02)
    assert "in a year, at most" in english(finding.effect_of, nordverk)


def test_the_method_says_how_the_money_came_about(nordverk) -> None:
    """Elasticity with its source, the part that is realised, and the hours counted once stand in the method."""
    said = " ".join(i["text"] for i in vf.method(nordverk).as_json()["items"] if i["label"] == "Money")
    assert all(word in said for word in ("0.34", "0.245", "20%", "80%", "working hours of a year", "upper limit"))
    assert "Albers" in vf.method(nordverk).as_json()["items"][-1]["text"]


def test_the_same_seed_gives_the_same_amounts(client) -> None:
    """Amounts are drawn from a generator of their own, so a table more or less elsewhere moves none of them."""
    plain = vf.analyse(client(orders=orders(), time_use=diary(0.05, 0.2)))
    support = pd.DataFrame({"function": ["A"], "exists": ["no"], "minutes_saved_per_visit": [20.0]})
    more = vf.analyse(client(orders=orders(), time_use=diary(0.05, 0.2), support_functions=support))
    assert only(plain, "VF-08").effect == only(more, "VF-08").effect


# Customers without contact


def left_alone(gone_without: float, gone_with: float, *, early_contacts: int = 300) -> dict[str, pd.DataFrame]:
    """Return 400 customers, half of them contacted in either year, of whom such shares did not come back."""
    n = 400
    names = np.array([f"K{i}" for i in range(n)])
    before, now = np.arange(n) % 2 == 0, np.arange(n) % 4 < 2
    place = np.arange(n) // 2 / (n / 2)
    gone = place < np.where(before, gone_with, gone_without)
    bought = [("2023-12-01", np.ones(n, bool)), ("2024-09-02", np.ones(n, bool)), ("2025-12-15", ~gone)]
    sold = pd.concat([pd.DataFrame({"customer_id": names[who], "order_date": day}) for day, who in bought])
    sold = sold.assign(order_id=[f"O{i}" for i in range(len(sold))], amount=100.0)
    early = pd.DataFrame({"customer_id": ["none"] * early_contacts, "date": "2024-01-02"})
    # Calls are recorded to the end of the year.
    early.loc[early_contacts] = ["none", "2025-12-15"]
    met = [pd.DataFrame({"customer_id": names[w], "date": d}) for w, d in ((before, "2024-06-03"), (now, "2025-06-02"))]
    calls = pd.concat([early, *met]).assign(seller_id="S1", type="call_out")
    calls["activity_id"] = [f"T{i}" for i in range(len(calls))]
    seen = pd.DataFrame({"customer_id": "none", "date": pd.bdate_range("2024-01-02", END), "seller_id": "S1"})
    owner = pd.DataFrame({"customer_id": names, "owner_seller_id": [SELLERS[i // 2 % 6] for i in range(n)]})
    return {
        "orders": sold.astype({"order_date": "datetime64[us]"}),
        "activities": calls.astype({"date": "datetime64[us]"}),
        "visits": seen.assign(visit_id=[f"V{i}" for i in range(len(seen))]),
        "customers": owner,
    }


def test_what_is_lost_more_without_contact(client) -> None:
    """30 % lost without contact and 10 % with it: a fifth of the revenue of those now without, as an association."""
    data = client(**left_alone(0.30, 0.10))
    found = lapse(data, contacts=("call_out",))
    assert found.gap == pytest.approx(0.20, abs=0.005)
    assert (found.with_contact, found.without) == (200, 200)
    # Who is without contact now and bought within the year: 200 less those who are gone.
    assert found.revenue_amount == pytest.approx(100 * 160, rel=0.03)
    result = vf.analyse(data)
    finding = only(result, "VF-10")
    assert finding.effect.value == pytest.approx(0.4 * found.lost_amount, rel=0.02)
    assert "does not show that contact keeps customers" in english(finding.effect_of, result)
    assert finding.effect.value == pytest.approx(percentiles(result.worth.lapsed).p50)


def test_a_gap_within_chance_is_no_money(client) -> None:
    """Customers without contact who are lost no more often than the others cost nothing, and that is said."""
    result = vf.analyse(client(**left_alone(0.11, 0.10)))
    text = english(only(result, "VF-10").effect, result)
    assert "not lost more often since, beyond chance" in text


def test_the_margin_is_asked_for(client) -> None:
    """A gap without a gross margin is a share, and names what is lacking."""
    result = vf.analyse(client({"hour_cost": 500.0}, **left_alone(0.30, 0.10)))
    text = english(only(result, "VF-10").effect, result)
    assert "gross_margin in client.toml" in text
    assert "hour" not in text


@pytest.mark.parametrize("change", ["no calls before", "no early orders", "orders end early"])
def test_a_year_that_was_recorded_otherwise_is_no_comparison(client, change: str) -> None:
    """Contacts that were not yet recorded a year ago, or orders that are not all there, would look like losses."""
    tables = left_alone(0.30, 0.10, early_contacts=1)
    assert lapse(client(**left_alone(0.30, 0.10)), contacts=("call_out",)) is not None
    if change == "no calls before":
        calls = tables["activities"]
        tables["activities"] = calls[(calls["date"] != pd.Timestamp("2024-06-03"))]
    elif change == "no early orders":
        tables["orders"] = tables["orders"][lambda f: f["order_date"] > pd.Timestamp("2024-06-01")]
    else:
        tables["orders"] = tables["orders"][lambda f: f["order_date"] < pd.Timestamp("2025-11-01")]
    data = client(**tables)
    assert lapse(data, contacts=("call_out",)) is None
    result = vf.analyse(data)
    assert "over two years" in english(only(result, "VF-10").effect, result)
