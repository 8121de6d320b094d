# Random effects, Hausman and Hausman-Taylor by plm, for tests/panel; run in this folder:
#     Rscript panel_plm_random.R [data/wages.csv.gz]
# With an argument, the Wages data of plm are written there first (gzip, person and year added, yes/no as 1/0).
suppressPackageStartupMessages({library(plm); library(jsonlite)})

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments)) {
  data("Wages", package = "plm")
  people <- nrow(Wages) / 7
  numbers <- lapply(Wages, function(x) if (is.factor(x)) as.integer(x) - 1L else x)
  table <- data.frame(person = rep(seq_len(people), each = 7), year = rep(1976:1982, people), numbers)
  file <- gzfile(arguments[1], "w", compression = 9)
  write.csv(table, file, row.names = FALSE, quote = FALSE)
  close(file)
}

grunfeld <- read.csv("data/grunfeld.csv")
produc <- read.csv("data/produc.csv")
produc <- transform(produc, lgsp = log(gsp), lpcap = log(pcap), lpc = log(pc), lemp = log(emp))
wages <- read.csv("data/wages.csv.gz")
FORMULAS <- list(
  grunfeld = inv ~ value + capital,
  produc = lgsp ~ lpcap + lpc + lemp + unemp
)
position <- function(frame) seq_len(nrow(frame)) - 1
dropped <- list(   # rows from zero, in the order of the files
  grunfeld = position(grunfeld)[position(grunfeld) %% 9 == 4 | (grunfeld$firm <= 3 & grunfeld$year < 1941)],
  produc = position(produc)[position(produc) %% 7 == 3 | (position(produc) < 170 & produc$year > 1980)],
  wages = position(wages)[position(wages) %% 11 == 5 | (wages$person <= 200 & wages$year < 1978)]
)
without <- function(frame, rows) frame[!(position(frame) %in% rows), ]
numbers <- function(x) setNames(as.list(unname(x)), names(x))

# GLS with a dense covariance matrix of all rows, at the components given
dense <- function(formula, frame, sigma2) {
  X <- model.matrix(formula, frame)
  y <- model.response(model.frame(formula, frame))
  part <- function(codes, name) {
    D <- model.matrix(~ factor(codes) - 1)
    if (is.na(sigma2[name])) 0 else sigma2[[name]] * tcrossprod(D)
  }
  omega <- (diag(nrow(X)) * sigma2[["idios"]] + part(frame[[1]], "id") + part(frame[[2]], "time")) / sigma2[["idios"]]
  inverse <- solve(omega)
  bread <- solve(t(X) %*% inverse %*% X)
  beta <- drop(bread %*% t(X) %*% inverse %*% y)
  e <- drop(y - X %*% beta)
  s2 <- drop(e %*% inverse %*% e) / (nrow(X) - ncol(X))
  list(coef = numbers(beta), se = numbers(setNames(sqrt(diag(bread) * s2), colnames(X))))
}

# Nerlove's components from the dummy regression itself
nerlove <- function(formula, frame) {
  frame$unit_ <- factor(frame[[1]])
  frame$year_ <- factor(frame[[2]])
  fit <- lm(update(formula, ~ . + unit_ + year_), frame)
  effect <- function(codes, prefix) {
    b <- coef(fit)[paste0(prefix, levels(codes))]
    b[1] <- 0
    size <- table(codes)
    sum((b - weighted.mean(b, size))^2 * size) / length(codes) * nlevels(codes) / (nlevels(codes) - 1)
  }
  c(idios = deviance(fit) / nrow(frame), id = effect(frame$unit_, "unit_"), time = effect(frame$year_, "year_"))
}

