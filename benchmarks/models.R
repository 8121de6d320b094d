# One model fitted whenever a line arrives: Rscript models.R gmm|cce|sdm data.csv weights.csv
# Prints the numbers that all peers must share on the first line, then the seconds of one fit a line.
kind <- commandArgs(trailingOnly = TRUE)[1]
data <- read.csv(commandArgs(trailingOnly = TRUE)[2])
right <- "x1 + x2 + x3 + x4"
if (kind == "sdm") {
  suppressMessages({library(spatialreg); library(spdep)})
  block <- as.matrix(read.csv(commandArgs(trailingOnly = TRUE)[3], header = FALSE))
  n <- nrow(block); periods <- nrow(data) / n
  formula <- as.formula(paste("y ~", right, "- 1"))
  fit <- function() {
    rows <- as.data.frame(lapply(data[c("y", "x1", "x2", "x3", "x4")], function(x) {
      m <- matrix(x, n); c(sweep(m - rowMeans(m), 2, colMeans(m)) + mean(m))
    }))
    lw <- mat2listw(diag(periods) %x% block, style = "W")
    model <- lagsarlm(formula, rows, lw, Durbin = TRUE, method = "Matrix")
    found <- impacts(model, tr = trW(as(lw, "CsparseMatrix"), type = "mult"))
    c(model$rho, rbind(found$direct, found$indirect))
  }
} else {
  suppressPackageStartupMessages(library(plm))
  fit <- if (kind == "gmm") function() {
    frame <- pdata.frame(data, index = c("firm", "year"))
    model <- pgmm(log(emp) ~ lag(log(emp), 1:2) + lag(log(wage), 0:1) + lag(log(capital), 0:2) + lag(log(output), 0:2) |
      lag(log(emp), 2:99), frame, effect = "twoways", model = "twosteps")
    found <- coef(summary(model, robust = TRUE))
    c(found[, 1], found[, 2])
  } else function() {
    model <- pmg(as.formula(paste("y ~", right)), pdata.frame(data, index = c("region", "year")), model = "cmg")
    found <- summary(model)$CoefTable[c("x1", "x2", "x3", "x4"), ]
    c(found[, 1], found[, 2])
  }
}
cat(sprintf("%.17g", fit()), "\n")
turns <- file("stdin", open = "r")
while (length(readLines(turns, n = 1)) > 0) {
  started <- Sys.time()
  fit()
  cat(sprintf("%.9f", as.numeric(difftime(Sys.time(), started, units = "secs"))), "\n")
  flush(stdout())
}
