"""Weekly rates: coverage on counts as they really are, and the odd shapes of real exports."""

import numpy as np
import pandas as pd
import pytest

from salesaudit.stats import (
    leave_one_out_contrasts,
    paired_rate_ratio,
    poisson_exact,
    poisson_two_rates,
    pooled_rate,
    rate_ratio,
    slow_level,
    weekly_rates,
    yearly_cycle,
)
from salesaudit.stats.season import WEEKS_A_YEAR

UNITS, WEEKS = 12, 26


def drifting_counts(rng, *, rate, weeks=WEEKS, cv=0.35, rho=0.3):
    """Counts with a log-normal AR(1) weekly multiplier of mean 1, one row per rate."""
    sigma = np.sqrt(np.log1p(cv**2))
    noise = rng.normal(0, 1, (len(rate), weeks))
    level = noise.copy()
    for week in range(1, weeks):
        level[:, week] = rho * level[:, week - 1] + np.sqrt(1 - rho**2) * noise[:, week]
    return rng.poisson(np.asarray(rate)[:, None] * np.exp(sigma * level - sigma**2 / 2))


@pytest.fixture(scope="module")
def coverage():
    rng = np.random.default_rng(2024)
    hits = {"specified": [], "exact": [], "pooled": []}
    exposure = np.ones((UNITS, WEEKS))
    for _ in range(200):
        rate = 12 * np.exp(rng.normal(0, 0.2, UNITS))
        counts = drifting_counts(rng, rate=rate)
        frame = weekly_rates(counts, exposure).frame
        hits["specified"].append((frame["low"] <= rate) & (rate <= frame["high"]))
        exact = [poisson_exact(k, WEEKS) for k in counts.sum(axis=1)]
        hits["exact"].append([i.low <= r <= i.high for i, r in zip(exact, rate, strict=True)])
        team = pooled_rate(counts, exposure)
        hits["pooled"].append(team.low <= rate.mean() <= team.high)
    return {method: np.mean(hit) for method, hit in hits.items()}


def test_interval_covers(coverage):
    """The interval holds its promise on counts that vary and drift like real weeks."""
    assert 0.91 <= coverage["specified"] <= 0.98


def test_pooled_interval_covers(coverage):
    """The interval of the whole group holds its promise too."""
    assert 0.90 <= coverage["pooled"] <= 0.99


def test_exact_poisson_does_not_cover(coverage):
    """The tempting textbook interval fails here, so the simulation is hard enough to tell."""
    assert coverage["exact"] < 0.85


def test_nobody_is_accused_without_differences():
    """Among units that do not differ, naming any at q = 0.10 is rare."""
    rng = np.random.default_rng(7)
    named = 0
    for _ in range(150):
        rates = weekly_rates(drifting_counts(rng, rate=np.full(UNITS, 12.0)), np.ones((UNITS, WEEKS)))
        contrast = leave_one_out_contrasts(rates)
        named += ((contrast["qvalue"] <= 0.10) & (contrast["log_ratio"] < 0)).any()
    assert named / 150 <= 0.09


def test_a_unit_far_below_is_found():
    """A drop of 50% in half a year is named, so the protection above is not bought with blindness."""
    rng = np.random.default_rng(8)
    rate = np.full(UNITS, 12.0)
    rate[3] = 6
    found = 0
    for _ in range(40):
        contrast = leave_one_out_contrasts(weekly_rates(drifting_counts(rng, rate=rate), np.ones((UNITS, WEEKS))))
        found += contrast["qvalue"].iloc[3] <= 0.10
    assert found / 40 >= 0.8


def test_by_hand():
    """Dispersion, its shrinkage and the interval follow the formula worked out by hand."""
    counts = [[2, 6, 4, 4], [3, 3, 9, 9]]
    rates = weekly_rates(counts, np.ones((2, 4)), autocorrelation=False)
    # chi2 = (4+4+0+0)/4 = 2 and 4*9/6 = 6, three df each: pooled 8/6; nu0 = 4: phi = (2+16/3)/7 and (6+16/3)/7
    assert rates.phi_pooled == pytest.approx(8 / 6)
    assert rates.frame["phi"].to_numpy() == pytest.approx([22 / 21, 34 / 21])
    assert rates.frame["se_log"].to_numpy() == pytest.approx([(22 / 21 / 16) ** 0.5, (34 / 21 / 24) ** 0.5])
    assert rates.frame["df"].tolist() == [7, 7]
    # t_7 = 2.364624
    assert rates.frame["high"].iloc[0] == pytest.approx(4 * np.exp(2.364624 * (22 / 21 / 16) ** 0.5), rel=1e-6)
    assert (rates.autocorrelation, rates.vif) == (0, 1)


