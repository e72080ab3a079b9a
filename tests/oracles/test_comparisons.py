"""Berkeley admissions, batting averages, Hachemeister's claims, funnel limits and extremes that come back."""

import numpy as np
import pytest

from salesaudit.stats import (
    buhlmann_straub,
    chance_latest_is_best,
    expected_regression,
    funnel,
    icc1,
    james_stein,
    mantel_haenszel,
    poisson_limits,
    standardised_rate,
    staying_share,
    xmr_limits,
)

# R UCBAdmissions (Bickel, Hammel & O'Connell 1975): department x sex (male, female) x (admitted, rejected).
BERKELEY = np.array(
    [
        [[512, 313], [89, 19]],
        [[353, 207], [17, 8]],
        [[120, 205], [202, 391]],
        [[138, 279], [131, 244]],
        [[53, 138], [94, 299]],
        [[22, 351], [24, 317]],
    ]
)
# Hachemeister (1975), as in R actuar: average claims by state and quarter, and their numbers.
CLAIMS = [
    [1738, 1642, 1794, 2051, 2079, 2234, 2032, 2035, 2115, 2262, 2267, 2517],
    [1364, 1408, 1597, 1444, 1342, 1675, 1470, 1448, 1464, 1831, 1612, 1471],
    [1759, 1685, 1479, 1763, 1674, 2103, 1502, 1622, 1828, 2155, 2233, 2059],
    [1223, 1146, 1010, 1257, 1426, 1532, 1953, 1123, 1343, 1243, 1762, 1306],
    [1456, 1499, 1609, 1741, 1482, 1572, 1606, 1735, 1607, 1573, 1613, 1690],
]
NUMBERS = [
    [7861, 9251, 8706, 8575, 7917, 8263, 9456, 8003, 7365, 7832, 7849, 9077],
    [1622, 1742, 1523, 1515, 1622, 1602, 1964, 1515, 1527, 1748, 1654, 1861],
    [1147, 1357, 1329, 1204, 998, 1077, 1277, 1218, 896, 1003, 1108, 1121],
    [407, 396, 348, 341, 315, 328, 352, 331, 287, 384, 321, 342],
    [2902, 3172, 3046, 3068, 2693, 2910, 3275, 2697, 2663, 3017, 3242, 3425],
]


def test_mantel_haenszel():
    """The paradox of Berkeley: the crude odds ratio is far above 1, the one within departments is not."""
    found = mantel_haenszel(BERKELEY)
    ratio = (found.ratio.estimate, found.ratio.low, found.ratio.high)
    assert ratio == pytest.approx((0.9046968, 0.7719074, 1.0603298), abs=5e-8)  # R mantelhaen.test (O17)
    assert (found.statistic, found.pvalue) == pytest.approx((1.42695, 0.23226), abs=5e-6)  # R mantelhaen.test (O17)
    assert found.crude == pytest.approx(1.84, abs=5e-3)  # Bickel et al. (O17)


def test_standardised_admissions():
    """With the mix of all applicants as weights, women's admission rate is above men's, as Bickel et al. found."""
    applicants = BERKELEY.sum(axis=2)
    rates = [standardised_rate(BERKELEY[:, s, 0], applicants[:, s], applicants.sum(axis=1)) for s in (0, 1)]
    # Freedman, Pisani & Purves, Statistics, chapter 2: weighted average admission rates 39% for men and 43% for women
    assert [round(rate.estimate, 2) for rate in rates] == [0.39, 0.43]


def test_james_stein():
    """Eighteen batters: c = .212, and Clemente's .400 becomes .294."""
    hits = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]) / 45
    shrunken, c = james_stein(hits, hits.mean() * (1 - hits.mean()) / 45)
    assert c == pytest.approx(0.212, abs=5e-4)  # Efron & Morris 1977 (O10)
    assert shrunken[0] == pytest.approx(0.294, abs=5e-4)  # Efron & Morris 1977, Clemente (O10)


def test_buhlmann_straub():
    """The credibility premiums of Hachemeister's five states are those of R's actuar."""
    found = buhlmann_straub(CLAIMS, NUMBERS)
    assert found.within == pytest.approx(139120026, rel=1e-7)  # actuar::cm (O11)
    assert (found.between, found.mean) == pytest.approx((89638.73, 1683.713), rel=1e-6)  # actuar::cm (O11)
    premiums = [2055.165, 1523.706, 1793.444, 1442.967, 1603.285]
    assert found.frame["estimate"].to_numpy() == pytest.approx(premiums, abs=5e-4)  # predict(cm) (O11)


def test_funnel_dispersion():
    """The dispersion of a funnel without winsorising is the one in FunnelPlotR's own test."""
    observed = np.array([100, 150, 180, 80, 120, 225.0])
    expected = np.array([108, 112, 165, 95, 100, 220.0])
    found = funnel(np.log(observed / expected), 1 / np.sqrt(expected), target=0, winsor=0)
    assert found.phi == pytest.approx(2.948033, abs=5e-7)  # FunnelPlotR test-classes_methods.R (O15)


def test_funnel_limits():
    """The exact limits for 15, 20 and 30 expected events are those in FunnelPlotR's own test."""
    low, high = poisson_limits([15, 20, 30])
    assert low == pytest.approx([0.5596924, 0.6108260, 0.6746958], abs=5e-8)  # test-poisson_limits.R (O15)
    assert high == pytest.approx([1.649348, 1.544419, 1.427562], abs=5e-7)  # test-poisson_limits.R (O15)


def test_xmr():
    """Limits of individual values: the flow rates of the NIST handbook."""
    limits = xmr_limits([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    assert limits.high == pytest.approx(55.8041, abs=5e-5)  # NIST handbook 6.3.2.2 (O49)
    assert limits.low == pytest.approx(45.8159, abs=6e-5)  # NIST handbook 6.3.2.2, there from a rounded range (O49)


def test_regression_to_the_mean():
    """HDL cholesterol below 40: what comes back by itself."""
    assert expected_regression(60, 15, 40, 0.8) == pytest.approx(5.394, abs=5e-4)  # Barnett et al. 2005, eq. 1 (O51)
    assert expected_regression(60, 15, 40, 0.5) == pytest.approx(13.486, abs=5e-4)  # the same, rho .5 (O51)


def test_staying_at_the_top():
    """Of the top fifth with reliability .5 only 43% stay, and their expected z falls from 1.40 to 0.70."""
    shares = [staying_share(0.2, rho) for rho in (0.3, 0.5, 0.7, 0.9)]
    assert shares == pytest.approx([0.33, 0.43, 0.56, 0.75], abs=0.01)  # methods section 1.9, simulated there
    cutoff = 0.8416  # table of the normal distribution, 80%
    assert expected_regression(0, 1, cutoff, 0.5, side="above") == pytest.approx(0.70, abs=5e-3)  # the same


def test_icc():
    """The reliability of a single rating of Shrout & Fleiss's six targets."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert icc1(ratings) == pytest.approx(0.17, abs=5e-3)  # Shrout & Fleiss 1979, ICC(1,1) (O30)


def test_best_in_a_long_time():
    """A new yearly best fortnight turns up by chance; windows side by side are best equally often."""
    assert chance_latest_is_best(52, 2) == 1 / 26
    overlapping = chance_latest_is_best(52, 2, rng=np.random.default_rng(1))
    assert overlapping == pytest.approx(0.026, abs=0.005)  # methods section 2.9, simulated there
