# Makes panel_plm_diagnostics.json: Rscript panel_plm_diagnostics.R, in this folder.
# Grunfeld's data complete, ragged (firms start late or end early, no gaps), with holes, and sparse (pairs of firms
# with no or one common year); the same rules are written in tests/panel/test_diagnostics.py.
suppressPackageStartupMessages({library(plm); library(lmtest); library(car); library(clubSandwich); library(jsonlite)})

grunfeld <- read.csv("data/grunfeld.csv")
produc <- read.csv("data/produc.csv")
f <- inv ~ value + capital
sets <- list(
  complete = grunfeld,
  ragged = subset(grunfeld, year >= 1935 + (firm * 3) %% 7 & year <= 1954 - (firm * 5) %% 6),
  holes = subset(grunfeld, (7 * firm + 3 * (year - 1935) + firm * (year - 1935)) %% 11 > 2),
  sparse = subset(grunfeld, year >= 1935 + 3 * ((firm - 1) %% 5) & year < 1935 + 3 * ((firm - 1) %% 5) + 7)
)
frame <- function(data) pdata.frame(data, index = c("firm", "year"))
quiet <- function(x) suppressWarnings(x)
result <- function(test) list(
  statistic = unname(test$statistic),
  parameter = if (is.null(test$parameter)) NULL else unname(as.numeric(test$parameter)),
  p = if (is.null(test$p.value)) NULL else unname(test$p.value)
)
within <- function(data, effect = "individual") plm(f, frame(data), model = "within", effect = effect)
pooling <- function(data) plm(f, frame(data), model = "pooling")

cd <- lapply(sets, function(data) {
  kinds <- c("cd", "lm", "sclm", "rho", "absrho")
  one <- function(model) sapply(c(kinds, "bcsclm"), function(test) result(quiet(pcdtest(model, test = test))), simplify = FALSE)
  list(
    within = one(within(data)),
    twoways = one(within(data, "twoways")),
    by_firm = sapply(kinds, function(test) result(quiet(pcdtest(f, frame(data), test = test))), simplify = FALSE)
  )
})

differences <- list(
  grunfeld = lapply(sets[c("complete", "ragged")], function(data) sapply(c("fd", "fe"), function(h0)
    result(pwfdtest(update(f, . ~ . - 1), frame(data), h0 = h0)), simplify = FALSE)),
  produc = sapply(c("fd", "fe"), function(h0) result(pwfdtest(
    log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp - 1,
    pdata.frame(produc[c("state", "year", "gsp", "pcap", "pc", "emp", "unemp")]), h0 = h0)), simplify = FALSE)
)

within_lag <- function(data) {
  model <- within(data)
  e <- data.frame(index(model), e = as.numeric(residuals(model)))
  same <- c(FALSE, e$firm[-1] == e$firm[-nrow(e)])
  pairs <- data.frame(firm = e$firm, e = e$e, before = c(NA, e$e[-nrow(e)]))[same, ]
  aux <- lm(e ~ before, pairs)
  list(test = result(pwartest(model)), slope = unname(coef(aux)[2]),
       std_error = sqrt(vcovCR(aux, cluster = as.integer(pairs$firm), type = "CR0")[2, 2]))
}

godfrey <- lapply(sets[c("complete", "ragged", "holes")], function(data) {
  models <- list(within = within(data), twoways = within(data, "twoways"), pooling = pooling(data),
                 random = plm(f, frame(data), model = "random"))
  lapply(models[if (is.pbalanced(frame(data))) 1:4 else c(1, 3, 4)], function(model) list(
    one = result(pbgtest(model, order = 1)), two = result(pbgtest(model, order = 2))))
})

watson <- lapply(sets[c("complete", "ragged", "holes")], function(data) lapply(
  list(within = within(data), twoways = within(data, "twoways"), pooling = pooling(data)), function(model) list(
    bnf = unname(pbnftest(model, test = "bnf")$statistic),
    lbi = unname(pbnftest(model, test = "lbi")$statistic),
    stacked = unname(pdwtest(model)$statistic))))

# one series of 200 years: the moments of the Durbin-Watson statistic under normal errors
series <- lm(f, grunfeld)
one_series <- result(dwtest(series, alternative = "two.sided"))

