"""The synthetic client: the same every time, valid, and with the truth that it says it has."""

import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesaudit.client import open_client
from salesaudit.errors import UserError
from salesaudit.example import SCENARIOS, dirt, make_client, sales_data, write_client
from salesaudit.example.headers import HEADERS
from salesaudit.ingest import load
from salesaudit.ingest.mapping import aliases, plain
from salesaudit.schema import PROVENANCE, TABLES, pandera_schema

YEAR = pd.Timedelta(days=365)


@pytest.fixture(scope="module")
def base():
    return make_client(1)


@pytest.fixture(scope="module")
def null():
    return make_client(1, "null")


@pytest.fixture(scope="module")
def dirty():
    return make_client(1, "dirty")


@pytest.fixture(scope="module")
def dirty_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dirty")
    write_client(folder, scenario="dirty")
    return folder


def in_period(example, table, column="date"):
    frame, period = example.tables[table], example.settings["period"]
    return frame[frame[column].between(pd.Timestamp(period["start"]), pd.Timestamp(period["end"]))]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_same_seed_same_tables():
    """A result can be reproduced: one seed gives one client, another seed another."""
    first, again, other = (make_client(seed, "small") for seed in (3, 3, 4))
    assert set(first.tables) == set(again.tables)
    for name, frame in first.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name])
    assert not first.tables["visits"].equals(other.tables["visits"])


def test_same_seed_same_bytes(tmp_path):
    """The written client is the same bytes each time, workbook included, and leaves nothing of an older one behind."""
    for name in ("a", "b"):
        write_client(tmp_path / name, seed=2, scenario="small")
    (tmp_path / "b" / "exports" / "besok_2019.csv").write_text("old")
    write_client(tmp_path / "b", seed=2, scenario="small")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_blocks_do_not_depend_on_each_other(base):
    """Simulations of visits alone speak about the same client as the whole one."""
    alone = make_client(1, blocks={"sellers", "visits"})
    assert set(alone.tables) == {"sellers", "absence", "visits"}
    pd.testing.assert_frame_equal(
        alone.tables["visits"].drop(columns="opportunity_id"), base.tables["visits"].drop(columns="opportunity_id")
    )
    pd.testing.assert_series_equal(alone.truth["rates"], base.truth["rates"])
    with pytest.raises(KeyError, match="no block"):
        make_client(1, blocks={"visit"})


def test_an_unknown_scenario_gets_the_nearest():
    """A misspelt --scenario is the user's to fix."""
    with pytest.raises(UserError, match="did you mean 'dirty'"):
        make_client(1, "dirtyy")


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_tables_are_canonical(scenario):
    """Analyses are tried on nothing but valid tables: types, codes, keys, provenance."""
    example = make_client(1, scenario)
    for name, frame in example.tables.items():
        pandera_schema(name).validate(frame)
        key = [c for c in TABLES[name].key if c in frame]
        assert not frame.duplicated(key).any(), name
        assert not frame.duplicated(list(PROVENANCE)).any(), name
        required = [c for c in TABLES[name].required if (name, c) != ("visits", "customer_id")]
        assert frame[required].notna().all().all(), name


def test_minimal_has_required_columns_only():
    """The analyses must live with the least that a client can send."""
    example = make_client(1, "minimal")
    assert set(example.tables) == {"sellers", "customers", "visits", "orders", "opportunities"}
    for name, frame in example.tables.items():
        assert list(frame.columns) == [*TABLES[name].required, *PROVENANCE]


def test_sales_data_needs_no_files(base):
    """Analyses can be tested without reading: settings are valid, and the period is the last 52 weeks."""
    data = sales_data(1, "small")
    assert (data.end - data.start).days + 1 == 70
    start, end = base.settings["period"].values()
    assert (end - start).days + 1 == 364
    assert end == base.settings["as_of"]
    assert data.has("visits", "orders", "beliefs", "scorecard")


