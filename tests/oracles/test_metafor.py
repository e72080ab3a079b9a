"""metafor's BCG vaccine example: between-unit variance, its limits and shrunken effects."""

import numpy as np
import pytest

from salesaudit.stats import shrink_log_rates

# dat.bcg (Colditz et al. 1994): cases and non-cases, vaccinated and not (public teaching data).
TRIALS = np.array(
    [
        [4, 119, 11, 128],
        [6, 300, 29, 274],
        [3, 228, 11, 209],
        [62, 13536, 248, 12619],
        [33, 5036, 47, 5761],
        [180, 1361, 372, 1079],
        [8, 2537, 10, 619],
        [505, 87886, 499, 87892],
        [29, 7470, 45, 7232],
        [17, 1699, 65, 1600],
        [186, 50448, 141, 27197],
        [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ],
    float,
)


@pytest.fixture
def shrunken():
    a, b, c, d = TRIALS.T
    effect = np.log(a / (a + b)) - np.log(c / (c + d))
    return shrink_log_rates(effect, np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)))


def test_paule_mandel(shrunken):
    """The spread between units is metafor's Paule-Mandel estimate."""
    assert shrunken.tau2 == pytest.approx(0.3181, abs=2e-4)  # rma(..., method="PM") (O14c)


def test_q_profile(shrunken):
    """The limits of the spread are metafor's, so that a spread of zero is never claimed without saying how sure."""
    # ?confint.rma.uni, example dat.bcg: tau^2 0.1197 to 1.1115
    assert (shrunken.tau2_low, shrunken.tau2_high) == pytest.approx((0.1197, 1.1115), abs=1e-4)


def test_shrunken_effects(shrunken):
    """Shrunken effects agree with metafor's blup() but for the slightly different tau^2 used there."""
    # blup(rma(..., method="DL")) of trials 1, 4, 8 with tau^2 .3088 (O14b); ours is .3181
    assert shrunken.frame["estimate"].to_numpy()[[0, 3, 7]] == pytest.approx([-0.7994, -1.3973, 0.0028], abs=4e-3)
    assert shrunken.mean == pytest.approx(-0.7141, abs=2e-3)  # (O14)
