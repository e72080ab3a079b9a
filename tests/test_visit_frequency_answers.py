"""Ten answers, the parts of the visits, the targets on activities, and where the hours go."""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from salesaudit import example
from salesaudit.analyses import visit_frequency as vf
from salesaudit.figure import Missing
from salesaudit.i18n import Message
from salesaudit.ingest.reasons import R

START, END = date(2025, 1, 6), date(2025, 12, 28)
"""51 complete weeks of 251 working days in Sweden: 2 and 3 January lie before them."""
WEEKS = 51
SELLERS = [f"S{n}" for n in range(1, 7)]
QUESTIONS = 10


@cache
def example_of(scenario: str) -> vf.VisitFrequency:
    return vf.analyse(example.sales_data(scenario=scenario))


def answers(result: vf.VisitFrequency) -> list[str]:
    """Return the ten answers as text."""
    return [item["text"] for item in vf.table_answers(result).as_json()["items"]]


def values_of(message: Message) -> dict[str, object]:
    """Return every typed value in a sentence and in the sentences inside it."""
    found: dict[str, object] = {}
    for name, value in message.values.items():
        found |= values_of(value) if isinstance(value, Message) else {name: value}
    return found


def answer(result: vf.VisitFrequency, number: int) -> dict[str, object]:
    return values_of(vf.table_answers(result).items[number - 1][1])


def three(value) -> tuple[float, float, float]:
    return value.value, value.low, value.high


def of(interval) -> tuple[float, float, float]:
    return interval.estimate, interval.low, interval.high


def weekdays(start: date = START, weeks: int = WEEKS) -> list[pd.Timestamp]:
    return [pd.Timestamp(start) + pd.Timedelta(days=7 * w + k) for w in range(weeks) for k in range(5)]


def visits_table(per_day: int = 2) -> pd.DataFrame:
    """Return two visits per seller and weekday to ever new ones of fifty customers."""
    rows = [
        (seller, day, f"C{(per_day * n + k) % 50}")
        for seller in SELLERS
        for n, day in enumerate(weekdays())
        for k in range(per_day)
    ]
    frame = pd.DataFrame(rows, columns=["seller_id", "date", "customer_id"])
    return frame.assign(visit_id=[f"V{n}" for n in range(len(frame))])


def calls_table(per_day: dict[str, int], kind: str = "call_out") -> pd.DataFrame:
    """Return so many calls of each seller on every weekday."""
    rows = [(seller, day) for seller, number in per_day.items() for day in weekdays() for _ in range(number)]
    frame = pd.DataFrame(rows, columns=["seller_id", "date"])
    return frame.assign(type=kind, activity_id=[f"{kind}{n}" for n in range(len(frame))])


def target(activity: str, number: float, **columns) -> pd.DataFrame:
    row = {"scope": "all", "scope_id": None, "activity_type": activity, "target": number, "period": "week"}
    return pd.DataFrame([row | columns])


@pytest.fixture
def client(make_data):
    """Six sellers with ten visits a week, absence known and none, and whatever else is given."""

    def build(*, settings: dict | None = None, **tables: pd.DataFrame):
        day = pd.Timestamp("2023-01-01")
        tables.setdefault("absence", pd.DataFrame({"seller_id": ["nobody"], "date_from": [day], "date_to": [day]}))
        tables.setdefault("sellers", pd.DataFrame({"seller_id": SELLERS, "start_date": pd.Timestamp("2020-01-01")}))
        tables.setdefault("visits", visits_table())
        return make_data(start=START, end=END, settings=settings, **tables)

    return build


# The ten answers


@pytest.mark.parametrize("scenario", ["base", "null", "small", "minimal"])
def test_every_question_has_an_answer_with_its_basis(scenario: str) -> None:
    """Ten answers, each with what it rests on and until when, or with what to collect."""
    told = answers(example_of(scenario))
    assert len(told) == QUESTIONS
    for text in told:
        assert "Needed: " in text or ("Based on" in text and "2026" in text) or "until 28 June 2026" in text
        assert "nan" not in text.lower()
        assert "–)" not in text


