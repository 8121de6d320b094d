# Variances shrunk by limma's squeezeVar (Smyth 2004), effects shrunk by metafor's blup after Paule and Mandel's variance:
#   Rscript tests/oracles/forecasting_shrinkage.R > tests/oracles/forecasting_shrinkage.json
suppressMessages({library(limma); library(metafor); library(jsonlite)})
set.seed(20261129)
n <- 12
dof <- rep(c(3, 8, 14), 4)
spread <- 2 * 5 / rchisq(n, 5) * rchisq(n, dof) / dof
alike <- rchisq(n, 60) / 60
variances <- list(
  unequal = list(variances = spread, dof = dof),
  alike = list(variances = alike, dof = rep(10, n)),
  one_unknown = list(variances = replace(spread, 4, 0), dof = replace(dof, 4, 0))
)
for (name in names(variances)) {
  given <- variances[[name]]
  found <- squeezeVar(given$variances, df = given$dof)
  variances[[name]]$prior_variance <- found$var.prior
  variances[[name]]$prior_dof <- if (is.finite(found$df.prior)) found$df.prior else NULL
  variances[[name]]$posterior <- found$var.post
}
error <- spread / 10
effects <- list(apart = rnorm(n, 1, 2) + rnorm(n, 0, sqrt(error)), alike = rnorm(n, 1, 0.3 * sqrt(error)))
means <- lapply(effects, function(effect) {
  fit <- rma(effect, error, method = "PM", control = list(threshold = 1e-14, tol = 1e-14, maxiter = 1000))
  shrunk <- blup(fit)
  list(effects = effect, variances = error, between = fit$tau2, mean = shrunk$pred, se = shrunk$se)
})
cat(toJSON(
  list(R = R.version.string, limma = as.character(packageVersion("limma")),
       metafor = as.character(packageVersion("metafor")), variances = variances, means = means),
  auto_unbox = TRUE, digits = NA, pretty = TRUE
))