def test_visits_follow_exposure():
    """The planted rates are true: over many clients, visits are rate times exposure, by seller kind and in sum."""
    ratios, low, starter = [], [], []
    for seed in range(30):
        example = make_client(seed, weeks=26, blocks={"sellers", "visits"})
        truth = example.truth
        expected = truth["rates"] * truth["exposure"]["weeks"]
        seen = example.tables["visits"].groupby("seller_id").size().reindex(expected.index, fill_value=0)
        ratios.append(seen.sum() / expected.sum())
        low.append(seen[truth["low_seller"]] / expected[truth["low_seller"]])
        starter.append(seen[truth["exposure"]["starter"]] / expected[truth["exposure"]["starter"]])
        assert truth["low_seller_gap"] == pytest.approx(-0.35, abs=0.04)
    assert np.mean(ratios) == pytest.approx(1, abs=0.02)
    assert np.mean(low) == pytest.approx(1, abs=0.07)
    assert np.mean(starter) == pytest.approx(1, abs=0.09)


def test_nobody_differs_in_null(null):
    """False alarms can be counted: in the null client all true rates are the same, although exposure differs."""
    assert null.truth["rates"].to_numpy() == pytest.approx(12)
    assert null.truth["exposure"]["weeks"].max() > 1.3 * null.truth["exposure"]["weeks"].min()
    assert null.truth["low_seller"] is None
    assert null.truth["visits"]["took_place"].all()
    assert null.tables["visits"]["purpose_planned"].notna().all()


def test_visits_lie_on_working_days(base):
    """Nobody visits while away, before being employed, or at the weekend."""
    visits = base.tables["visits"]
    assert (visits["date"].dt.day_of_week < 5).all()
    begun = visits["seller_id"].map(base.tables["sellers"].set_index("seller_id")["start_date"])
    assert (visits["date"] >= begun).all()
    away = base.tables["absence"].query("fraction == 1").merge(visits, on="seller_id")
    assert not away["date"].between(away["date_from"], away["date_to"]).any()


def test_beliefs_overestimate_as_planted(base, null):
    """The belief gap is known: 57 per cent too high in the base client, none in the null client."""
    for example, planted in ((base, np.exp(0.45)), (null, 1.0)):
        ratio = example.tables["beliefs"]["mode"] / example.truth["team_rate"]
        assert np.exp(np.log(ratio).mean()) == pytest.approx(planted, abs=0.01)
    assert base.truth["overestimation"] == pytest.approx(0.568, abs=0.001)


def test_false_visits_and_missing_purposes(base):
    """One seller's visits are often untrue and one seller's purposes often missing, the others' seldom."""
    truth = base.truth
    true_share = truth["visits"].groupby("seller_id")["took_place"].mean()
    assert true_share[truth["false_visits_seller"]] == pytest.approx(0.65, abs=0.04)
    assert true_share.drop(truth["false_visits_seller"]).mean() == pytest.approx(0.90, abs=0.05)
    visits = base.tables["visits"]
    missing = visits["purpose_planned"].isna().groupby(visits["seller_id"]).mean()
    assert missing[truth["missing_purpose_seller"]] == pytest.approx(0.35, abs=0.03)
    assert missing.drop(truth["missing_purpose_seller"]).mean() == pytest.approx(0.08, abs=0.02)


def test_purpose_mix(base):
    """In the audit period the purposes have the planted shares."""
    rows = in_period(base, "visits")[["visit_id"]].merge(base.truth["visits"])
    seen = rows["purpose"].value_counts(normalize=True)
    for purpose, share in base.truth["purpose_mix"].items():
        assert seen[purpose] == pytest.approx(share, abs=0.035), purpose


