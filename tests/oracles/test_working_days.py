"""Working days of 2024 counted by hand from the laws: Sweden's lag (1989:253) with the three eves."""

from datetime import date

from salesaudit.calendar import working_days


def test_sweden():
    """262 weekdays less eight red days that are weekdays and the eves of Midsummer, Christmas and New Year."""
    year = working_days("SE", date(2024, 1, 1), date(2024, 12, 31))
    assert year.sum() == 262 - 8 - 3  # (O50)
