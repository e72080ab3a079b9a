"""R LMDIR's own test, the zero rules of Ang, Zhang & Choi, and two textbook games."""

import numpy as np
import pytest

from salesaudit.stats import lmdi, logarithmic_mean, shapley_values

BEFORE = np.array([[1, 10, 2], [4, 5, 3]], float)
AFTER = np.array([[4, 5, 3], [5, 6, 4]], float)


def test_additive():
    """The contributions of the factors are those of the reference implementation."""
    total = lmdi(BEFORE, AFTER).sum()
    assert total.to_numpy() == pytest.approx([69.79006598, -9.455125793, 39.66505981], abs=1e-8)  # LMDIR (O37)


def test_multiplicative():
    """The multiplicative form follows from the additive one through the logarithmic mean of the totals."""
    before, after = BEFORE.prod(axis=1).sum(), AFTER.prod(axis=1).sum()
    ratio = np.exp(lmdi(BEFORE, AFTER).sum() / logarithmic_mean(after, before))
    assert ratio.to_numpy() == pytest.approx([1.761117821, 0.926191306, 1.379410116], abs=1e-9)  # LMDIR (O37b)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    # Ang, Zhang & Choi 1998, table of the eight cases, for the first of two factors
    [
        ((0, 3), (2, 3), 6),  # 1: the factor appears, V_T
        ((2, 3), (0, 3), -6),  # 2: the factor vanishes, -V_0
        ((2, 0), (2, 3), 0),  # 3: another factor appears
        ((2, 3), (2, 0), 0),  # 4: another factor vanishes
        ((2, 0), (3, 0), 0),  # 5: the product is zero throughout
        ((0, 3), (0, 3), 0),  # 6: the factor is zero throughout
        ((2, 0), (0, 3), 0),  # 7: the product is zero before and after
        ((0, 3), (2, 0), 0),  # 8: the same the other way round
    ],
)
def test_zero_cases(before, after, expected):
    """An item that starts or ends is booked on the factor that started or ended."""
    assert lmdi([before], [after]).iloc[0, 0] == expected


def test_glove_game():
    """The owner of the only left glove gets two thirds."""

    def pairs(group):
        return float(0 in group and len(group) > 1)

    assert shapley_values(3, pairs) == pytest.approx([2 / 3, 1 / 6, 1 / 6])  # textbook (O38)


def test_airport_game():
    """Runway costs 8, 11, 13, 18 are shared 2, 3, 4, 9."""
    costs = [8, 11, 13, 18]
    shares = shapley_values(4, lambda group: float(max((costs[i] for i in group), default=0)))
    assert shares == pytest.approx([2, 3, 4, 9])  # Littlechild & Owen 1973 (O38b)
