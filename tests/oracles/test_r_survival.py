"""R's survival package on its own data: Kaplan-Meier, Aalen-Johansen, left truncation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesaudit.stats import aalen_johansen, kaplan_meier_median

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def mgus2():
    return pd.read_csv(HERE / "mgus2.csv")


@pytest.fixture(scope="module")
def six_mp():
    patients = pd.read_csv(HERE / "gehan.csv")
    return patients[patients["treat"] == "6-MP"]


def test_one_cause_is_kaplan_meier(six_mp):
    """With a single cause the incidence is one minus the Kaplan-Meier curve, standard error included."""
    incidence = aalen_johansen(six_mp["time"], six_mp["cens"])
    assert 1 - incidence.at(6, 1).estimate == pytest.approx(0.8571, abs=5e-5)  # Freireich 6-MP, S(6) (O18)
    assert 1 - incidence.at(23, 1).estimate == pytest.approx(0.4482, abs=5e-5)  # S(23) (O18)
    last = incidence.frame[incidence.frame["time"] == 23]
    assert last["se"].item() == pytest.approx(0.1346, abs=5e-5)  # se of S(23) (O18)


def test_median(six_mp):
    """The median time is the textbook's 23 weeks."""
    assert kaplan_meier_median(six_mp["time"], six_mp["cens"]).estimate == 23  # survfit(gehan), 6-MP


@pytest.mark.parametrize("late_entry", [False, True])
def test_competing_risks(mgus2, late_entry):
    """Both the library's estimator and the one for late entry reproduce R, ties included."""
    late = np.full(len(mgus2), -1.0) if late_entry else None
    incidence = aalen_johansen(mgus2["etime"], mgus2["event"], entry=late)
    months = [12, 60, 120, 240]
    malignancy = [incidence.at(t, 1).estimate for t in months]
    death = [incidence.at(t, 2).estimate for t in months]
    assert malignancy == pytest.approx([0.00940126, 0.03410371, 0.06372217, 0.09981372], abs=1e-7)  # R (O20)
    assert death == pytest.approx([0.1221854, 0.3203670, 0.5318177, 0.7240280], abs=1e-7)  # R (O20)
    at_120 = incidence.frame[incidence.frame["time"] == 120].set_index("cause")["se"]
    assert at_120[1] == pytest.approx(0.0067968484, abs=1e-9)  # R survfit std.err (O20b)
    assert at_120[2] == pytest.approx(0.0140596452, abs=1e-9)  # R survfit std.err (O20b)


def test_left_truncation():
    """Units watched from a later time enter the risk set then, as in R's counting process notation."""
    heart = pd.read_csv(HERE / "heart.csv")
    incidence = aalen_johansen(heart["stop"], heart["event"], entry=heart["start"])
    assert 1 - incidence.at(90, 1).estimate == pytest.approx(0.51417186, abs=1e-8)  # R (O21)
    assert 1 - incidence.at(365, 1).estimate == pytest.approx(0.32122401, abs=1e-8)  # R (O21)
