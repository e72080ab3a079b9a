"""McCullagh & Nelder's ships, R's poisson.test, and the recurrences of bladder2."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesaudit.stats import mean_cumulative, poisson_regression, poisson_two_rates

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def ships():
    data = pd.read_csv(HERE / "ships.csv")
    return data[data["service"] > 0]


def test_ships(ships):
    """Deviance, dispersion, estimate and scaled standard error of the damage model are the book's."""
    design = pd.get_dummies(ships[["type", "year", "period"]].astype(str), dtype=float, drop_first=True)
    fit = poisson_regression(ships["incidents"], design, exposure=ships["service"])
    assert (fit.deviance, fit.df) == pytest.approx((38.69505, 25), abs=5e-6)  # M&N 1989 table 6.3, R glm (O07)
    assert fit.phi == pytest.approx(1.69103, abs=5e-5)  # X2/df (O07); R stops iterating earlier
    assert fit.frame.loc["type_B", "estimate"] == pytest.approx(-0.543344, abs=5e-7)  # R glm (O07)
    assert fit.frame.loc["intercept", "se"] == pytest.approx(0.28276, abs=5e-6)  # R glm(quasipoisson) (O07)


def test_levels_instead_of_columns(ships):
    """Types and years taken as effects leave the estimate of the period as in the full model."""
    period = (ships[["period"]] == 75).astype(float)
    fit = poisson_regression(
        ships["incidents"], period, exposure=ships["service"], effects=ships[["type", "year"]], clusters=ships["type"]
    )
    assert fit.frame.loc["period", "estimate"] == pytest.approx(0.384467, abs=5e-7)  # R glm, period75 (MASS ?ships)
    assert fit.df == 4


def test_two_rates():
    """The exact test of two rates is the one of R's poisson.test."""
    pvalue = poisson_two_rates(11, 800, 21, 3011)
    assert pvalue == pytest.approx(0.079669, abs=2e-5)  # poisson.test(c(11, 21), c(800, 3011)) (O05)


def test_mean_cumulative():
    """The mean number of recurrences under placebo is R's survfit for recurrent events."""
    patients = pd.read_csv(HERE / "bladder2.csv")
    patients = patients[patients["rx"] == 1]
    curve = mean_cumulative(patients["start"], patients["stop"], patients["event"], patients["id"])
    steps = curve["estimate"].to_numpy()[np.searchsorted(curve["time"], [6, 12, 24, 36], side="right") - 1]
    assert steps == pytest.approx([0.3937, 0.7168, 1.4468, 1.9332], abs=5e-5)  # R survival (O22)
