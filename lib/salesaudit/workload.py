"""How long a client's sellers could have worked: exposure from whatever the client's tables say."""

from datetime import date

import pandas as pd

from salesaudit.calendar import Exposure, exposure
from salesaudit.dataset import SalesData


def normal_weeks(data: SalesData, *, start: date | None = None, end: date | None = None) -> Exposure:
    """Return the exposure of every seller between two days, by default over the period of the audit.

    Parameters
    ----------
    start, end : date, optional
        Both included.

    Returns
    -------
    Exposure
        One row per seller of `SalesData.seller_ids`; leave is assumed where no absence was exported.
    """
    known = data.has("sellers.seller_id")
    sellers = data.sellers.dropna(subset=["seller_id"]) if known else pd.DataFrame({"seller_id": data.seller_ids})
    settings = data.client.settings
    return exposure(
        sellers,
        start=start or data.start,
        end=end or data.end,
        country=settings.country,
        absence=data.absence if data.has("absence.seller_id", "absence.date_from") else None,
        **settings.calendar.rules,
    )
