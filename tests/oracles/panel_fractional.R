# Writes panel_fractional.json: run `Rscript panel_fractional.R` in this folder. R 4.2.2, sandwich 3.0.2, jsonlite.
library(sandwich)
library(jsonlite)

control <- glm.control(epsilon = 1e-15, maxit = 100)
errors <- function(matrix) as.list(sqrt(diag(matrix)))

# Wedderburn's (1974) leaf blotch: quasi-likelihood with variance mu(1 - mu), varieties and sites as factors
blotch <- read.csv("data/leaf_blotch.csv")
leaf <- glm(I(blotch_pct / 100) ~ factor(variety) + factor(site), quasibinomial, blotch, control = control)

# Munnell's states, unbalanced and with gaps: unemployment as a share, some rows taken out, some set to 0 and 100 %
states <- read.csv("data/produc.csv")
row <- seq_len(nrow(states)) - 1
states$unemp[row %% 97 == 5] <- 0
states$unemp[row %% 211 == 7] <- 100
states <- states[(row * row) %% 13 != 4, ]
X <- with(states, data.frame(`ln(pcap)` = log(pcap), `ln(gsp)` = log(gsp), `ln(emp)` = log(emp), check.names = FALSE))
means <- sapply(X, function(x) ave(x, states$state))
colnames(means) <- paste0("mean(", colnames(means), ")")
years <- model.matrix(~ factor(year), states)[, -1]
shares <- apply(years, 2, function(x) ave(x, states$state))
colnames(shares) <- paste("mean", colnames(shares))

estimate <- function(columns) {
  all <- as.matrix(cbind(Intercept = 1, columns))
  pivot <- qr(all, tol = 1e-9)
  all <- all[, pivot$pivot[seq_len(pivot$rank)]]
  data <- cbind(states[c("state", "year")], y = states$unemp / 100, all)
  formula <- reformulate(c("0", sprintf("`%s`", colnames(all))), "y")
  fit <- glm(formula, quasibinomial, data, control = control)
  strip <- function(list) setNames(list, gsub("`", "", names(list)))
  cl <- function(by, type, cadjust) strip(errors(vcovCL(fit, by, type = type, cadjust = cadjust)))
  dk <- vcovPL(fit, data$state, data$year, aggregate = TRUE, lag = 2, adjust = FALSE)
  list(
    coef = strip(as.list(coef(fit))),
    dispersion = summary(fit)$dispersion,
    n = nrow(all), k = ncol(all),
    se = list(
      "iid" = strip(errors(vcov(fit))),
      "hc0" = strip(errors(vcovHC(fit, "HC0"))),
      "hc1" = strip(errors(vcovHC(fit, "HC1"))),
      "cluster:region:CR0" = cl(data$state, "HC0", FALSE),
      "cluster:region:CR1" = cl(data$state, "HC0", TRUE),
      "cluster:region:CR1S" = cl(data$state, "HC1", TRUE),
      "dk:2" = strip(errors(dk))
    )
  )
}

both <- glm(I(unemp / 100) ~ log(pcap) + log(gsp), quasibinomial, states, control = control)
write_json(
  list(
    leaf_blotch = list(
      coef = as.list(coef(leaf)), se = errors(vcov(leaf)), deviance = deviance(leaf),
      dispersion = summary(leaf)$dispersion
    ),
    none = estimate(X),
    year = estimate(cbind(X, years)),
    region = estimate(cbind(X, means)),
    `region+year` = estimate(cbind(X, means, years, shares)),
    two_way = list(
      coef = as.list(coef(both)), se = errors(vcovCL(both, ~ state + year, type = "HC0", cadjust = TRUE))
    )
  ),
  "panel_fractional.json",
  auto_unbox = TRUE, digits = NA, pretty = TRUE
)