def test_progress_among_followed_episodes(base):
    """Visits and opportunities tell the planted step probabilities, once every episode had a year to go on."""
    visits, opportunities = base.tables["visits"], base.tables["opportunities"].set_index("opp_id")
    steps = visits[visits["purpose_planned"].isin(["PRE", "QUO", "NEG"])].dropna(subset=["opportunity_id"])
    first = steps.groupby(["opportunity_id", "purpose_planned"])["date"].min().unstack().join(opportunities)
    first = first[~first["customer_id"].isin(base.truth["stuck_customers"])]
    limit = pd.Timestamp(base.settings["as_of"]) - YEAR
    seen = {
        "PRE>QUO": first.loc[first["PRE"] < limit, "QUO"].notna().mean(),
        "QUO>NEG": first.loc[first["QUO"] < limit, "NEG"].notna().mean(),
        "NEG>WON": first.loc[first["NEG"] < limit, "status"].eq("won").mean(),
    }
    assert base.truth["progress"] == {"PRE>QUO": 0.60, "QUO>NEG": 0.45, "NEG>WON": 0.60}
    assert seen["PRE>QUO"] == pytest.approx(0.60, abs=0.03)
    assert seen["QUO>NEG"] == pytest.approx(0.45, abs=0.05)
    assert seen["NEG>WON"] == pytest.approx(0.60, abs=0.06)
    assert not (first["QUO"] < first["PRE"]).any()
    assert not (first["NEG"] < first["QUO"]).any()
    assert not (first["closed_date"] < first["NEG"]).any()


def test_bottleneck_seller_negotiates_seldom():
    """The planted bottleneck is there: the weak negotiator takes 20 per cent of the quotes further."""
    parts = [make_client(seed, "bottleneck", blocks={"visits"}).truth for seed in range(6)]
    rows = pd.concat([p["episodes"].assign(weak=p["episodes"]["seller_id"] == p["weak_negotiator"]) for p in parts])
    followed = rows[(rows["quo_date"] < pd.Timestamp("2026-06-28") - YEAR) & ~rows["stuck"]]
    share = followed["neg_date"].notna().groupby(followed["weak"]).mean()
    assert share[True] == pytest.approx(0.20, abs=0.05)
    assert share[False] == pytest.approx(0.45, abs=0.03)


def test_stuck_customers(base, null):
    """Fifteen customers got 8 to 14 quotes in vain, one of them exactly ten, and none ever ordered."""
    stuck = pd.Series(base.truth["stuck_customers"])
    assert len(stuck) == 15
    assert stuck.between(8, 14).all()
    assert (stuck == 10).sum() == 1
    visits = base.tables["visits"]
    quotes = visits[visits["purpose_planned"] == "QUO"].groupby("customer_id").size()
    pd.testing.assert_series_equal(quotes[stuck.index], stuck, check_names=False)
    assert not base.tables["orders"]["customer_id"].isin(stuck.index).any()
    theirs = base.tables["opportunities"].query("customer_id in @stuck.index")
    assert (theirs["status"] == "open").all()
    assert null.truth["stuck_customers"] == {}


def test_categories(base):
    """70.5 per cent of the customers are in category 3, with a fifth of the revenue, and get most of the visits."""
    truth = base.truth
    assert truth["category_shares"]["3"] == pytest.approx(0.705, abs=0.02)
    assert truth["category_revenue_shares"]["3"] == pytest.approx(0.206, abs=0.03)
    bought = truth["bought"]
    assert (bought["category_12m"] == "3").mean() == pytest.approx(0.705, abs=0.02)
    agree = (bought["category_12m"] == truth["customers"]["category"]).mean()
    assert agree > 0.92
    category = truth["customers"].set_index("customer_id")["category"]
    share = in_period(base, "visits")["customer_id"].map(category).eq("3").mean()
    assert 0.58 < share < 0.66
    assert share == pytest.approx(truth["category_3_visit_share"], abs=0.03)


def test_orders(base, null):
    """Order values and hit rate are as planted; in the null client the category makes no difference."""
    for example, high, low in ((base, 6500, 3500), (null, 4400, 4400)):
        category = example.truth["customers"].set_index("customer_id")["category"]
        orders = example.tables["orders"]
        mean = orders["amount"].groupby(orders["customer_id"].map(category)).mean()
        assert mean[["1", "2R"]].to_numpy() == pytest.approx(high, rel=0.05)
        assert mean[["2P", "3"]].to_numpy() == pytest.approx(low, rel=0.05)
    visits, orders = base.tables["visits"], base.tables["orders"]
    hits = (orders["channel"].eq("visit") & orders["opportunity_id"].isna()).sum()
    buying = (~visits["is_new_customer"].astype(bool)).sum()
    assert hits / buying == pytest.approx(0.30, abs=0.02)
    mailed = base.tables["activities"]["type"].eq("newsletter").sum()
    assert (orders["channel"] == "newsletter").sum() / mailed == pytest.approx(0.008, abs=0.003)
    first = orders["customer_id"].map(base.tables["customers"].set_index("customer_id")["first_order_date"])
    assert (orders["order_date"].dt.normalize() >= first).all()