def test_weeks_off_change_nothing():
    """A closed week (exposure 0, whatever its count) leaves every number of that unit as it was."""
    rng = np.random.default_rng(3)
    counts = drifting_counts(rng, rate=np.full(6, 8.0))
    exposure = rng.choice([0.4, 0.8, 1.0], counts.shape)
    plain = weekly_rates(counts, exposure)
    wider = weekly_rates(np.c_[counts, np.full(6, 5)], np.c_[exposure, np.zeros(6)])
    unknown = weekly_rates(np.c_[counts, np.full(6, np.nan)], np.c_[exposure, np.ones(6)])
    pd.testing.assert_frame_equal(plain.frame, wider.frame)
    pd.testing.assert_frame_equal(plain.frame, unknown.frame)


def test_lag_pairs_do_not_jump_over_a_gap():
    """Weeks on both sides of an absence are not neighbours."""
    counts = np.array([[9, 3, 9, 3, 9, 3], [4, 8, 4, 8, 4, 8]])
    gaps = np.array([[1.0, 0, 1, 0, 1, 0], [0.0, 1, 0, 1, 0, 1]])
    assert weekly_rates(counts, gaps).autocorrelation == 0
    trend = np.array([[1, 2, 3, 12, 14, 16], [2, 2, 3, 9, 13, 15]])
    assert weekly_rates(trend, np.ones((2, 6))).autocorrelation > 0.3


def test_units_in_any_order():
    """Sorting the units sorts the rows and changes no number."""
    counts = pd.DataFrame(drifting_counts(np.random.default_rng(4), rate=[5.0, 9, 14]), index=list("abc"))
    exposure = pd.DataFrame(1.0, index=list("cba"), columns=counts.columns)
    forward, backward = weekly_rates(counts, exposure), weekly_rates(counts.loc[list("cab")], exposure)
    pd.testing.assert_frame_equal(forward.frame, backward.frame.loc[list("abc")])
    assert leave_one_out_contrasts(forward).index.tolist() == list("abc")


def test_zero_counts():
    """A unit without events gets zero with the exact upper limit and can still be compared."""
    counts = np.array([[0] * 10, [4, 5, 6, 3, 5, 6, 4, 5, 7, 4], [5, 5, 3, 5, 8, 5, 4, 6, 3, 5]])
    rates = weekly_rates(counts, np.ones((3, 10)))
    first = rates.frame.iloc[0]
    assert (first["estimate"], first["low"]) == (0, 0)
    assert first["high"] == pytest.approx(0.3688879, abs=1e-6)  # Garwood, 0 events in 10: -ln(.025) / 10
    assert leave_one_out_contrasts(rates)["log_ratio"].iloc[0] < -2
    nothing = weekly_rates(np.zeros((2, 5)), np.ones((2, 5)))
    assert nothing.frame["high"].notna().all()
    assert leave_one_out_contrasts(nothing)["pvalue"].isna().all()
    assert pooled_rate(np.zeros(5), np.ones(5)).low == 0


def test_too_little_to_say():
    """One unit, one week, equal weeks or nobody at risk give NaN or a finite interval, never an error."""
    lone = weekly_rates([[5]], [[1.0]])
    assert lone.frame["estimate"].item() == 5
    assert lone.frame[["low", "high"]].isna().all(axis=None)
    assert leave_one_out_contrasts(lone)["pvalue"].isna().all()
    assert weekly_rates(np.full((3, 1), 4), np.ones((3, 1))).frame["low"].isna().all()
    assert np.isfinite(weekly_rates([[4, 5, 6, 7]], np.ones((1, 4))).frame["low"]).all()
    equal = weekly_rates(np.full((3, 8), 4), np.ones((3, 8)))
    assert (equal.frame["phi"] == 1).all()
    assert (equal.frame["low"] < 4).all()
    absent = weekly_rates([[3, 4, 5], [1, 0, 0]], [[1.0, 1, 1], [0.0, 0, 0]])
    assert absent.frame.iloc[1][["estimate", "low", "se_log"]].isna().all()
    assert absent.frame["weeks"].tolist() == [3, 0]
    assert np.isnan(leave_one_out_contrasts(absent)["statistic"].iloc[1])
    assert np.isnan(pooled_rate([5], [1.0]).low)
    assert np.isnan(pooled_rate([0, 0], [0.0, 0.0]).estimate)
    assert len(weekly_rates(np.empty((0, 5)), np.empty((0, 5))).frame) == 0


