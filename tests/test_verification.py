"""The verification sample: what is frozen, what is drawn, what comes back."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesaudit.errors import UserError
from salesaudit.verification import CERTAIN, SUSPICIOUS, USUAL, draw, freeze, read_answers, signs, traces
from salesaudit.verification.answers import CANNOT_SAY, DID_NOT, NOT_REACHED, TOOK_PLACE

DAYS_OFF = ["2025-04-18", "2025-04-21", "2025-05-01", "2025-05-29", "2025-06-06", "2025-06-20"]
START, END = date(2025, 1, 6), date(2025, 6, 29)


def visits_table(sellers: int = 4, number: int = 80, **columns) -> pd.DataFrame:
    """Return so many visits of each seller on working days."""
    days = pd.bdate_range("2025-01-07", "2025-06-20", holidays=DAYS_OFF, freq="C")
    rows = [
        (f"V{s}-{n:03d}", f"S{s}", f"C{n % 20}", days[(n * 7 + s) % len(days)])
        for s in range(sellers)
        for n in range(number)
    ]
    frame = pd.DataFrame(rows, columns=["visit_id", "seller_id", "customer_id", "date"])
    frame = frame.drop_duplicates(["seller_id", "customer_id", "date"]).reset_index(drop=True)
    return frame.assign(**columns)


@pytest.fixture
def team(make_data):
    """Four sellers with eighty visits each; anything else can be added."""

    def build(**tables):
        tables.setdefault("visits", visits_table())
        return make_data(start=START, end=END, **tables)

    return build


def with_draw(data, rows: pd.DataFrame, answers: pd.DataFrame | None = None):
    """Return the data with a draw and what came back."""
    more = {"verification_draws": rows} | ({} if answers is None else {"verification": answers})
    return replace(data, tables=dict(data.tables) | more)


def answers_to(rows: pd.DataFrame, **columns) -> pd.DataFrame:
    """Return the rows of a list, all answered alike."""
    base = {"outcome": "reached", "meeting_happened": "yes", "purpose_achieved": "yes", "attempts": 1.0}
    return rows[["visit_id", "draw", "row_key"]].assign(**(base | columns)).reset_index(drop=True)


def frame_of(data):
    return freeze(data.tables, start=START, end=END)


def test_the_order_of_the_export_does_not_change_the_fingerprint(team) -> None:
    """The same visits give the same fingerprint; another day, customer or seller of one of them another."""
    visits = visits_table()
    first = frame_of(team(visits=visits)).hash
    assert frame_of(team(visits=visits.sample(frac=1, random_state=1))).hash == first
    for column, value in (("customer_id", "C99"), ("seller_id", "S9"), ("date", pd.Timestamp("2025-03-03"))):
        changed = visits.copy()
        changed.loc[3, column] = value
        assert frame_of(team(visits=changed)).hash != first
    assert frame_of(team(visits=visits.iloc[1:])).hash != first
    assert freeze(team(visits=visits).tables, start=START, end=date(2025, 6, 28)).hash != first


def test_the_frame_holds_what_counts_as_a_visit(team) -> None:
    """Other channels, inside sellers and second entries of a day are not asked about."""
    visits = visits_table()
    twice = pd.concat([visits, visits.head(5).assign(visit_id=[f"again{n}" for n in range(5)])])
    assert len(frame_of(team(visits=twice)).visits) == len(visits)
    channel = ["video"] * 10 + ["physical"] * (len(visits) - 11) + [None]
    assert len(frame_of(team(visits=visits.assign(channel=channel))).visits) == len(visits) - 10
    sellers = pd.DataFrame({"seller_id": ["S0", "S1", "S2", "S3"], "role": ["field", "Inside", "field", None]})
    assert set(frame_of(team(visits=visits, sellers=sellers)).visits["seller_id"]) == {"S0", "S2", "S3"}


def test_clean_logging_bears_no_sign(team) -> None:
    """Visits on working days, logged the same evening, are not suspected."""
    visits = visits_table()
    data = team(visits=visits.assign(logged_at=visits["date"] + pd.Timedelta("18:00:00")))
    assert set(signs(data.tables, frame_of(data).visits, country="SE")["risk"]) == {USUAL}


def test_each_sign_is_seen(team) -> None:
    """Batches, late entries, days off, one length, deadlines, absence and impossible journeys are told apart."""
    visits = visits_table(sellers=2)
    visits = visits.assign(
        logged_at=visits["date"] + pd.Timedelta("18:00:00"),
        start_time=visits["date"] + pd.Timedelta("09:00:00"),
        end_time=visits["date"] + pd.Timedelta("10:00:00"),
        duration_min=np.where(visits["seller_id"] == "S1", 60.0, 20.0 + np.arange(len(visits)) % 50),
    )
    first = visits.index[visits["seller_id"] == "S0"]
    batch, late, sunday, holiday, end = first[:6], first[6], first[7], first[8], first[9]
    visits.loc[batch, "logged_at"] = pd.Timestamp("2025-06-27 16:00") + pd.to_timedelta(range(6), unit="min")
    visits.loc[late, "logged_at"] = visits.loc[late, "date"] + pd.Timedelta(days=9)
    visits.loc[sunday, "date"], visits.loc[holiday, "date"] = pd.Timestamp("2025-03-16"), pd.Timestamp("2025-05-01")
    visits.loc[end, "date"] = pd.Timestamp("2025-03-31")
    for row in (sunday, holiday, end):
        visits.loc[row, "logged_at"] = visits.loc[row, "date"] + pd.Timedelta("18:00:00")
    away, far, near = first[10], first[11], first[12]
    visits.loc[[far, near], "date"] = pd.Timestamp("2025-02-12")
    for row, start in ((far, "09:00:00"), (near, "10:05:00")):
        visits.loc[row, "start_time"] = pd.Timestamp("2025-02-12") + pd.Timedelta(start)
        visits.loc[row, "end_time"] = visits.loc[row, "start_time"] + pd.Timedelta(hours=1)
        visits.loc[row, "logged_at"] = pd.Timestamp("2025-02-12 18:00")
    visits.loc[[far, near], "customer_id"] = ["North", "South"]
    data = team(
        visits=visits,
        customers=pd.DataFrame({"customer_id": ["North", "South"], "lat": [59.3, 55.6], "lon": [18.1, 13.0]}),
        absence=pd.DataFrame(
            {
                "seller_id": ["S0"],
                "date_from": visits.loc[[away], "date"].values,
                "date_to": visits.loc[[away], "date"].values,
            }
        ),
        targets=pd.DataFrame({"scope": ["all"], "activity_type": ["visits"], "target": [20.0], "period": ["month"]}),
    )
    found = signs(data.tables, frame_of(data).visits, country="SE")
    ids = visits["visit_id"]
    assert set(ids[batch]) <= set(found.index[found["batch"]])
    assert found.loc[ids[late], "late"]
    assert found.loc[ids[sunday], "day_off"]
    assert found.loc[ids[holiday], "day_off"]
    assert found.loc[ids[end], "deadline"]
    assert found.loc[ids[away], "absent"]
    assert found.loc[ids[[far, near]], "impossible"].all()
    assert found.loc[ids[visits["seller_id"] == "S1"], "same_length"].all()
    assert not found.loc[ids[visits["seller_id"] == "S0"], "same_length"].any()
    assert set(found.loc[ids[[away, far, near]], "risk"]) == {CERTAIN}
    assert found.loc[ids[late], "risk"] == SUSPICIOUS


PLACES = pd.DataFrame(
    {"customer_id": ["here", "near", "far"], "lat": [59.33, 59.40, 55.6], "lon": [18.06, 18.06, 13.0]}
)
"""Two places 8 km from each other, and one 500 km away."""


def journey(first: tuple[str, str, str], second: tuple[str, str, str]) -> pd.DataFrame:
    """Return the signs of two visits of one seller on 3 March: customer, start and end of each."""
    customer, start, end = zip(first, second, strict=True)
    day = pd.Timestamp("2025-03-03")
    visits = pd.DataFrame(
        {
            "visit_id": ["a", "b"],
            "seller_id": "S",
            "customer_id": customer,
            "date": day,
            "start_time": pd.to_datetime([f"2025-03-03 {clock}" for clock in start]),
            "end_time": pd.to_datetime([clock if " " in clock else f"2025-03-03 {clock}" for clock in end]),
        }
    )
    return signs({"visits": visits, "customers": PLACES}, visits, country="SE")


def test_a_faulty_end_is_no_contradiction() -> None:
    """A meeting that ends months later, or before it began, is an error of the export, not of the seller."""
    for end in ("2025-07-03 09:30", "08:30", "00:00"):
        found = journey(("here", "09:00", end), ("near", "14:00", "15:00"))
        assert not found[["impossible", "speed"]].any(axis=None), end
    days_only = journey(("here", "00:00", "00:00"), ("far", "00:00", "00:00"))
    assert not days_only[["impossible", "speed"]].any(axis=None), "two days without an hour are no two hours"


def test_blocks_that_overlap_are_no_contradiction() -> None:
    """A short meeting inside a long block of a calendar is none; two that begin together and far apart are one."""
    inside = journey(("here", "09:00", "17:00"), ("near", "10:00", "11:00"))
    assert not inside["impossible"].any()
    far_away = journey(("here", "09:00", "17:00"), ("far", "15:00", "16:00"))
    assert far_away["speed"].all()
    assert not far_away["impossible"].any()
    assert journey(("here", "09:00", "17:00"), ("far", "09:00", "16:00"))["impossible"].all()
    assert journey(("here", "09:00", "10:00"), ("far", "10:05", "11:00"))["impossible"].all()


def test_times_of_entry_that_say_nothing_are_no_sign(team) -> None:
    """A transfer between systems, a copied start and days without an hour leave nobody suspected."""
    visits = visits_table()
    prompt = visits.assign(logged_at=visits["date"] + pd.Timedelta("18:00:00"))
    moved = prompt.assign(
        logged_at=prompt["logged_at"].mask(prompt["date"] < "2025-03-01", pd.Timestamp("2025-06-23 09:00"))
    )
    start = visits["date"] + pd.Timedelta("09:00:00")
    late_days = visits["date"] + pd.Timedelta(days=6) - pd.to_timedelta(visits["date"].dt.day_of_week, unit="D")
    for case in (
        moved,
        visits.assign(logged_at=start + pd.Timedelta(days=30), start_time=start + pd.Timedelta(days=30)),
        visits.assign(logged_at=late_days),
    ):
        found = signs(team(visits=case).tables, frame_of(team(visits=case)).visits, country="SE")
        assert not found[["late", "batch"]].any(axis=None)


def test_an_empty_note_and_a_missing_length_are_signs(team) -> None:
    """They are signs where most visits have a note and a length, and habits where few have."""
    visits = visits_table(note_length=80.0, duration_min=30.0)
    visits["duration_min"] += np.arange(len(visits)) % 40
    visits.loc[:9, "note_length"], visits.loc[10:14, "duration_min"] = 0.0, np.nan
    found = signs(team(visits=visits).tables, frame_of(team(visits=visits)).visits, country="SE")
    assert found["no_note"].sum() == 10
    assert found["no_length"].sum() == 5
    assert (found["risk"] == SUSPICIOUS).sum() == 15
    visits.loc[:, "note_length"] = np.where(np.arange(len(visits)) % 3, 0.0, 80.0)
    visits.loc[:, "duration_min"] = np.where(np.arange(len(visits)) % 3, np.nan, 30.0 + np.arange(len(visits)) % 40)
    found = signs(team(visits=visits).tables, frame_of(team(visits=visits)).visits, country="SE")
    assert not found[["no_note", "no_length"]].any(axis=None)


def test_a_trace_lies_near_in_time(team) -> None:
    """A booking before, a call beside or an order after a visit supports it; the same a season away does not."""
    visits = visits_table(sellers=1, number=6).assign(date=pd.Timestamp("2025-03-10"), customer_id=list("abcdef"))
    activities = pd.DataFrame(
        {
            "activity_id": ["1", "2", "3"],
            "seller_id": "S0",
            "customer_id": ["a", "b", "c"],
            "date": pd.to_datetime(["2025-02-20", "2025-03-12", "2025-03-20"]),
            "type": ["meeting_booked", "call_out", "call_out"],
        }
    )
    orders = pd.DataFrame(
        {
            "order_id": ["1", "2"],
            "customer_id": ["d", "e"],
            "order_date": pd.to_datetime(["2025-03-15", "2025-03-05"]),
            "amount": 1.0,
        }
    )
    data = team(visits=visits, activities=activities, orders=orders)
    assert traces(data.tables, frame_of(data).visits).tolist() == [True, True, False, True, False, False]


def test_a_draw_is_reproducible_and_nobody_picks_it(team) -> None:
    """The seed follows from the visits, so that the same export gives the same list, and no better one can be tried."""
    first, again = draw(team()), draw(team())
    pd.testing.assert_frame_equal(first.rows, again.rows)
    assert first.seed == int(first.frame.hash[:8], 16) + 1
    assert list(draw(team(), seed=5).rows["visit_id"]) != list(first.rows["visit_id"])


def test_sizes_follow_the_plan(team) -> None:
    """Fifteen answers for each of four sellers, divided by the contact rate; suspicious visits three times as often."""
    visits = visits_table()
    late = pd.to_timedelta(np.where(np.arange(len(visits)) % 5 == 0, 10, 0), unit="D")
    made = draw(team(visits=visits.assign(logged_at=visits["date"] + late)))
    assert made.answers == 60
    assert len(made.rows) == 100
    assert made.rows.groupby("seller_id").size().tolist() == [25] * 4
    counted = made.rows.groupby("risk").agg(drawn=("visit_id", "size"))
    population = made.rows.drop_duplicates(["seller_id", "risk"]).groupby("risk")["population"].sum()
    rate = counted["drawn"] / population
    assert rate["suspicious"] / rate["usual"] == pytest.approx(3, rel=0.15)
    with_few = draw(team(), per_seller=0)
    assert with_few.answers == with_few.plan.n
    assert with_few.plan.accept == 1


def test_visits_that_other_records_contradict_are_all_asked_about(team) -> None:
    """A visit on a day of absence is a deviation found by computation: no chance decides about it."""
    visits = visits_table()
    days = visits.loc[visits["seller_id"] == "S2", "date"].head(6)
    absence = pd.DataFrame({"seller_id": "S2", "date_from": days.values, "date_to": days.values})
    made = draw(team(visits=visits, absence=absence))
    certain = made.rows[made.rows["risk"] == CERTAIN]
    assert len(certain) == certain["population"].iloc[0] >= 6


def test_every_visit_of_a_stratum_is_as_likely_as_the_next(team) -> None:
    """Over many seeds each visit of a seller is drawn as often as the others: no first, last or round one is spared."""
    data = team()
    times = pd.Series(0, index=data.visits["visit_id"])
    for seed in range(200):
        times[draw(data, seed=seed).rows["visit_id"]] += 1
    share = times[times.index.str.startswith("V0")] / 200
    expected = 25 / len(share)
    assert abs(share.mean() - expected) < 1e-9
    assert (share - expected).abs().max() < 4 * np.sqrt(expected * (1 - expected) / 200)


def test_a_second_draw_never_repeats_the_first(team) -> None:
    """Top-ups add visits; what was drawn stays drawn, and a sample that is large enough is not enlarged unasked."""
    data = team()
    first = draw(data)
    waiting = with_draw(data, first.rows)
    with pytest.raises(UserError, match="enough for the plan"):
        draw(waiting)
    more = draw(waiting, more=30)
    assert (more.number, len(more.rows)) == (2, 30)
    assert not set(more.rows["visit_id"]) & set(first.rows["visit_id"])
    few = answers_to(first.rows)
    few.loc[few.index[30:], ["outcome", "meeting_happened", "purpose_achieved"]] = ["not_reached", None, None]
    topped = draw(with_draw(data, first.rows, few))
    assert topped.contact_rate == pytest.approx(0.3)
    assert len(topped.rows) == pytest.approx(100, abs=8)
    assert not set(topped.rows["visit_id"]) & set(first.rows["visit_id"])


def test_the_quick_plan_in_two_stages(team) -> None:
    """49 answers without a false visit accept, one false visit asks for 49 more, two end it."""
    data = team()
    first = draw(data, two_stage=True, expected_contact_rate=1.0)
    assert len(first.rows) == 49
    said = answers_to(first.rows)
    with pytest.raises(UserError, match="accepts"):
        draw(with_draw(data, first.rows, said), two_stage=True)
    said.loc[0, ["meeting_happened", "purpose_achieved"]] = ["no", None]
    assert len(draw(with_draw(data, first.rows, said), two_stage=True).rows) == 49
    second = draw(with_draw(data, first.rows, said), two_stage=True)
    both, answered = pd.concat([first.rows, second.rows]), pd.concat([said, answers_to(second.rows)])
    with pytest.raises(UserError, match="accepts: one"):
        draw(with_draw(data, both, answered), two_stage=True)
    said.loc[1, ["meeting_happened", "purpose_achieved"]] = ["no", None]
    with pytest.raises(UserError, match="does not accept"):
        draw(with_draw(data, first.rows, said), two_stage=True)


def test_states_of_the_answers(team) -> None:
    """What a row says decides; contradictions and empty rows are never taken for an answer."""
    data = team()
    rows = draw(data).rows
    said = answers_to(rows).astype({"meeting_happened": object, "purpose_achieved": object, "outcome": object})
    fields = ["outcome", "meeting_happened", "purpose_achieved", "attempts"]
    cases = [
        (["reached", "yes", "part", 1], TOOK_PLACE),
        ([None, "no", None, np.nan], DID_NOT),
        (["reached", "unknown", None, 1], CANNOT_SAY),
        (["not_reached", None, None, 2], NOT_REACHED),
        (["refused", None, None, 1], NOT_REACHED),
        ([None, None, None, np.nan], NOT_REACHED),
        (["not_reached", "yes", None, 2], CANNOT_SAY),
        (["reached", "no", "yes", 1], CANNOT_SAY),
    ]
    for at, (values, _) in enumerate(cases):
        said.loc[at, fields] = values
    twice = said.iloc[[20]].assign(meeting_happened="no", purpose_achieved=None)
    found = read_answers(with_draw(data, rows, pd.concat([said, twice])).tables)
    states = found.visits.set_index("visit_id")["state"]
    assert [states[said.loc[at, "visit_id"]] for at in range(len(cases))] == [state for _, state in cases]
    assert states[said.loc[20, "visit_id"]] == CANNOT_SAY
    assert set(found.contradicting) == set(said.loc[[6, 7, 20], "visit_id"])
    asked = found.visits.set_index("visit_id")["asked"]
    assert not asked[said.loc[5, "visit_id"]]
    assert (states.drop(said.loc[[*range(8), 20], "visit_id"]) == TOOK_PLACE).all()


def state_by_hand(rows: pd.DataFrame) -> tuple[str, str | None, bool, bool]:
    """Return state, purpose, asked and contradiction of the rows about one visit, said row by row."""
    happened, purposes, asked, said, torn = set(), set(), False, False, False
    for row in rows.astype(object).where(rows.notna(), None).itertuples():
        silent = row.outcome in ("not_reached", "refused")
        about = row.outcome == "reached" or row.meeting_happened is not None or row.purpose_achieved is not None
        asked |= about or row.outcome is not None or (row.attempts or 0) > 0
        said |= about and not silent
        torn |= silent and row.meeting_happened in ("yes", "no")
        torn |= row.meeting_happened == "no" and row.purpose_achieved in ("yes", "part")
        happened |= {row.meeting_happened} & {"yes", "no"}
        purposes |= {row.purpose_achieved} & {"yes", "part", "no"}
    if torn or len(happened) > 1:
        return CANNOT_SAY, None, True, True
    if happened == {"yes"}:
        return TOOK_PLACE, next(iter(purposes)) if len(purposes) == 1 else None, True, len(purposes) > 1
    if happened == {"no"}:
        return DID_NOT, None, True, False
    return (CANNOT_SAY if said else NOT_REACHED), None, asked, False


def test_any_answers_are_read_as_they_would_be_by_hand(team) -> None:
    """Whatever is filled in, in one row or in several, or left out: the columns say what reading row by row says."""
    data = team()
    rows = draw(data, more=300).rows
    rng = np.random.default_rng(3)
    number = rng.integers(0, 4, len(rows))  # some visits have no row, some have three
    given = rows.loc[rows.index.repeat(number), ["visit_id", "draw", "row_key"]].sample(frac=1, random_state=1)
    words = {
        "outcome": ["reached", "not_reached", "refused", None],
        "meeting_happened": ["yes", "yes", "no", "unknown", None, None],
        "purpose_achieved": ["yes", "part", "no", "unknown", None, None, None],
        "attempts": [0.0, 1.0, 2.0, np.nan],
    }
    given = given.assign(**{c: rng.choice(np.array(w, object), len(given)) for c, w in words.items()})
    given = given.astype({"attempts": float}).reset_index(drop=True)
    found = read_answers(with_draw(data, rows, given).tables)
    visits = found.visits.set_index("visit_id")
    seen = set()
    for visit in rows["visit_id"]:
        mine = given[given["visit_id"] == visit]
        state, achieved, asked, torn = state_by_hand(mine) if len(mine) else (NOT_REACHED, None, False, False)
        row = visits.loc[visit]
        assert (row["state"], row["asked"], visit in found.contradicting) == (state, asked, torn), mine
        assert (None if pd.isna(row["achieved"]) else row["achieved"]) == achieved, mine
        seen.add((state, achieved, asked, torn))
    assert len(seen) >= 9
    assert visits["asked"].dtype == bool


def test_what_does_not_fit_is_found(team) -> None:
    """Lost rows, answers nobody asked for, changed rows, lists and exports are all reported, each by its own name."""
    data = team()
    rows = draw(data).rows
    said = answers_to(rows)
    clean = read_answers(with_draw(data, rows, said).tables)
    assert (clean.missing_rows, clean.not_drawn, clean.changed_rows) == ((), (), ())
    assert (clean.changed_lists, clean.changed_frames, clean.contradicting) == ((), (), ())
    lost = read_answers(with_draw(data, rows, said.iloc[3:]).tables)
    assert set(lost.missing_rows) == set(said["visit_id"].head(3))
    assert len(lost.visits) == len(rows)
    assert (lost.visits["state"] == NOT_REACHED).sum() == 3
    other = data.visits.loc[~data.visits["visit_id"].isin(rows["visit_id"]), "visit_id"].iloc[0]
    added = pd.concat([said, said.head(1).assign(visit_id=other)])
    assert read_answers(with_draw(data, rows, added).tables).not_drawn == (other,)
    swapped = said.assign(visit_id=said["visit_id"].to_numpy()[[1, 0, *range(2, len(said))]])
    assert set(read_answers(with_draw(data, rows, swapped).tables).changed_rows) == set(said["visit_id"].head(2))
    record = rows.copy()
    record.loc[record.index[4], "customer_id"] = "C77"
    assert read_answers(with_draw(data, record, said).tables).changed_rows == (rows["visit_id"].iloc[4],)
    assert read_answers(with_draw(data, rows.iloc[1:], said).tables).changed_lists == (1,)
    later = data.visits[data.visits["visit_id"] != other]
    moved = replace(data, tables=dict(data.tables) | {"visits": later})
    assert read_answers(with_draw(moved, rows, said).tables).changed_frames == (1,)


def test_nothing_to_draw_from(team) -> None:
    """A period without visits is said to be one, instead of an empty list."""
    data = replace(team(), start=date(2020, 1, 1), end=date(2020, 12, 31))
    with pytest.raises(UserError, match="no visit in the period"):
        draw(data)
