# Seconds of single fits inside R: Rscript plm.R panel.csv rounds
# Prints the coefficients on the first line and one time a round on the second.
suppressPackageStartupMessages(library(plm))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
fit <- function() {
  model <- plm(y ~ x1 + x2 + x3 + x4, data, index = c("region", "year"), model = "within", effect = "twoways")
  list(coef = coef(model), vcov = vcovHC(model, method = "arellano", type = "sss", cluster = "group"))
}
found <- fit()
seconds <- sapply(seq_len(as.integer(arguments[2])), function(round) {
  started <- Sys.time()
  fit()
  as.numeric(difftime(Sys.time(), started, units = "secs"))
})
cat(sprintf("%.17g", c(found$coef, sqrt(diag(found$vcov)))), "\n")
cat(sprintf("%.9f", seconds), "\n")
