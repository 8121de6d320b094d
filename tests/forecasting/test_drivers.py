"""Do the world prices stop at the origin, and move as their past says?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from regional_econ._base.errors import DataError
from regional_econ.forecasting.drivers import COAL, DRIVER_DF, DRIVERS, Driver, drivers

PRICE = Driver("coal", (2019, 2020, 2021, 2022), np.array([100.0, 50.0, 100.0, 400.0]))
CHANGES = np.log([0.5, 2.0, 4.0])


def test_changes_are_logs_of_ratios() -> None:
    assert PRICE.changes == pytest.approx(dict(zip((2020, 2021, 2022), CHANGES, strict=True)), abs=1e-12)


def test_the_law_of_the_changes_has_their_mean_square() -> None:
    law = stats.t(DRIVER_DF, scale=PRICE.scale)
    assert law.var() == pytest.approx(np.mean(CHANGES**2), rel=1e-12)
    z = np.array([-2.0, 0.0, 1.3])
    np.testing.assert_allclose(PRICE.change(z), law.ppf(stats.norm.cdf(z)), rtol=1e-9)
    # a surprise is the standard normal number that stands for the change
    assert PRICE.change(np.array(PRICE.surprise(2022))) == pytest.approx(CHANGES[-1], abs=1e-9)
    assert np.isnan(PRICE.surprise(2019))


def test_paths_start_from_the_last_price() -> None:
    z = np.array([[0.0, 1.0, -0.5], [2.0, 0.0, 0.0]])
    paths = PRICE.paths(z)
    assert paths.shape == (2, 3)
    np.testing.assert_allclose(np.diff(np.log(paths), prepend=np.log(400.0)), PRICE.change(z), atol=1e-12)


def test_later_prices_reach_nothing(national: pd.DataFrame) -> None:
    dearer = national.assign(value=national["value"].where(national["year"] <= 2015, 10.0 * national["value"]))
    for one, two in zip(drivers(national, origin=2015), drivers(dearer, origin=2015), strict=True):
        assert one.years == two.years
        assert one.years[-1] == 2015
        np.testing.assert_array_equal(one.values, two.values)
    found = drivers(national.sample(frac=1.0, random_state=1), origin=2020)
    assert tuple(one.id for one in found) == DRIVERS
    coal = national[(national["series"] == COAL) & (national["year"] == 2020)]["value"]
    assert found[0].values[-1] == float(coal.iloc[0])


@pytest.mark.parametrize("spoilt", ["gap", "early end", "zero", "absent"])
def test_a_price_that_is_not_known_in_every_year_is_refused(national: pd.DataFrame, spoilt: str) -> None:
    own = national["series"] == COAL
    given = {
        "gap": national[~(own & (national["year"] == 2010))], "early end": national[~(own & (national["year"] > 2014))],
        "zero": national.assign(value=national["value"].where(~(own & (national["year"] == 2010)), 0.0)),
        "absent": national[~own],
    }[spoilt]  # fmt: skip
    with pytest.raises(DataError, match=f"{COAL} is not known in every year up to 2015"):
        drivers(given, origin=2015)