random <- list()
for (data in names(FORMULAS)) for (balanced in c(TRUE, FALSE)) {
  whole <- get(data)
  frame <- if (balanced) whole else without(whole, dropped[[data]])
  for (effect in c("individual", "time", "twoways")) for (method in c("swar", "walhus", "amemiya", "nerlove")) {
    fit <- plm(FORMULAS[[data]], frame, model = "random", effect = effect, random.method = method)
    sigma2 <- ercomp(fit)$sigma2
    theta <- if (effect == "twoways") ercomp(fit)$theta[c("id", "time")] else list(ercomp(fit)$theta)
    entry <- list(
      data = data, balanced = balanced, effect = effect, method = method,
      coef = numbers(coef(fit)), se = numbers(sqrt(diag(vcov(fit)))), sigma2 = numbers(sigma2),
      theta = lapply(unname(theta), function(x) unname(range(x))),
      dense = dense(FORMULAS[[data]], frame, sigma2)
    )
    if (method == "nerlove" && effect == "twoways") {
      exact <- nerlove(FORMULAS[[data]], frame)
      entry$dummies <- c(list(sigma2 = numbers(exact)), dense(FORMULAS[[data]], frame, exact))
    }
    random[[length(random) + 1]] <- entry
  }
}

tests <- list()
for (data in names(FORMULAS)) for (balanced in c(TRUE, FALSE)) for (effect in c("individual", "time", "twoways")) {
  if (!balanced && effect == "twoways") next   # plm's covariance is unscaled there
  whole <- get(data)
  frame <- if (balanced) whole else without(whole, dropped[[data]])
  entry <- list(data = data, balanced = balanced, effect = effect)
  spec <- FORMULAS[[data]]
  for (method in c("chisq", "aux")) {
    test <- phtest(spec, data = frame, effect = effect, method = method)
    entry[[method]] <- list(statistic = unname(test$statistic), df = unname(test$parameter), p = unname(test$p.value))
  }
  # phtest prints |statistic|; the sign is kept here
  within <- plm(spec, frame, model = "within", effect = effect)
  glsfit <- plm(spec, frame, model = "random", effect = effect)
  terms <- names(coef(within))
  gap <- coef(within)[terms] - coef(glsfit)[terms]
  entry$chisq$signed <- drop(gap %*% solve(vcov(within)[terms, terms] - vcov(glsfit)[terms, terms], gap))
  tests[[length(tests) + 1]] <- entry
}

EARNINGS <- lwage ~ wks + south + smsa + married + exp + I(exp^2) + bluecol + ind + union + sex + black + ed |
  bluecol + south + smsa + ind + sex + black | wks + married + union + exp + I(exp^2)
EXOGENOUS <- lwage ~ wks + south + smsa + married + exp + I(exp^2) + bluecol + ind + union + sex + black + ed |
  bluecol + south + smsa + ind + sex + black
summarise <- function(fit) {
  list(coef = numbers(coef(fit)), se = numbers(sqrt(diag(vcov(fit)))), sigma2 = numbers(unlist(fit$ercomp$sigma2)))
}
by_plm <- function(variant) {
  plm(EARNINGS, wages, index = c("person", "year"), model = "random", random.method = "ht", inst.method = variant)
}
by_pht <- function(frame) suppressWarnings(pht(EXOGENOUS, frame, index = c("person", "year"), model = "ht"))
taylor <- list(
  list(variant = "hausman-taylor", balanced = TRUE, tool = "plm", fit = summarise(by_plm("baltagi"))),
  list(variant = "amemiya-macurdy", balanced = TRUE, tool = "plm", fit = summarise(by_plm("am"))),
  list(variant = "hausman-taylor", balanced = TRUE, tool = "pht", fit = summarise(by_pht(wages))),
  list(variant = "hausman-taylor", balanced = FALSE, tool = "pht", fit = summarise(by_pht(without(wages, dropped$wages))))
)

write_json(
  list(
    tool = paste("plm", packageVersion("plm"), "on", R.version.string), script = "panel_plm_random.R",
    dropped = dropped, random = random, tests = tests, taylor = taylor
  ),
  "panel_plm_random.json", auto_unbox = TRUE, digits = I(15), pretty = 1, always_decimal = FALSE
)
