"""Visit frequency on real exports: the numbers were counted with plain pandas, outside this project.

What these exports cannot tell stays grey and names what to collect.
"""

from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from salesaudit.analyses import visit_frequency as vf
from salesaudit.dataset import SalesData
from salesaudit.figure import Missing
from salesaudit.ingest import check, load
from salesaudit.ingest.reasons import R

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def real(real_client: Callable[[str], str]) -> Callable[[str], SalesData]:
    """Return a client of this folder, loaded once."""
    return cache(lambda name: load(real_client(name)))


@pytest.fixture(scope="module")
def measured(real: Callable[[str], SalesData]) -> Callable[[str], vf.VisitFrequency]:
    """Return the visit frequency of a client, analysed once."""
    return cache(lambda name: vf.analyse(real(name)))


def severities(result: vf.VisitFrequency) -> dict[str, str]:
    """Return the colour of each finding about all sellers."""
    return {f.code: str(f.severity) for f in vf.findings(result) if not f.subject}


# Field visits: 362 rows of 8 sellers from 23 February 2026, a Monday, to 22 May, a Friday


def test_field_visits_per_normal_week(measured) -> None:
    """The last week is not complete: 337 visits in twelve weeks, over the working days of India less the leave."""
    result = measured("field_visits")
    counted = result.counted
    assert (str(counted.start), str(counted.end), counted.weeks) == ("2026-02-23", "2026-05-17", 12)
    assert len(counted.visits) == result.team.count == 337
    # 60 weekdays less 6 holidays; of 25 days of leave a year 10 fall on the 228 working days outside July.
    exposure = 8 * (60 - 6) / 5 * (1 - 10 / 228)
    assert result.team.exposure == pytest.approx(exposure) == pytest.approx(82.6105, abs=5e-5)
    assert result.team.estimate == pytest.approx(4.0794, abs=5e-5)
    assert result.team.low < 4.0794 < result.team.high
    assert counted.assumed_leave


def test_field_visits_by_week_and_seller(measured) -> None:
    """No visit is lost or counted twice on the way to the weeks and the sellers."""
    result = measured("field_visits")
    weekly = result.weekly.set_index("week")["visits"]
    assert weekly.tolist() == [24, 31, 29, 35, 26, 29, 27, 31, 26, 29, 24, 26]
    sellers = result.sellers["count"].to_dict()
    assert sellers == {
        "REP01": 43,
        "REP02": 31,
        "REP03": 45,
        "REP04": 39,
        "REP05": 39,
        "REP06": 48,
        "REP07": 47,
        "REP08": 45,
    }
    assert result.sellers["days_out"].sum() == 272
    assert result.minutes == 55


def test_field_visits_cannot_tell_the_rest(measured) -> None:
    """Twelve weeks without orders, targets, beliefs or times of logging carry a rate and no colour."""
    result = measured("field_visits")
    found = vf.findings(result)
    assert {str(f.severity) for f in found} == {"grey"}
    assert all(f.needs is not None for f in found)
    assert not result.compared.units, "thirteen weeks are needed to compare sellers"
    assert (result.kinds, result.coverage, result.bookings, result.dose) == (None, None, None, None)
    assert not result.log.known
    for show in (vf.plot_belief, vf.plot_bookings, vf.plot_customer_kinds, vf.table_existing, vf.table_deals):
        assert isinstance(show(result), Missing), show.__name__


# Zoho: 2,978 events of 11 users, all stamped with one time from 8 October 2020 to 15 April 2021


def test_zoho_visits_are_all_there(measured) -> None:
    """Of 2,978 events 2,926 lie in the 26 complete weeks, 4 of them in weeks without a working day of the seller."""
    counted = measured("zoho_sample").counted
    assert (str(counted.start), str(counted.end), counted.weeks) == ("2020-10-12", "2021-04-11", 26)
    assert (counted.logged, len(counted.visits)) == (2926, 2922)
    # 447 in the first week, two of them of a user who has no other day than Columbus Day
    by_week = counted.visits.groupby("week").size()
    assert (by_week.iloc[0], by_week.iloc[-1], by_week.max()) == (445, 18, 445)
    by_seller = counted.visits.groupby("seller_id").size()
    assert by_seller.nlargest(4).to_dict() == {"1006": 1405, "1001": 782, "1008": 410, "1002": 281}