def test_the_answers_quote_the_result() -> None:
    """The numbers in the answers are those of the analysis, limits included; none is computed a second time."""
    result = example_of("base")
    assert three(answer(result, 1)["rate"]) == of(result.team)
    fair = result.sellers["fair"]
    assert (answer(result, 1)["low"].value, answer(result, 1)["high"].value) == (fair.min(), fair.max())
    belief = answer(result, 2)
    assert three(belief["ratio"]) == of(result.belief.held.ratio)
    assert three(belief["measured"]) == of(result.belief.held.rate)
    assert belief["nearer"].value == result.belief.anchoring.nearer_target
    sample = result.verification.sample
    assert three(answer(result, 3)["true"]) == of(sample.took_place)
    # The weekly rate of what reached its purpose stands after the share.
    assert three(answer(result, 3)["effective"]) == of(sample.per_week(result.team, sample.effective))
    held = result.capacity.possible
    assert three(answer(result, 4)["possible"]) == (held.p50, held.p10, held.p90)
    assert (answer(result, 4)["low"].value, answer(result, 4)["high"].value) == (
        result.benchmark.low,
        result.benchmark.high,
    )
    deals = answer(result, 6)
    assert three(deals["rate"]) == tuple(100 * x for x in of(result.dose.per_visit))
    assert three(deals["elasticity"]) == of(result.dose.elasticity)
    left = answer(result, 8)
    assert three(left["left"]) == of(result.coverage.left)
    assert left["alone"].value == (~result.coverage.customers["contacted"]).sum()
    assert three(answer(result, 9)["ratio"]) == of(result.bookings.change)
    hours = answer(result, 10)
    assert three(hours["contact"]) == of(result.contact.share)
    assert hours["norm"].value == 0.17


def test_who_differs_is_named_in_the_order_of_the_labels() -> None:
    """The answer names exactly the sellers beyond chance, low and high, and counts the findings."""
    result = example_of("base")
    frame = result.sellers[result.sellers["comparable"] & (result.sellers["qvalue"] <= 0.10)]
    text = answers(result)[4]
    fewer, more = text.split("Fewer: ")[1].split("More: ")
    for label, row in result.sellers.set_index("label").iterrows():
        assert (label in fewer) == (label in set(frame["label"]) and row["gap"] > 0)
        assert (label in more) == (label in set(frame["label"]) and row["gap"] < 0)
    named = [label for label in sorted(result.sellers["label"]) if label in fewer]
    assert [fewer.index(label) for label in named] == sorted(fewer.index(label) for label in named)
    findings = [f for f in vf.findings(result) if f.code == "VF-04" and f.subject]
    assert answer(result, 5)["n"].value == len(findings)


def test_among_equals_nobody_differs() -> None:
    """Where nothing was planted the answer is nobody, with the gap that would have been found."""
    result = example_of("null")
    assert answers(result)[4].startswith("Nobody.")
    assert answer(result, 5)["gap"].value == result.compared.detectable_share


ASKED = {
    2: "belief form",
    3: "table verification",
    4: "table time_use",
    6: "opportunities that were won",
    7: "table targets",
    8: "Orders of two years",
    9: "meetings booked",
    10: "time diary",
}


def test_visits_alone_answer_one_question_and_ask_for_the_rest(client, make_data) -> None:
    """From seller, customer and day alone come the rate and who differs; every other answer says what to collect."""
    told = answers(vf.analyse(make_data(start=START, end=END, visits=visits_table())))
    assert "visits in a normal week" in told[0]
    assert told[4].startswith("Nobody.")
    for number, wanted in ASKED.items():
        assert "Needed: " in told[number - 1], number
        assert wanted in told[number - 1], number
        assert number == 4 or told[number - 1].startswith("Not known.")


