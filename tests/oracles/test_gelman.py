"""Gelman et al., Bayesian Data Analysis, 3rd ed., section 5.3: the rat tumour experiments."""

import numpy as np
import pytest

from salesaudit.stats import hierarchical_beta_binomial

# Table 5.1: 70 historical experiments and the current one, tumours / rats (public teaching data).
TUMOURS = (
    [0] * 14 + [1] * 8 + [2] * 9 + [1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10] + [4] * 7 + [10, 4, 4, 4, 5, 11, 12]
) + [5, 5, 6, 5, 6, 6, 6, 6, 16, 15, 15, 9, 4]
RATS = (
    ([20] * 7 + [19] * 4 + [18, 18, 17, 20, 20, 20, 20, 19, 19, 18, 18, 25, 24, 23] + [20] * 6 + [10])
    + [49, 19, 46, 27, 17, 49, 47, 20, 20, 13, 48, 50]
    + [20] * 7
    + [48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22]
)
RATS += [20, 20, 20, 52, 46, 47, 24, 14]


def test_hyperparameters():
    """The spread between units is estimated as in the book that the model is taken from."""
    posterior = hierarchical_beta_binomial(TUMOURS, RATS, rng=np.random.default_rng(1))
    assert posterior.alpha == pytest.approx(2.4, abs=0.05)  # BDA3 p. 113, E(alpha | y) (O13)
    assert posterior.beta == pytest.approx(14.3, abs=0.05)  # BDA3 p. 113, E(beta | y) (O13)


def test_current_experiment_is_pulled_to_the_others():
    """4 of 14 is shrunk from 29% towards the historical 14%, as in the book."""
    posterior = hierarchical_beta_binomial(TUMOURS, RATS, rng=np.random.default_rng(1))
    assert posterior.frame["raw"].iloc[-1] == pytest.approx(4 / 14)
    assert 0.18 < posterior.frame["estimate"].iloc[-1] < 0.23