def forecast_closed(example):
    opportunities = example.tables["opportunities"].merge(example.truth["opportunities"], on="opp_id")
    return opportunities[(opportunities["kind"] == "forecast") & (opportunities["status"] != "open")]


def test_optimism(base, null):
    """Sellers state 1.31 times their chances in the base client and are calibrated in the null client."""
    for example, index in ((base, 1.31), (null, 1.0)):
        closed = forecast_closed(example)
        assert len(closed) == 1200
        seen = closed["probability"].sum() / closed["status"].eq("won").sum()
        assert seen == pytest.approx(index, abs=0.1)
        assert example.truth["optimism_index"] == pytest.approx(index, abs=0.05)
        assert example.truth["optimism_index_realised"] == pytest.approx(seen)
    closed = forecast_closed(null)
    assert (closed["probability"] == closed["true_probability"]).all()
    later = forecast_closed(base).query("stage != 'Prospekt'")
    assert later["status"].eq("won").mean() == pytest.approx(0.47, abs=0.05)


def test_hygiene_counts_are_exact(base, null):
    """What is untidy in the open pipeline can be counted to the last row."""
    for example in (base, null):
        as_of = pd.Timestamp(example.settings["as_of"])
        frame = example.tables["opportunities"].query("status == 'open'")
        quiet = (as_of - frame["last_activity_date"]).dt.days
        seen = {
            "open": len(frame),
            "no_next_step": int(frame["next_step_date"].isna().sum()),
            "past_close_date": int((frame["close_date_planned"] < as_of).sum()),
            "stale": int((quiet > 30).sum()),
        }
        assert seen == example.truth["pipeline"]
        assert (quiet > 140).sum() == seen["stale"]
        assert (frame["next_step_date"].dropna() > as_of).all()
    share = {k: v / base.truth["pipeline"]["open"] for k, v in base.truth["pipeline"].items()}
    assert share["no_next_step"] == pytest.approx(0.12, abs=0.001)
    assert share["past_close_date"] == pytest.approx(0.09, abs=0.001)
    assert base.truth["pipeline_forecast"]["open"] == 250
    assert base.truth["pipeline_forecast"]["stale"] == 45
    assert null.truth["pipeline"] | {"open": 0} == dict.fromkeys(null.truth["pipeline"], 0)


def test_snapshots_agree_with_opportunities(base):
    """The last snapshot of an opportunity is what the table says now, and close dates only ever move later."""
    snapshots = base.tables["opp_snapshots"].sort_values(["opp_id", "snapshot_date"])
    assert snapshots["snapshot_date"].nunique() == 13
    moved = snapshots.groupby("opp_id")["close_date_planned"].diff()
    assert not (moved < pd.Timedelta(0)).any()
    assert (moved > pd.Timedelta(0)).sum() == base.truth["pushes_seen"] > 200
    last = snapshots.groupby("opp_id").last()
    now = base.tables["opportunities"].set_index("opp_id").loc[last.index]
    assert (last["status"] == now["status"]).all()
    assert (last["amount"] == now["amount"]).all()
    assert (last["probability"] == now["probability"]).all()


def test_better_scores_win_more(base):
    """The scorecard carries information: deals with high scores are won more often than those with low ones."""
    own = base.tables["scorecard"].query("scorer_role == 'self'").groupby("entity_id")["score"].mean()
    status = base.tables["opportunities"].set_index("opp_id")["status"].loc[own.index]
    closed = status != "open"
    good = own >= own.median()
    won = status.eq("won")
    assert won[closed & good].mean() > 1.5 * won[closed & ~good].mean()