pool <- lapply(sets[c("complete", "ragged", "holes")], function(data) list(
  within = result(pooltest(f, frame(data), model = "within")),
  pooling = result(pooltest(f, frame(data), model = "pooling")),
  # plm refuses years with too few firms
  within_time = tryCatch(result(pooltest(f, frame(data), model = "within", effect = "time")), error = function(e) NULL),
  pooling_time = tryCatch(result(pooltest(f, frame(data), model = "pooling", effect = "time")), error = function(e) NULL)
))

# slopes of two eras: region effects as dummies, CR1 (G/(G-1)) clustered by firm, F(q, G-1)
eras <- lapply(sets[c("complete", "holes")], function(data) {
  data$late <- as.numeric(data$year >= 1942)
  own <- lm(inv ~ value + capital + late:value + late:capital + factor(firm) + factor(year), data)
  V <- vcovCR(own, cluster = data$firm, type = "CR1")
  tested <- grep(":late|late:", names(coef(own)))
  wald <- Wald_test(own, constrain_zero(tested), V, test = "Naive-F")
  common <- lm(inv ~ value + capital + factor(firm) + factor(year), data)
  chow <- anova(common, own)
  list(statistic = wald$Fstat, df1 = wald$df_num, df2 = wald$df_denom, p = wald$p_val, n = nrow(data),
       chow = chow$F[2], chow_df1 = chow$Df[2], chow_df2 = chow$Res.Df[2], chow_p = chow$`Pr(>F)`[2])
})

variances <- lapply(sets[c("complete", "holes")], function(data) {
  own <- lm(inv ~ value + capital + factor(firm), data)
  e <- residuals(own)
  firm <- factor(data$firm)
  s <- tapply(e^2, firm, mean)
  n <- tapply(e^2, firm, length)
  v <- tapply(e^2, firm, function(u) sum((u - mean(u))^2)) / n / (n - 1)
  levene <- leveneTest(e, firm, center = median)
  pairs <- data.frame(firm = data$firm, year = data$year, e = e)
  pairs$block <- (pairs$year - min(pairs$year)) %/% 2
  both <- merge(subset(pairs, (year - min(pairs$year)) %% 2 == 0), subset(pairs, (year - min(pairs$year)) %% 2 == 1),
                by = c("firm", "block"))
  both$d <- abs(both$e.y - both$e.x)
  paired <- anova(lm(d ~ factor(block), both), lm(d ~ factor(block) + factor(firm), both))
  list(
    koenker = result(bptest(formula(own), ~ factor(firm), data = data, studentize = TRUE)),
    levene = list(statistic = levene$`F value`[1], parameter = levene$Df, p = levene$`Pr(>F)`[1]),
    paired = list(statistic = paired$F[2], parameter = c(paired$Df[2], paired$Res.Df[2]), p = paired$`Pr(>F)`[2]),
    wald = sum((s - mean(e^2))^2 / v),
    ratio = length(e) * log(mean(e^2)) - sum(n * log(s))
  )
})

# power of a two-sided t test of one sample, the other tail counted: effect / standard error = sqrt(n) * delta
power <- lapply(c(5, 20, 85), function(n) lapply(c(0.3, 0.8), function(delta) list(
  n = n, delta = delta, power = power.t.test(n = n, delta = delta, type = "one.sample", strict = TRUE)$power,
  detectable = power.t.test(n = n, power = 0.8, type = "one.sample", strict = TRUE, tol = 1e-12)$delta)))

write_json(list(
  versions = list(R = R.version.string, plm = as.character(packageVersion("plm")),
                  lmtest = as.character(packageVersion("lmtest")), car = as.character(packageVersion("car")),
                  clubSandwich = as.character(packageVersion("clubSandwich"))),
  cd = cd, differences = differences, within_lag = lapply(sets[c("complete", "ragged")], within_lag),
  godfrey = godfrey, watson = watson, one_series = one_series, pool = pool, eras = eras, variances = variances,
  power = do.call(c, power)
), "panel_plm_diagnostics.json", digits = NA, auto_unbox = TRUE, pretty = TRUE, null = "null")
