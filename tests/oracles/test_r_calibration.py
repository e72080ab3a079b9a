"""R's rms::val.prob on a split of birthwt, and closed forms of the exact calibration test."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesaudit.stats import brier, brier_decomposition, optimism_index, recalibration


def test_val_prob():
    """Score, recalibration and tests of stated probabilities are those of the reference implementation."""
    data = pd.read_csv(Path(__file__).parent / "valprob.csv")
    result = recalibration(data["p"], data["y"])
    assert brier(data["p"], data["y"]) == pytest.approx(0.22146223, abs=1e-8)  # Brier (O32)
    assert brier_decomposition(data["p"], data["y"]).brier == pytest.approx(0.22146223, abs=1e-8)
    assert result.intercept == pytest.approx(-0.44200948, abs=1e-6)  # Intercept (O32)
    assert result.slope == pytest.approx(0.36394639, abs=1e-6)  # Slope (O32)
    assert result.u_statistic == pytest.approx(5.01247, abs=1e-5)  # U:chi-sq (O32)
    assert result.spiegelhalter_z == pytest.approx(2.02973069, abs=1e-6)  # S:z (O32)
    assert result.spiegelhalter_pvalue == pytest.approx(0.042384, abs=1e-6)  # S:p (O32)


def test_equal_probabilities_are_binomial():
    """With equal probabilities the exact test is the binomial one."""
    result = optimism_index([0.3] * 5, [1, 1, 1, 1, 0], rng=np.random.default_rng(1))
    # P(X >= 4 | 5, .3) = 5 (.3^4) .7 + .3^5 = .03078, doubled (O35, closed form)
    assert result.pvalue == pytest.approx(0.06156, abs=1e-9)
    assert result.estimate == pytest.approx(1.5 / 4)