def test_zoho_cannot_tell_who_was_visited(measured) -> None:
    """Orders and most events without a customer say nothing about new or neglected ones, and nothing is booked."""
    result = measured("zoho_sample")
    colours = severities(result)
    assert (result.kinds, result.coverage, result.bookings) == (None, None, None)
    for code in ("VF-01", "VF-02", "VF-03", "VF-05", "VF-08", "VF-10", "VF-11", "VF-12"):
        assert colours[code] == "grey", code
    assert isinstance(vf.table_existing(result), Missing)
    assert isinstance(vf.plot_customer_kinds(result), Missing)


def test_zoho_says_what_its_rate_hides(measured) -> None:
    """Six of ten users hold 44 events, the first day 350, and two in five lie on days off: none of it is a seller's."""
    result = measured("zoho_sample")
    idle, bulk, off = result.caveats.hardly_any, result.caveats.bulk_day, result.caveats.days_off
    assert set(idle.sellers) == {"1003", "1004", "1005", "1007", "1009", "1010"}
    assert (idle.visits, idle.others_number) == (44, 4)
    assert idle.others.count == 1405 + 782 + 410 + 281
    # Two events of the day are of a user who has no other day than that holiday.
    assert (str(bulk.day), bulk.visits) == ("2020-10-12", 350 - 2)
    # The day was a holiday in the United States: taking it out changes no exposure.
    assert bulk.rate.estimate == pytest.approx((2922 - 348) / result.team.exposure)
    assert off.visits == 1205
    assert severities(result)["VF-04b"] == "grey"
    assert not [f for f in vf.findings(result) if f.subject]


def test_zoho_sellers_are_those_with_most_of_the_visits(measured) -> None:
    """The interval of the busiest seller lies clear above that of the one with seven events in half a year."""
    sellers = measured("zoho_sample").sellers
    assert sellers.loc["1006", "fair_low"] > sellers.loc["1005", "fair_high"]


# Registers of ministers' meetings, dated by month


def test_months_are_no_days(real_client) -> None:
    """A register by month is refused before the audit, with the reason and the number of its rows."""
    report = check(real_client("uk_meetings"))
    assert report.must_fix
    months = report.issues[(report.issues["reason"] == R["month_only"]) & (report.issues["kind"] == "rejected")]
    # 68 in May to July, 72 in August and September, 95 in October to December 2010
    assert months.groupby("file").size().to_dict() == {
        "co-meetings-aug-sept-2010.csv": 72,
        "co-meetings-oct-dec-2010.csv": 95,
        "co-ministers-meetings.csv": 68,
    }
    assert not report.files["used"].any()


def test_a_spreadsheet_makes_first_days_of_months(real_client, make_data) -> None:
    """The same register as a spreadsheet saves it, each month as its first day, still gives no weekly rate."""
    real_client("uk_meetings")
    # Meetings by month as counted in the three registers, May to December 2010
    meetings = {5: 2, 6: 21, 7: 45, 8: 29, 9: 43, 10: 28, 11: 33, 12: 34}
    days = [pd.Timestamp(2010, month, 1) for month, n in meetings.items() for _ in range(n)]
    visits = pd.DataFrame(
        {
            "visit_id": [f"M{n}" for n in range(len(days))],
            "seller_id": [f"minister {n % 6}" for n in range(len(days))],
            "customer_id": [f"organisation {n}" for n in range(len(days))],
            "date": days,
        }
    )
    data = make_data(start=pd.Timestamp("2010-05-01").date(), end=pd.Timestamp("2010-12-31").date(), visits=visits)
    result = vf.analyse(data)
    assert result.months_only
    assert (result.team, result.compared, result.target, result.belief) == (None, None, None, None)
    assert set(severities(result).values()) == {"grey"}
