# CR2 of clubSandwich with effects on an unbalanced panel; its CR3 needs a regression without dummies:
#   python -c "import pandas as pd; pd.read_csv('tests/oracles/data/grunfeld.csv').sample(150, random_state=1).to_csv('holes.csv', index=False)"
#   Rscript tests/oracles/panel_clubsandwich.R holes.csv > tests/oracles/panel_clubsandwich.json
suppressMessages({library(clubSandwich); library(jsonlite)})
d <- read.csv(commandArgs(TRUE)[1])
out <- list(R = R.version.string, clubSandwich = as.character(packageVersion("clubSandwich")))
fits <- list(pooled = lm(inv ~ value + capital, d),
             region = lm(inv ~ value + capital + factor(firm), d),
             `region+year` = lm(inv ~ value + capital + factor(firm) + factor(year), d))
for (name in names(fits)) for (by in c("firm", "year")) for (type in c("CR0", "CR2", if (name == "pooled") "CR3")) {
  t <- coef_test(fits[[name]], vcovCR(fits[[name]], cluster = d[[by]], type = type), test = "Satterthwaite",
                 coefs = c("value", "capital"))
  out[[name]][[by]][[type]] <- list(se = as.list(setNames(t$SE, c("value", "capital"))),
                                    df = as.list(setNames(t$df_Satt, c("value", "capital"))))
}
cat(toJSON(out, digits = 13, auto_unbox = TRUE, pretty = TRUE))