def test_dates_that_are_months_answer_nothing_about_weeks(make_data) -> None:
    """Without days there is no rate, and no answer pretends that there is one."""
    visits = visits_table().assign(date=lambda f: f["date"].dt.to_period("M").dt.to_timestamp())
    told = answers(vf.analyse(make_data(start=START, end=END, visits=visits)))
    assert len(told) == QUESTIONS
    assert all("Needed: " in text for text in told)


def edition_of(scenario: str, edition: str) -> vf.VisitFrequency:
    data = example.sales_data(scenario=scenario)
    settings = data.client.settings
    settings = settings.model_copy(update={"privacy": settings.privacy.model_copy(update={"edition": edition})})
    return vf.analyse(replace(data, client=type(data.client)(folder=data.client.folder, settings=settings)))


def test_the_team_edition_answers_without_sellers() -> None:
    """Nobody is named or told by a lowest value, and what rests on fewer than five sellers is not shown."""
    told = answers(edition_of("small", "team"))
    for number in (2, 3, 10):
        assert told[number - 1] == "Not shown in this edition: it rests on fewer than 5 sellers."
    assert "hours hold" not in told[3]
    assert "Reached of the target" not in told[6]
    assert not any("Seller 0" in text or "single sellers make" in text for text in told)


# Parts


