#!/usr/bin/env Rscript
# metafor's answers for tables of proportions: Rscript proportions.R tables.json > answers.json
#
# tables.json holds an object "tables", each with events and n; so does the file of answers, which can be asked again:
# Rscript proportions.R proportions.json. A fit that metafor cannot do comes back as null.
suppressPackageStartupMessages({library(metafor); library(jsonlite)})

tight <- list(threshold = 1e-12, tol = 1e-12, maxiter = 10000)
or_null <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)
back <- function(measure, n) if (measure == "PLO") plogis else function(x) transf.ipft.hm(x, targs = list(ni = n))

two_step <- function(table, measure, method, test) or_null({
  effects <- if (measure == "PFT") escalc(measure, xi = table$events, ni = table$n) else
    escalc(measure, xi = table$events, ni = table$n, add = 0.5, to = "only0")
  fit <- rma(yi, vi, data = effects, method = method, test = test, control = tight)
  p <- predict(fit, pi.type = "t"); f <- back(measure, table$n)
  list(mean = c(fit$beta), se = fit$se, tau2 = fit$tau2, q = fit$QE, q_p = fit$QEp, i2_tau2 = fit$I2,
       estimate = f(c(fit$beta)), ci_low = f(fit$ci.lb), ci_high = f(fit$ci.ub), pi_low = f(p$pi.lb), pi_high = f(p$pi.ub),
       weights = c(weights(fit)))
})

glmm <- function(table, test) or_null({
  fit <- rma.glmm(measure = "PLO", xi = table$events, ni = table$n, nAGQ = 7, test = test, control = list(optCtrl = list(maxfun = 1e5)))
  list(mean = c(fit$beta), se = fit$se, tau2 = fit$tau2, q = fit$QE.LRT, q_p = fit$QEp.LRT, i2_tau2 = fit$I2,
       estimate = plogis(c(fit$beta)), ci_low = plogis(fit$ci.lb), ci_high = plogis(fit$ci.ub))
})

egger <- function(table) or_null({
  effects <- escalc("PFT", xi = table$events, ni = table$n)
  test <- regtest(rma(yi, vi, data = effects, method = "DL"), model = "lm", predictor = "sei")
  list(t = test$zval, df = test$ddf, p = test$pval, limit = test$est)
})

exact <- function(table) {
  bounds <- mapply(function(x, n) binom.test(x, n)$conf.int, table$events, table$n)
  list(ci_low = bounds[1, ], ci_high = bounds[2, ])
}

difference <- function(table) or_null({   # the first half of the studies against the second
  half <- seq_along(table$n) <= length(table$n) / 2
  fits <- lapply(list(half, !half), function(s) rma(measure = "PFT", xi = table$events[s], ni = table$n[s], method = "DL"))
  b <- sapply(fits, coef); se <- sapply(fits, function(f) f$se)
  test <- rma(b, sei = se, method = "EE")
  list(estimate = b[2] - b[1], q = test$QE, q_p = test$QEp)
})

answer <- function(table) list(
  as_published = two_step(table, "PFT", "DL", "z"),
  logit_reml_hk = two_step(table, "PLO", "REML", "knha"),
  logit_reml_adhoc = two_step(table, "PLO", "REML", "adhoc"),
  recommended = glmm(table, "t"),
  glmm_z = glmm(table, "z"),
  egger = egger(table), exact = exact(table), difference = difference(table))

tables <- fromJSON(commandArgs(TRUE)[1])$tables
made_by <- paste0(R.version$version.string, ", metafor ", packageVersion("metafor"), ", lme4 ", packageVersion("lme4"))
cat(toJSON(list(made_by = made_by, tables = tables, answers = lapply(tables, answer)), digits = I(12), null = "null", na = "null", auto_unbox = TRUE, pretty = TRUE))
