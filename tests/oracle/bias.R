#!/usr/bin/env Rscript
# metafor's tests for funnel plot asymmetry: Rscript bias.R tables.json > answers.json
#
# tables.json holds an object "tables"; each has yi and vi, or the counts ai, n1i, ci, n2i (from which log odds ratios
# are made), and may have "select": steps of a selection model. So does the file of answers, which can be asked again:
# Rscript bias.R bias.json. What metafor cannot do comes back as null.
#   regression  regtest(model, predictor, method, test)      rank     ranktest; cor.test(exact = FALSE)
#   trimfill    trimfill(estimator) of rma(method)           select   selmodel(type = "stepfun"), ML, by bobyqa
#   pet, peese  lm(yi ~ sqrt(vi)), lm(yi ~ vi), weights 1/vi
#   harbord     regtest(model = "lm") of escalc("PETO"): the score over its variance
#   peters      lm(yi ~ 1/n), Peters' weights
suppressPackageStartupMessages({library(metafor); library(jsonlite)})

tight <- list(threshold = 1e-12, tol = 1e-12, maxiter = 10000)
or_null <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)
fit <- function(table, method) {
  given <- list(yi = table$yi, vi = table$vi, method = method, control = tight)
  do.call(rma, if (is.null(table$ni)) given else c(given, list(ni = table$ni)))
}

found <- function(test) list(statistic = test$zval, df = if (is.null(test$ddf) || is.na(test$ddf)) NULL else test$ddf,
  p = test$pval, limit = test$est, limit_low = test$ci.lb, limit_high = test$ci.ub)
regression <- function(table) {
  cases <- list(list("lm", "sei", "REML", "z"), list("lm", "vi", "REML", "z"),
    list("rma", "sei", "DL", "z"), list("rma", "sei", "REML", "knha"), list("rma", "sei", "PM", "t"),
    list("rma", "sei", "SJ", "adhoc"), list("rma", "sei", "ML", "z"), list("rma", "sei", "EE", "z"), list("rma", "vi", "HE", "z"))
  if (!is.null(table$ni)) cases <- c(cases, list(list("lm", "ni", "REML", "z"), list("lm", "ninv", "REML", "z"),
    list("rma", "sqrtni", "REML", "z"), list("rma", "sqrtninv", "EB", "knha")))
  lapply(cases, function(case) list(model = case[[1]], predictor = case[[2]], method = case[[3]], test = case[[4]],
    answer = or_null(found(regtest(fit(table, "REML"), model = case[[1]], predictor = case[[2]], method = case[[3]], test = case[[4]])))))
}

rank_test <- function(table) or_null({
  exact <- ranktest(fit(table, "EE"))
  w <- 1 / table$vi; star <- (table$yi - sum(w * table$yi) / sum(w)) / sqrt(table$vi - 1 / sum(w))
  normal <- cor.test(star, table$vi, method = "kendall", exact = FALSE)
  list(tau = exact$tau[[1]], p = exact$pval, z = normal$statistic[[1]], p_normal = normal$p.value)
})

fills <- function(table) {
  cases <- expand.grid(method = c("EE", "DL", "REML", "PM"), estimator = c("L0", "R0", "Q0"), side = c("auto", "left", "right"), stringsAsFactors = FALSE)
  apply(cases, 1, function(case) list(method = case[["method"]], estimator = case[["estimator"]], asked = case[["side"]], answer = or_null({
    side <- if (case[["side"]] == "auto") NULL else case[["side"]]
    filled <- trimfill(fit(table, case[["method"]]), estimator = case[["estimator"]], side = side, control = tight)
    list(k0 = filled$k0, k0_se = filled$se.k0, side = filled$side, mean = c(filled$beta), se = filled$se, tau2 = filled$tau2, filled = I(c(filled$yi)[filled$fill]))
  })))
}

select <- function(table) or_null({
  model <- rma(table$yi, table$vi, method = "ML", control = tight)
  lapply(c("greater", "less", "two.sided"), function(alternative) list(alternative = alternative, answer = or_null({
    seen <- selmodel(model, type = "stepfun", steps = table$select, alternative = alternative, control = list(optimizer = "bobyqa", rhoend = 1e-12, maxfun = 1e5))
    list(mean = c(seen$beta), se = seen$se, tau2 = seen$tau2, tau2_se = seen$se.tau2, weights = I(seen$delta), weights_se = I(seen$se.delta),
         log_likelihood = seen$ll, lr = seen$LRT, lr_p = seen$LRTp)
  })))
})

line <- function(y, x, w) or_null({
  s <- summary(lm(y ~ x, weights = w)); b <- confint(lm(y ~ x, weights = w))
  if (s$df[2] < 1) stop("no residual")
  list(limit = coef(s)[1, 1], limit_low = b[1, 1], limit_high = b[1, 2], limit_p = coef(s)[1, 4], slope = coef(s)[2, 1], se = coef(s)[2, 2], statistic = coef(s)[2, 3], df = s$df[2], p = coef(s)[2, 4])
})

counts <- function(table) {
  n <- table$n1i + table$n2i; events <- table$ai + table$ci; w <- 1 / (1 / events + 1 / (n - events)); w[!is.finite(w)] <- 0
  peto <- escalc("PETO", ai = table$ai, n1i = table$n1i, ci = table$ci, n2i = table$n2i, add = 0, to = "none")
  list(harbord = or_null(found(regtest(peto$yi, peto$vi, model = "lm"))), peters = line(table$yi, 1 / n, w))
}

complete <- function(table) {
  if (is.null(table$yi)) {
    effects <- escalc("OR", ai = table$ai, n1i = table$n1i, ci = table$ci, n2i = table$n2i, add = 0.5, to = "only0")
    table$yi <- c(effects$yi); table$vi <- c(effects$vi)
  }
  table
}
answer <- function(table) {
  c(list(regression = regression(table), rank = rank_test(table), trimfill = fills(table), pet = line(table$yi, sqrt(table$vi), 1 / table$vi),
    peese = line(table$yi, table$vi, 1 / table$vi)), if (!is.null(table$select)) list(select = select(table)), if (!is.null(table$ai)) counts(table))
}

tables <- lapply(fromJSON(commandArgs(TRUE)[1])$tables, complete)
made_by <- paste0(R.version$version.string, ", metafor ", packageVersion("metafor"))
cat(toJSON(list(made_by = made_by, tables = tables, answers = lapply(tables, answer)), digits = I(15), null = "null", na = "null", auto_unbox = TRUE))