def test_pooled_rate_is_the_total_over_the_total():
    """The group's rate comes from the totals; the units only say how weeks resemble their neighbours."""
    counts = drifting_counts(np.random.default_rng(6), rate=[5.0, 9, 14], weeks=18)
    for independent in (False, True):
        options = {"autocorrelation": not independent}
        team = pooled_rate(counts, np.ones((3, 18)), **options)
        flat = pooled_rate(counts.sum(axis=0), np.full(18, 3.0), **options)
        assert (team.estimate, team.weeks, team.count) == (flat.estimate, flat.weeks, flat.count)
        assert team.estimate == counts.sum() / 54
    # Without memory the units add nothing: 18 weeks less the level and one slow wave.
    assert (team.low, team.high) == (flat.low, flat.high)
    assert team.df == pytest.approx(16)
    assert team.vif == pytest.approx(1)


def test_a_slow_wave_is_level_and_a_quick_one_is_chance():
    """A half-yearly season, whatever its phase, does not widen the interval of the total; a monthly swing does."""
    week = np.arange(52)
    for phase in np.linspace(0, 2 * np.pi, 7):
        slow, quick = (np.round(2000 * (1 + 0.15 * np.cos(2 * np.pi * week / t + phase))) for t in (26.1, 4.3))
        assert pooled_rate(slow, np.ones(52)).phi < 3
        assert pooled_rate(quick, np.ones(52)).phi > 15


def test_memory_is_found_and_diluted():
    """The counts' correlation is the level's, diluted by Poisson scatter; its inflation exceeds (1 + r) / (1 - r)."""
    rates = weekly_rates(drifting_counts(np.random.default_rng(5), rate=[12.0] * 300, rho=0.6), np.ones((300, WEEKS)))
    # By hand: drifting part 144 (.35^2) = 17.6 of 29.6, so lag 1 is .6 (.595) = .357, and 1 + 2 (.357) / .4 = 2.79
    # in a long series; q'Rq in 26 weeks is 2.58.
    assert rates.autocorrelation == pytest.approx(0.357, abs=0.03)
    assert rates.vif == pytest.approx(2.58, abs=0.2)
    assert rates.vif > (1 + rates.autocorrelation) / (1 - rates.autocorrelation)


def test_rate_ratio():
    """A change between two periods has the variance of both, on the log scale; a rate of zero leaves it open."""
    rng = np.random.default_rng(4)
    before, after = (pooled_rate(drifting_counts(rng, rate=[r] * 5), np.ones((5, WEEKS))) for r in (8.0, 12.0))
    change = rate_ratio(after, before)
    assert change.estimate == pytest.approx(after.estimate / before.estimate)
    assert change.low * change.high == pytest.approx(change.estimate**2)
    assert 1 < change.low < change.high < 2
    assert rate_ratio(before, before).low < 1 < rate_ratio(before, before).high
    assert rate_ratio(after, pooled_rate(np.zeros(9), np.ones(9))).high == np.inf
    assert np.isnan(poisson_two_rates(0, 1, 0, 1))


def test_labels_that_do_not_match_are_refused():
    """Counts and exposure of different units are not divided by each other."""
    with pytest.raises(ValueError, match="same units"):
        weekly_rates(pd.DataFrame([[1, 2]], index=["a"]), pd.DataFrame([[1, 1]], index=["b"]))


