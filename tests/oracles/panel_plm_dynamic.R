# Difference and system GMM by plm on the employment of UK firms, for tests/panel/test_gmm.py; run in this folder:
#     Rscript panel_plm_dynamic.R
# With an argument, the EmplUK data of plm are written there first.
suppressPackageStartupMessages({library(plm); library(jsonlite)})
data("EmplUK", package = "plm")
arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments)) write.csv(EmplUK, arguments[1], row.names = FALSE, quote = FALSE)

numbers <- function(x) setNames(as.list(unname(x)), names(x))
result <- function(fit, tests = TRUE) {
  out <- list()
  for (robust in c(TRUE, FALSE)) {
    s <- summary(fit, robust = robust)
    kind <- if (robust) "robust" else "plain"
    out[[kind]] <- list(coef = numbers(s$coefficients[, 1]), se = numbers(s$coefficients[, 2]))
    if (tests) out[[kind]] <- c(out[[kind]], list(m1 = unname(s$m1$statistic), m2 = unname(s$m2$statistic)))
  }
  s <- sargan(fit, "twosteps")
  out$sargan <- list(stat = unname(s$statistic), df = unname(s$parameter), p = s$p.value)
  out$instruments <- ncol(fit$W[[1]])
  out
}
rich <- log(emp) ~ lag(log(emp), 1:2) + lag(log(wage), 0:1) + lag(log(capital), 0:2) + lag(log(output), 0:2)
lean <- log(emp) ~ lag(log(emp), 1:2) + lag(log(wage), 0:1) + log(capital) + lag(log(output), 0:1)
predetermined <- log(emp) ~ lag(log(emp), 1) + lag(log(wage), 0:1) + lag(log(capital), 0:1)
with <- function(main, gmm) as.formula(paste(deparse1(main), "|", gmm))
cases <- list(
  diff_one = list(with(rich, "lag(log(emp), 2:99)"), "onestep", "twoways", FALSE, "d"),
  diff_two = list(with(rich, "lag(log(emp), 2:99)"), "twosteps", "twoways", FALSE, "d"),
  diff_two_lean = list(with(lean, "lag(log(emp), 2:99)"), "twosteps", "twoways", FALSE, "d"),
  diff_two_collapsed = list(with(lean, "lag(log(emp), 2:99)"), "twosteps", "twoways", TRUE, "d"),
  diff_one_collapsed = list(with(lean, "lag(log(emp), 2:99)"), "onestep", "twoways", TRUE, "d"),
  diff_two_limited = list(with(lean, "lag(log(emp), 2:4)"), "twosteps", "twoways", FALSE, "d"),
  diff_two_region = list(with(lean, "lag(log(emp), 2:99)"), "twosteps", "individual", FALSE, "d"),
  diff_two_more = list(with(predetermined, "lag(log(emp), 2:99) + lag(log(wage), 2:99) + lag(log(capital), 2:99)"),
    "twosteps", "twoways", FALSE, "d"),
  system_one = list(with(predetermined, "lag(log(emp), 2:99) + lag(log(wage), 2:99) + lag(log(capital), 2:99)"),
    "onestep", "twoways", FALSE, "ld"),
  system_two = list(with(predetermined, "lag(log(emp), 2:99) + lag(log(wage), 2:99) + lag(log(capital), 2:99)"),
    "twosteps", "twoways", FALSE, "ld"),
  system_one_standard = list(with(predetermined, "lag(log(emp), 2:99)"), "onestep", "twoways", FALSE, "ld"),
  system_two_standard = list(with(predetermined, "lag(log(emp), 2:99)"), "twosteps", "twoways", FALSE, "ld"),
  system_two_collapsed = list(with(predetermined, "lag(log(emp), 2:99) + lag(log(wage), 2:99) + lag(log(capital), 2:99)"),
    "twosteps", "twoways", TRUE, "ld")
)
fits <- lapply(cases, function(one) {
  fit <- pgmm(one[[1]], EmplUK, model = one[[2]], effect = one[[3]], collapse = one[[4]], transformation = one[[5]])
  result(fit, one[[5]] == "d")
})
versions <- list(R = as.character(getRversion()), plm = as.character(packageVersion("plm")))
write_json(list(versions = versions, cases = fits), "panel_plm_dynamic.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
