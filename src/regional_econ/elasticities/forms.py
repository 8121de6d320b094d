"""Which forms and lags can an effect have to be used in the policy model? Check and model read the same rules."""

from __future__ import annotations

from regional_econ.core.elasticity import Form

LOGIT_FORMS: tuple[Form, ...] = ("elasticity", "semi_elasticity", "logit_per_log", "logit_per_unit")
STOCK_DRIVERS = ("rd_grp_pct",)  # whose lag can be a stock (pim): the model holds the expenditure that it adds up