def test_every_header_is_known():
    """Nobody has to map the demonstration client by hand."""
    for table, headers in HEADERS.items():
        for column, header in headers.items():
            assert plain(header) in aliases()[table][column], (table, column, header)


def test_written_files_read_back(tmp_path):
    """What is written is what was made: every value, and every row's file and line."""
    write_client(tmp_path / "client", seed=1, scenario="small")
    made, read = make_client(1, "small"), load(str(tmp_path / "client"))
    assert set(read.tables) == set(made.tables)
    for name, frame in made.tables.items():
        pd.testing.assert_frame_equal(read.tables[name][list(frame)], frame, check_exact=False)
    assert not read.issues["kind"].isin(["rejected", "merged", "repaired", "must_fix"]).any()
    settings = tomllib.loads((tmp_path / "client" / "client.toml").read_text(encoding="utf-8"))
    assert settings == made.settings
    assert open_client(str(tmp_path / "client")).settings.name == "Nordverk AB"
    assert set(read.commentary) == {"01_visit_frequency"}


def test_dirt_is_counted(dirty, dirty_folder):
    """The written errors are exactly those that the truth counts: extra rows, copies, lost customers, holes."""
    planted = dirty.truth["dirt"]
    files = {"visits": "besok_2026.csv", "orders": "order.csv", "opportunities": "affarsmojligheter.csv"}
    for name, file in files.items():
        cells = pd.read_csv(dirty_folder / "exports" / file, sep=";", dtype=str, encoding="utf-8-sig")
        clean = (dirty.tables[name]["source_file"] == file).sum()
        assert len(cells) == clean + planted[name]["merged"] + planted[name]["rejected"]
        assert cells.duplicated().sum() == planted[name]["merged"]
    known = set(dirty.tables["customers"]["customer_id"])
    for name in ("visits", "orders"):
        assert (~dirty.tables[name]["customer_id"].isin(known)).sum() == planted[name]["orphans"] > 0
    assert dirty.tables["customers"]["lat"].isna().mean() == pytest.approx(0.15, abs=0.02)
    lengths = pd.concat(
        pd.read_csv(dirty_folder / "exports" / f"besok_{year}.csv", sep=";", dtype=str, encoding=encoding)[
            "Längd (min)"
        ]
        for year, encoding in ((2024, "cp1252"), (2025, "utf-8-sig"), (2026, "utf-8"))
    )
    assert (
        (lengths == "en timme").sum()
        == planted["visits"]["repaired"]
        == dirty.tables["visits"]["duration_min"].isna().sum()
    )
    assert planted["customers"]["repaired"] == dirt.LATITUDES[1]


def test_files_are_as_clients_send_them(dirty_folder):
    """The demonstration exercises what real exports have: encodings, a title above the headers, two ways of dates."""
    exports = dirty_folder / "exports"
    with pytest.raises(UnicodeDecodeError):
        (exports / "besok_2024.csv").read_text(encoding="utf-8")
    assert (exports / "besok_2025.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert ";2024-" in (exports / "besok_2024.csv").read_text(encoding="cp1252")
    assert ".2025;" in (exports / "besok_2025.csv").read_text(encoding="utf-8-sig")
    top = pd.read_excel(exports / "kunder.xlsx", header=None, nrows=4, engine="calamine")
    assert top[0].iloc[0].startswith("Kundregister")
    assert top.iloc[1].isna().all()
    assert top[0].iloc[2] == "Kund-ID"


def test_hostile_names_are_text(base, dirty_folder):
    """Two dirty customers' names would act if they were not escaped; the workbook holds them as text, not formulas."""
    assert not base.tables["customers"]["name"].str.contains("[<=]").any(), "the showcase can be shown"
    names = make_client(scenario="dirty", blocks=("customers",)).tables["customers"]["name"]
    assert {"<script>alert(1)</script> AB", '=HYPERLINK("http://example.com")'} <= set(names)
    assert names.is_unique
    with zipfile.ZipFile(dirty_folder / "exports" / "kunder.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
        assert b"=HYPERLINK" in book.read("xl/sharedStrings.xml")
    assert b"<f>" not in sheet
    assert b"<hyperlink" not in sheet