def part(result: vf.VisitFrequency, by: str, name: str) -> pd.Series:
    rows = result.parts[(result.parts["by"] == by) & (result.parts["part"] == name)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_parts_add_up_to_the_rate_of_all() -> None:
    """By customer and by class the parts are a whole; by channel the one that counts is the whole."""
    result = example_of("base")
    for by in ("customer", "class"):
        rows = result.parts[result.parts["by"] == by]
        assert rows["rate"].sum() == pytest.approx(result.team.estimate)
        assert rows["visits"].sum() == result.team.count
    physical = part(result, "channel", "physical")
    assert (physical["rate"], physical["low"], physical["high"]) == of(result.team)


def test_other_channels_are_counted_beside_the_visits(client) -> None:
    """A video meeting is no visit, but has a rate of its own; two with one customer on a day are one."""
    visits = visits_table().assign(channel="physical")
    video = visits.head(100).assign(channel="video", visit_id=lambda f: "video" + f["visit_id"])
    again = video.assign(visit_id="again" + video["visit_id"])
    result = vf.analyse(client(visits=pd.concat([visits, video, again])))
    assert part(result, "channel", "video")["visits"] == 100
    assert part(result, "channel", "physical")["visits"] == result.team.count == len(visits)
    assert "on site do not count" in vf.table_parts(result).as_json()["subtitle"]


def test_classes_are_the_clients_own(client) -> None:
    """Visits are counted by the class the client gave; a customer without one is not known."""
    customers = pd.DataFrame(
        {"customer_id": [f"C{n}" for n in range(50)], "client_category": ["3", "1", "2R", "2P", None] * 10}
    )
    result = vf.analyse(client(customers=customers))
    rows = result.parts[result.parts["by"] == "class"]
    assert rows["part"].tolist() == ["1", "2R", "2P", "3", "unknown"]
    np.testing.assert_allclose(rows["rate"], result.team.estimate / 5, rtol=0.02)
    many = customers.assign(client_category=[f"class {n}" for n in range(50)])
    assert "class" not in set(vf.analyse(client(customers=many)).parts["by"])


def test_a_team_is_counted_over_its_own_weeks(client) -> None:
    """Half the sellers make half the visits of all, and as many per week as all; a team of one is not shown."""
    sellers = pd.DataFrame({"seller_id": SELLERS, "team": ["North", "North", "North", "South", "South", "Alone"]})
    result = vf.analyse(client(sellers=sellers))
    assert result.parts.loc[result.parts["by"] == "team", "part"].tolist() == ["North", "South"]
    assert part(result, "team", "North")["rate"] == pytest.approx(result.team.estimate)
    assert part(result, "team", "North")["visits"] == result.team.count / 2


def test_without_anything_to_part_by_the_client_is_asked(make_data) -> None:
    """Visits of known sellers and days alone cannot be parted, and the box names what is lacking."""
    box = vf.table_parts(vf.analyse(make_data(start=START, end=END, visits=visits_table().drop(columns="customer_id"))))
    assert isinstance(box, Missing)
    assert "customers.client_category" in box.needs


# Targets


def kind(result: vf.VisitFrequency, name: str) -> pd.Series:
    return result.activity_targets.kinds.set_index("kind").loc[name]


def test_coverage_is_counted_over_sellers_and_activities(client) -> None:
    """Two of six sellers with a target on calls and all with one on visits are eight of eighteen pairs."""
    calls = pd.concat([target("calls", 25.0, scope="seller", scope_id=s) for s in ("S1", "S2")])
    called = calls_table({"S1": 1}, "call_in")  # nobody sets a target on calls that come in
    activities = pd.concat([calls_table(dict.fromkeys(SELLERS, 5)), calls_table({"S1": 1}, "demo"), called])
    result = vf.analyse(client(activities=activities, targets=pd.concat([target("visits", 10.0), calls])))
    found = result.activity_targets
    assert (found.set, found.pairs, found.with_target) == (8, 18, 2)
    assert kind(result, "call_out")["sellers"] == 2
    (finding,) = [f for f in vf.findings(result) if f.code == "VF-05"]
    said = values_of(finding.condition)
    assert (said["n"].value, said["kinds"].value, said["share"].value) == (2, 3, pytest.approx(8 / 18))


def test_each_activity_is_held_against_its_own_target(client) -> None:
    """Attainment is made over wanted of the sellers with the target, with the limits of the rate."""
    per_day = {"S1": 4, "S2": 6, "S3": 50}
    targets = pd.concat([target("calls", 5.0, period="day", scope="seller", scope_id=s) for s in ("S1", "S2")])
    row = kind(vf.analyse(client(activities=calls_table(per_day), targets=targets)), "call_out")
    days, off = 5 * WEEKS, 5 * WEEKS - len(off_days())
    assert row["target"] == 25
    assert row["rate"] == pytest.approx(10 * days / (2 * off) * 5)
    assert row["attainment"] == pytest.approx(row["rate"] / 25)
    assert row["attainment_low"] == pytest.approx(row["low"] / 25)
    assert row["attainment_high"] == pytest.approx(row["high"] / 25)
    assert row["reached_sellers"] == 1
    assert row["weeks_share"] == pytest.approx(0.5, abs=0.1)  # weeks with holidays owe less


def off_days() -> list[pd.Timestamp]:
    """Return the weekdays off in Sweden in the 51 weeks of 2025."""
    days = ("01-06", "04-18", "04-21", "05-01", "05-29", "06-06", "06-20", "12-24", "12-25", "12-26")
    return [pd.Timestamp(f"2025-{day}") for day in days]


def test_visits_among_the_targets_are_those_of_the_finding(client) -> None:
    """The table of targets and the finding on visits say the same."""
    result = vf.analyse(client(targets=target("visits", 12.0)))
    row = kind(result, "visits")
    assert (row["rate"], row["low"], row["high"]) == of(result.target.rate)
    assert row["weeks_share"] == pytest.approx(result.target.weeks_reached.estimate)


def test_targets_on_purposes_are_no_further_activity(client) -> None:
    """A target on a purpose is a part of the visits, under whatever name; it is not counted again."""
    targets = pd.concat([target("visits", 10.0), target("QUO", 4.0), target("visits", 3.0, purpose="PRE")])
    result = vf.analyse(client(targets=targets))
    assert result.activity_targets.kinds["kind"].tolist() == ["visits"]
    assert kind(result, "visits")["target"] == 10


def test_what_is_not_recorded_is_not_called_nothing(client) -> None:
    """A target on something the log never holds is shown without a number made, not as missed."""
    activities = calls_table(dict.fromkeys(SELLERS, 3))
    row = kind(vf.analyse(client(activities=activities, targets=target("seminars", 1.0))), "seminar")
    assert row["sellers"] == 6
    assert np.isnan(row[["rate", "attainment", "weeks_share"]].astype(float)).all()


def test_new_visits_have_a_target_of_their_own(client) -> None:
    """Where targets split new from existing customers, the orders tell which visits count."""
    orders = pd.DataFrame(
        {
            "order_id": ["old", *(f"O{n}" for n in range(25))],
            "customer_id": ["nobody", *(f"C{n}" for n in range(25))],
            "order_date": pd.to_datetime(["2020-01-01", *["2024-12-01"] * 25]),
            "amount": 1.0,
        }
    )
    row = kind(vf.analyse(client(orders=orders, targets=target("new_visits", 10.0))), "new_visits")
    assert row["rate"] == pytest.approx(5.1, abs=0.1)
    assert row["attainment"] == pytest.approx(row["rate"] / 10)


def test_calls_by_the_working_day(client) -> None:
    """The median and the days at the target count every day worked, also those without a call; holidays do not."""
    calls = calls_table({"S1": 10, "S2": 4})
    half = calls[(calls["seller_id"] != "S1") | (calls["date"].dt.day_of_week < 2)]
    sellers = pd.DataFrame({"seller_id": ["S1", "S2"], "start_date": pd.Timestamp("2020-01-01")})
    data = client(sellers=sellers, activities=half, targets=target("calls", 10.0, period="day"))
    found = vf.analyse(data, calls_anchor=3.0).activity_targets.calls
    off = off_days()
    early = sum(day.day_of_week < 2 for day in off)
    worked = 5 * WEEKS - len(off)
    assert (found.days, found.sellers, found.median, found.target) == (2 * worked, 2, 4.0, 10.0)
    assert found.reached.estimate == pytest.approx((2 * WEEKS - early) / (2 * worked))
    assert found.at_anchor.estimate == pytest.approx((2 * WEEKS - early + worked) / (2 * worked))


def test_the_anchor_of_calls_is_shown_and_not_judged(client) -> None:
    """Without a target the anchor stands beside the calls as a fact; no finding speaks of it."""
    result = vf.analyse(client(activities=calls_table(dict.fromkeys(SELLERS, 8))))
    assert isinstance(vf.table_targets(result), Missing)
    assert "70 or more are made on 0%" in vf.table_activities(result).as_json()["subtitle"]
    loc = result.context.loc
    assert not any("70" in f.condition.text(loc) + f.title.text(loc) for f in vf.findings(result))


def test_days_of_sellers_who_never_call_are_no_days_without_calls(client) -> None:
    """Two of six sellers call, eight times a day: half of the days hold eight calls, not none."""
    found = vf.analyse(client(activities=calls_table({"S1": 8, "S2": 8}))).activity_targets.calls
    assert (found.sellers, found.median) == (2, 8.0)
    mondays = calls_table({"S1": 8, "S2": 8})[lambda rows: rows["date"].dt.day_of_week == 0]
    seldom = vf.table_activities(vf.analyse(client(activities=mondays))).as_json()["subtitle"]
    assert "there is none" in seldom
    assert "hold at most 0" not in seldom


def test_repeated_activities_are_said(client) -> None:
    """Calls that the files hold twice and more make their number too high; the table says how many there are."""
    data = client(activities=calls_table(dict.fromkeys(SELLERS, 8)))
    note = pd.DataFrame([{"reason": R["repeats"], "table": "activities", "rows": 200}])
    issues = pd.concat([data.issues, note]).astype({"rows": int})
    twice = vf.table_activities(vf.analyse(replace(data, issues=issues))).as_json()["subtitle"]
    assert f"200 of {len(data.activities):,} activities in the exports repeat an earlier one" in twice
    assert "repeat" not in vf.table_activities(vf.analyse(data)).as_json()["subtitle"]


def test_follow_up_is_counted_where_it_is_recorded(client) -> None:
    """A talk within two weeks after a month counts for it; where no talk is recorded nothing is claimed."""
    calls = calls_table(dict.fromkeys(SELLERS, 3))
    silent = vf.analyse(client(activities=calls, targets=target("visits", 10.0)))
    assert silent.activity_targets.followed is None
    assert "follows them up is not recorded" in answers(silent)[6]
    days = pd.to_datetime(["2025-02-05", "2025-02-07", "2025-03-14", "2025-04-20"])  # January twice, February, too late
    talks = pd.DataFrame({"seller_id": "S1", "date": days, "type": "one_to_one", "activity_id": list("abcd")})
    spoken = vf.analyse(client(activities=pd.concat([calls, talks]), targets=target("visits", 10.0)))
    # January to November of six sellers; December has no two weeks after it.
    assert spoken.activity_targets.followed.estimate == pytest.approx(2 / 66)
    assert "one_to_one" not in spoken.activity_targets.kinds["kind"].tolist()


def test_weeks_moved_to_the_target_are_told(client) -> None:
    """The answer on targets says how many sellers' weeks pile up at exactly the target, and of how many."""
    rng = np.random.default_rng(3)
    rows = []
    for seller in SELLERS:
        for week in range(WEEKS):
            number = rng.poisson(10)
            number = 11 if seller == "S5" and number in (9, 10) else number
            monday = pd.Timestamp(START) + pd.Timedelta(weeks=week)
            rows += [(seller, monday + pd.Timedelta(days=k % 5), f"{seller}{week}-{k}") for k in range(number)]
    visits = pd.DataFrame(rows, columns=["seller_id", "date", "customer_id"]).assign(
        visit_id=lambda f: f["customer_id"]
    )
    result = vf.analyse(client(visits=visits, targets=target("visits", 11.0)))
    assert "beyond chance, by 1 seller of 4 who could be tested" in answers(result)[6]


# Hours


def diary(contact: dict[str, float], **columns) -> pd.DataFrame:
    """Return one day of each seller with so many of 100 minutes in contact with customers."""
    rows = [
        (seller, pd.Timestamp("2025-02-03"), name, minutes)
        for seller, own in contact.items()
        for name, minutes in (("contact", own), ("travel", 60 - own), ("CRM", 40.0))
    ]
    return pd.DataFrame(rows, columns=["seller_id", "date", "category", "minutes"]).assign(**columns)


def test_the_bars_of_the_hours(client) -> None:
    """One bar for all, then one per seller in the order of the labels; each adds up to the whole of the time."""
    data = client(time_use=diary({"S1": 10.0, "S2": 30.0, "S3": 20.0}))
    result = vf.analyse(data)
    figure = vf.plot_time(result)
    frame = figure.data
    assert frame["label"].tolist() == ["All sellers", *sorted(data.context.sellers(["S1", "S2", "S3"]))]
    np.testing.assert_allclose(frame[["contact", "travel", "admin"]].sum(axis=1), 1)
    assert frame["contact"].iloc[0] == pytest.approx(0.2)
    assert not frame["contact"].iloc[1:].is_monotonic_increasing
    assert result.contact.share.estimate == pytest.approx(0.2)
    assert figure.individual
    shown = figure.as_json()
    assert "usual contact 17%" in shown["svg"]
    assert "usual contact 25%" in vf.plot_time(result, contact_norm=0.25).as_json()["svg"]
    assert "3 February 2025" in shown["subtitle"]


@pytest.mark.parametrize(
    "table",
    [None, diary({"S1": 10.0, "S2": 20.0}), diary(dict.fromkeys(SELLERS, 10.0), category="contact")],
    ids=["no diary", "two diaries", "nothing but contact"],
)
def test_too_little_of_a_diary_is_no_figure(client, table) -> None:
    """Fewer than three diaries, or a diary that holds nothing else, give a box that asks for more."""
    tables = {} if table is None else {"time_use": table}
    box = vf.plot_time(vf.analyse(client(**tables)))
    assert isinstance(box, Missing)
    assert "at least 3 sellers" in box.as_json()["collect"]


def test_the_team_edition_shows_no_bars_of_sellers() -> None:
    """Bars of single sellers are withheld where sellers are not shown one by one."""
    assert vf.plot_time(edition_of("base", "team")).as_json()["type"] == "withheld"
