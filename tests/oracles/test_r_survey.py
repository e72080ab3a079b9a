"""R's survey package on apistrat: stratified share, mean and ratio with finite populations."""

from pathlib import Path

import pandas as pd
import pytest

from salesaudit.stats import stratified_mean, stratified_proportion, stratified_ratio

SIZES = pd.Series({"E": 4421, "H": 755, "M": 1018})
# t_197 at 97.5%, from a table of the t distribution
T197 = 1.972079


@pytest.fixture(scope="module")
def schools():
    return pd.read_csv(Path(__file__).parent / "apistrat.csv")


def test_korn_graubard():
    """The share of schools with an award, and its interval, are those of svyciprop(method = "beta")."""
    share = stratified_proportion([73, 16, 24], [100, 50, 50], SIZES)
    assert share.estimate == pytest.approx(0.638936, abs=5e-7)  # svymean(~awards) (O29)
    assert (share.low, share.high) == pytest.approx((0.5672187, 0.7063548), abs=5e-8)  # svyciprop (O29)


def test_mean(schools):
    """The mean score and its standard error are those of svymean."""
    mean = stratified_mean(schools["api00"], schools["stype"], SIZES)
    assert mean.estimate == pytest.approx(662.287, abs=5e-4)  # svymean(~api00) (O29)
    assert (mean.high - mean.estimate) / T197 == pytest.approx(9.40894, abs=2e-5)  # SE (O29)


def test_ratio(schools):
    """The ratio of tested to enrolled pupils and its standard error are those of svyratio."""
    ratio = stratified_ratio(schools["api_stu"], schools["enroll"], schools["stype"], SIZES)
    assert ratio.estimate == pytest.approx(0.836957, abs=5e-7)  # svyratio(~api.stu, ~enroll) (O29)
    assert (ratio.high - ratio.estimate) / T197 == pytest.approx(0.0077571, abs=5e-8)  # SE (O29)