def test_a_yearly_cycle_is_no_chance():
    """Counts that only follow the season must not widen the interval; the rate itself stays what was counted."""
    week = np.arange(104)
    season = np.exp(0.3 * np.sin(2 * np.pi * week / WEEKS_A_YEAR))
    counts, exposure = np.round(1000 * season)[None, :], np.ones((1, 104))
    cycle = yearly_cycle(counts, exposure)
    np.testing.assert_allclose(cycle, season / season.mean(), rtol=0.01)
    as_chance, as_season = weekly_rates(counts, exposure), weekly_rates(counts, exposure, profile=cycle)
    assert as_chance.frame["estimate"].item() == as_season.frame["estimate"].item()
    assert as_chance.phi_pooled > 30
    assert as_season.phi_pooled < 3
    assert pooled_rate(counts, exposure, profile=cycle).estimate == as_season.frame["estimate"].item()


def test_a_short_series_has_no_cycle():
    """In a few weeks a season cannot be told from a drift, without events there is none, and noise is none."""
    noise = np.random.default_rng(7).poisson(100, (40, 1, 52))
    assert sum(yearly_cycle(counts, np.ones((1, 52))) is not None for counts in noise) <= 5
    assert yearly_cycle(np.ones((3, 20)), np.ones((3, 20))) is None
    assert yearly_cycle(np.zeros((3, 60)), np.ones((3, 60))) is None


def test_a_decline_over_half_a_year_is_no_yearly_cycle():
    """Twenty-six weeks cannot show what comes back every year; that the level of all units changes they can."""
    rng, level = np.random.default_rng(1), np.exp(-np.linspace(0, 0.6, 26))
    declines = [(rng.poisson(12 * level * np.ones((8, 1))), np.ones((8, 26))) for _ in range(40)]
    assert not any(yearly_cycle(*decline) is not None for decline in declines)
    assert sum(slow_level(*decline) is not None for decline in declines) >= 20


def test_a_calendar_year_is_a_year():
    """A year of 51 complete weeks, one of them without work, is long enough for a season."""
    season = np.exp(0.4 * np.sin(2 * np.pi * np.arange(51) / WEEKS_A_YEAR))
    counts, exposure = np.round(500 * season)[None, :], np.ones((1, 51))
    exposure[0, 30] = 0
    assert yearly_cycle(counts, exposure) is not None


def test_paired_rate_ratio():
    """Two strata by hand; equal shares in each leave Poisson noise; empty groups and single strata say nothing."""
    apart = paired_rate_ratio([30, 20], [20, 30])
    # chi2 = 2 x 5^2 / 12.5 = 4 with 1 degree of freedom: se = sqrt(4 / 50 + 4 / 50) = 0.4, t = 12.706
    assert (apart.estimate, apart.n) == (1, 100)
    assert apart.high == pytest.approx(np.exp(12.706205 * 0.4), rel=1e-6)
    assert apart.low == pytest.approx(1 / apart.high)
    even = paired_rate_ratio([40, 20, 10], [20, 10, 5], exposures=(4, 1))
    # se = sqrt(1/70 + 1/35), t = 4.302653
    assert even.estimate == pytest.approx(0.5)
    assert even.high == pytest.approx(0.5 * np.exp(4.302653 * np.sqrt(3 / 70)), rel=1e-6)
    assert paired_rate_ratio([0, 0], [3, 4]).high == np.inf
    assert paired_rate_ratio([5, 0], [3, 0]).low == 0
    with pytest.raises(ValueError, match="strata"):
        paired_rate_ratio([1, 2], [1, 2, 3])


@pytest.mark.parametrize(("decay", "spread"), [(1.0, 1), (0.6, 1), (0.6, 2), (0.4, 2)])
def test_paired_rate_ratio_covers_whatever_the_strata_are(decay: float, spread: int):
    """A decline over the strata is no noise: the interval keeps its word, and is not ten times too wide."""
    rng, level = np.random.default_rng(3), 40 * decay ** np.arange(9)
    found = []
    for _ in range(300):
        first, second = (
            rng.poisson(mean) if spread == 1 else rng.negative_binomial(mean / (spread - 1), 1 / spread)
            for mean in (0.8 * level, level)
        )
        found.append(paired_rate_ratio(first, second))
    assert np.mean([one.low <= 0.8 <= one.high for one in found]) >= 0.93
    assert np.median([np.log(one.high / one.low) for one in found]) < 1.6
