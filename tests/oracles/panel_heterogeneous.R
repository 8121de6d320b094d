# Heterogeneous panels by R's plm 2.6-2: mean groups, Swamy, panel unit roots, CIPS and Granger tests.
# Rscript panel_heterogeneous.R > panel_heterogeneous.json   (in tests/oracles; plm 2.6-2, without urca)
suppressMessages({library(plm); library(jsonlite)})
grunfeld <- read.csv("data/grunfeld.csv")
produc <- read.csv("data/produc.csv")
# unbalanced without gaps: firms lose their first or last years; states likewise
ragged_g <- subset(grunfeld, !(firm == 2 & year < 1938) & !(firm == 5 & year > 1951) & !(firm == 7 & year < 1936))
states <- unique(produc$state)
ragged_p <- subset(produc, !(state == states[3] & year < 1974) & !(state == states[10] & year > 1983))
out <- list()
add <- function(kind, data, options, stat, p = NA, param = NA, largest = NA)
  out[[length(out) + 1]] <<- list(kind = kind, data = data, options = options,
    stat = unname(as.numeric(stat)), p = unname(as.numeric(p)), param = unname(as.numeric(param)), largest = largest)
quiet <- suppressWarnings

f <- log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp
for (name in c("balanced", "ragged")) {
  d <- pdata.frame(if (name == "balanced") produc else ragged_p, index = c("state", "year"))
  for (m in c("mg", "cmg", "dmg")) {
    fitted <- pmg(f, data = d, model = m)
    cd <- pcdtest(fitted, test = "cd")
    add("cd", name, list(model = m), cd$statistic, cd$p.value)
    r <- summary(fitted)$CoefTable
    rows <- c("(Intercept)", "log(pcap)", "log(pc)", "log(emp)", "unemp")
    rows <- if (m == "cmg") rows[-1] else rows
    out[[length(out) + 1]] <- list(kind = "pmg", data = name, options = list(model = m), terms = rows,
      coef = unname(r[rows, 1]), se = unname(r[rows, 2]))
  }
  w <- pvcm(f, data = d, model = "random")
  out[[length(out) + 1]] <- list(kind = "pvcm", data = name, options = list(model = "random"), terms = names(coef(w)),
      coef = unname(coef(w)), se = unname(sqrt(diag(vcov(w)))))
}
for (name in c("balanced", "ragged")) for (v in c("inv", "value")) {
  d <- pdata.frame(if (name == "balanced") grunfeld else ragged_g, index = c("firm", "year"))
  x <- d[[v]]
  for (exo in c("intercept", "trend")) {
    for (test in c("ips", "madwu", "Pm", "invnormal", "logit", "levinlin")) {
      if (test == "levinlin" && name == "ragged") next
      for (l in 0:3) for (df in c(FALSE, TRUE)) {
        r <- quiet(purtest(x, test = test, exo = exo, lags = l, dfcor = df)); top <- max(sapply(r$idres, function(z) z$trho)); r <- r$statistic
        add("purtest", name, list(variable = v, test = test, exo = exo, lags = l, dfcor = df), r$statistic, r$p.value,
            if (is.null(r$parameter)) NA else r$parameter, top)
      }
      r <- quiet(purtest(x, test = test, exo = exo, lags = "AIC", pmax = 4)); top <- max(sapply(r$idres, function(z) z$trho)); r <- r$statistic
      add("purtest", name, list(variable = v, test = test, exo = exo, lags = "AIC", pmax = 4, dfcor = FALSE), r$statistic, r$p.value,
            if (is.null(r$parameter)) NA else r$parameter, top)
    }
    if (name == "balanced") for (h in c(TRUE, FALSE)) {
      r <- purtest(x, test = "hadri", exo = exo, Hcons = h)$statistic
      add("purtest", name, list(variable = v, test = "hadri", exo = exo, Hcons = h), r$statistic, r$p.value)
    }
  }
}
for (exo in c("drift", "trend")) for (l in 1:2) for (tr in c(FALSE, TRUE)) {
  d <- pdata.frame(produc, index = c("state", "year"))
  r <- quiet(cipstest(log(d$gsp), lags = l, type = exo, model = "cmg", truncated = tr))
  add("cips", "balanced", list(variable = "gsp", exo = exo, lags = l, truncated = tr), r$statistic, r$p.value)
}
for (name in c("balanced", "ragged")) {
  d <- pdata.frame(if (name == "balanced") grunfeld else ragged_g, index = c("firm", "year"))
  for (o in 1:2) for (test in c("Ztilde", "Zbar", "Wbar")) for (g in c("inv ~ value", "value ~ capital")) {
    r <- try(quiet(pgrangertest(as.formula(g), data = d, order = o, test = test)), silent = TRUE)
    if (inherits(r, "try-error")) next
    add("granger", name, list(formula = g, order = o, test = test), r$statistic,
        if (is.null(r$p.value)) NA else r$p.value)
  }
}
cat(toJSON(out, auto_unbox = TRUE, digits = 14, na = "null", pretty = FALSE))
