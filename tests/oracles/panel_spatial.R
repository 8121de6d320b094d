# Spatial panel models of Produc by spatialreg with the block matrix I_T (x) W: effects as dummies, by demeaning, and by
# Lee and Yu's contrasts. Run in this folder: Rscript panel_spatial.R; writes panel_spatial.json in about two minutes.
# spatialreg takes the lag of demeaned rows, not demeaned lags: with year effects only dummies give the likelihood's maximum.
suppressMessages({library(spatialreg); library(spdep); library(jsonlite)})
d <- read.csv("data/produc.csv")
w <- as.matrix(read.csv("data/w48_queen.csv", row.names = 1, check.names = FALSE))
key <- sub("tennesse$", "tennessee", tolower(gsub("_", " ", d$state)))
d <- d[order(d$year, match(key, rownames(w))), ]
n <- 48; periods <- 17
stopifnot(sort(unique(key)) == rownames(w))
columns <- cbind(y = log(d$gsp), x1 = log(d$pcap), x2 = log(d$pc), x3 = log(d$emp), x4 = d$unemp)
spectral <- (w > 0) / max(eigen(1 * (w > 0), symmetric = TRUE, only.values = TRUE)$values)

centre <- function(size) diag(size) - matrix(1 / size, size, size)
basis <- function(size) t(eigen(centre(size), symmetric = TRUE)$vectors[, seq_len(size - 1), drop = FALSE])
# weights of a transformed matrix may be negative, which mat2listw refuses: they are put in afterwards
listw_of <- function(block, size) {
  full <- diag(size) %x% block
  found <- mat2listw(abs(full), style = "M")
  found$weights <- lapply(seq_along(found$neighbours), function(i) full[i, found$neighbours[[i]]])
  found
}
tight <- list(tol.opt = 1e-14, fdHess = FALSE)
terms <- c("x1", "x2", "x3", "x4")
lags <- paste0("lag.", terms)
picked <- function(values, wanted) {
  names(values) <- sub("^I\\(x - lambda \\* WX\\)", "", names(values))
  as.list(values[wanted])
}
of_model <- function(m, coefficient, wanted) {
  found <- list(coef = picked(m$coefficients, wanted), se = picked(m$rest.se, wanted), s2 = m$s2,
    LL = as.numeric(logLik(m)))
  found[[coefficient]] <- unname(m[[coefficient]])
  found[[paste0(coefficient, "_se")]] <- unname(m[[paste0(coefficient, ".se")]])
  found
}
models <- function(rows, block, size, dummies = "- 1", more = FALSE) {
  lw <- listw_of(block, size)
  lagged <- (diag(size) %x% block) %*% as.matrix(rows[, terms])
  colnames(lagged) <- lags
  rows <- cbind(rows, lagged)
  simple <- as.formula(paste("y ~", paste(terms, collapse = " + "), dummies))
  durbin <- as.formula(paste("y ~", paste(c(terms, lags), collapse = " + "), dummies))
  sar <- lagsarlm(simple, rows, lw, method = "eigen", control = tight)
  sem <- errorsarlm(simple, rows, lw, method = "eigen", control = tight)
  sdm <- lagsarlm(durbin, rows, lw, method = "eigen", control = tight)
  found <- list(sar = of_model(sar, "rho", terms), sem = of_model(sem, "lambda", terms),
    sdm = of_model(sdm, "rho", c(terms, lags)), slx = list(coef = as.list(coef(lm(durbin, rows))[c(terms, lags)])))
  if (more) {
    set.seed(1)
    im <- impacts(sar, listw = lw, R = 40000)
    first <- match(terms, attr(im, "bnames"))
    for (kind in c("direct", "indirect", "total")) {
      found$sar_impacts[[kind]] <- unname(im$res[[kind]][first])
      found$sar_impacts[[paste0("sd_", kind)]] <- unname(apply(im$sres[[kind]], 2, sd)[first])
    }
    tests <- suppressWarnings(lm.LMtests(lm(simple, rows), lw, test = c("LMerr", "LMlag", "RLMerr", "RLMlag")))
    found$lm_tests <- lapply(tests, function(t) unname(as.numeric(t$statistic)))
    found$moran_i <- moran(residuals(lm(simple, rows)), lw, nrow(rows), Szero(lw))$I
  }
  found
}
# dummies absorb the means taken out here; without them spatialreg's sums of squares cancel to 1e-11 of themselves
with_dummies <- function(time, space) {
  rows <- as.data.frame((time %x% space) %*% columns)
  rows$state <- factor(rep(rownames(w), periods))
  rows$year <- factor(d$year)
  rows
}
by_state <- with_dummies(centre(periods), diag(n))
by_year <- with_dummies(diag(periods), centre(n))
turned <- function(time, space) as.data.frame((time %x% space) %*% columns)
time <- basis(periods); space <- basis(n)
result <- list(
  versions = list(R = R.version.string, spatialreg = as.character(packageVersion("spatialreg")),
    spdep = as.character(packageVersion("spdep"))),
  "region" = models(turned(centre(periods), diag(n)), w, periods, more = TRUE),
  "region+year" = models(by_state, w, periods, "+ state + year", more = TRUE),
  "year" = models(by_year, w, periods, "+ year"),
  "region+year, spectral" = models(by_state, spectral, periods, "+ state + year"),
  "region, lee-yu" = models(turned(time, diag(n)), w, periods - 1),
  "region+year, lee-yu" = models(turned(time, space), space %*% w %*% t(space), periods - 1)
)
write_json(result, "panel_spatial.json", digits = I(15), auto_unbox = TRUE, pretty = TRUE)
