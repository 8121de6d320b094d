# Random effects of the thirteen BCG trials (Colditz et al. 1994, log risk ratios) by metafor, for tests/elasticities:
#   Rscript tests/oracles/elasticities_meta.R > tests/oracles/elasticities_meta.json
# Besides the DerSimonian-Laird fit: mean and sd of the mean effect, of the heterogeneity and of the next study's effect
# under a half-normal prior of the heterogeneity and a flat one of the mean, integrated numerically over metafor's
# restricted likelihood, for independent trials and for trials in groups that share their deviation.
suppressMessages({library(metafor); library(jsonlite)})
trials <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
trials$group <- c(1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 7, 8, 9)
scale <- 0.5
given <- function(tau, grouped) {
  fit <- if (grouped) rma.mv(yi, vi, random = ~ 1 | group, data = trials, sigma2 = tau^2, method = "REML")
         else rma(yi, vi, data = trials, tau2 = tau^2, method = "REML")
  c(as.numeric(logLik(fit)), fit$beta[1], fit$se)
}
posterior <- function(grouped) {
  rule <- seq(0, 6 * scale, length.out = 3001)  # Simpson; the prior beyond six scales is below 1e-8
  weight <- rep(c(2, 4), length.out = 3001); weight[c(1, 3001)] <- 1
  at <- sapply(rule, given, grouped = grouped)
  mass <- weight * exp(at[1, ] - max(at[1, ])) * dnorm(rule, 0, scale)
  mass <- mass / sum(mass)
  mean <- sum(mass * at[2, ]); tau <- sum(mass * rule)
  spread <- sum(mass * (at[3, ]^2 + at[2, ]^2)) - mean^2
  list(mean = mean, sd = sqrt(spread), tau = tau, predictive_sd = sqrt(spread + sum(mass * rule^2)))
}
dl <- rma(yi, vi, data = trials, method = "DL")
cat(toJSON(list(
  R = R.version.string, metafor = as.character(packageVersion("metafor")),
  trials = data.frame(trial = trials$author, year = trials$year, value = as.numeric(trials$yi),
                      variance = as.numeric(trials$vi), group = trials$group),
  scale = scale, dersimonian_laird = list(tau2 = dl$tau2, mean = dl$beta[1], sd = dl$se),
  independent = posterior(FALSE), grouped = posterior(TRUE)
), auto_unbox = TRUE, digits = 10, pretty = TRUE))
