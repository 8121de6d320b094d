# Correlations shrunk by corpcor's cor.shrink (Schaefer and Strimmer 2005) on drawn numbers, for tests/forecasting:
#   Rscript tests/oracles/forecasting_correlation.R > tests/oracles/forecasting_correlation.json
suppressMessages({library(corpcor); library(jsonlite)})
set.seed(20261129)
drawn <- function(n, k, common) round(common * rnorm(n) + matrix(rnorm(n * k), n) %*% diag(seq_len(k), k), 6)
unrelated <- cbind(c(1.1, 1, -1, -1), c(1, -1, 1, -1))
panels <- list(few = drawn(6, 8, 3), usual = drawn(24, 5, 2), many = drawn(120, 3, 2), unrelated = unrelated)
cases <- lapply(panels, function(x) {
  r <- cor.shrink(x, verbose = FALSE)
  list(values = x, weight = attr(r, "lambda"), correlation = matrix(r, nrow(r)))
})
cat(toJSON(
  list(R = R.version.string, corpcor = as.character(packageVersion("corpcor")), cases = cases),
  auto_unbox = TRUE, digits = NA
))
