#!/usr/bin/env Rscript
# metafor's meta-regression and diagnostics: Rscript regression.R tables.json > answers.json
#
# tables.json holds an object "tables", each with yi, vi, x (k x m moderators without the constant, or null), tau2 (an
# estimator, or a number that is given), test (z, t, knha, adhoc), constant, new (n x m, moderators to predict at, or
# null) and want, some of the four parts of an answer; so does the file of answers, which can be asked again:
# Rscript regression.R regression.json. The parts are
#   fit          rma(yi, vi, mods = x, method = tau2, test = test); predict(fit, newmods = new), also pi.type = "riley"
#   influence    influence(fit), rstandard(fit), residuals(fit)      baujat    baujat(fit)
#   permutation  permutest(fit, exact = TRUE) with each alternative, and p2defn = "px2" as "two_sided_doubled"
# A fit or test that metafor cannot do comes back as null.
suppressPackageStartupMessages({library(metafor); library(jsonlite)})

or_null <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)
number <- function(x) as.numeric(x)

model <- function(table) {
  ask <- list(yi = table$yi, vi = table$vi, test = table$test, intercept = table$constant)
  ask <- c(ask, if (is.numeric(table$tau2)) list(method = "DL", tau2 = table$tau2) else list(method = table$tau2))
  if (!is.null(table$x)) ask$mods <- table$x
  for (step in c(1, 0.5, 0.25)) {   # scoring that cycles takes smaller steps
    ask$control <- list(threshold = 1e-12, tol = 1e-12, maxiter = 1000, stepadj = step, tau2.max = 1e4 * var(table$yi))
    if (!is.null(fit <- or_null(do.call(rma, ask)))) return(fit)
  }
}

regression <- function(fit, table) or_null({
  answer <- list(coefficients = number(fit$beta), se = fit$se, statistic = fit$zval, p = fit$pval, ci_low = fit$ci.lb, ci_high = fit$ci.ub,
    covariance = unname(fit$vb), variance_factor = fit$s2w, qm = fit$QM, qm_df = fit$QMdf, qm_p = fit$QMp, tau2 = fit$tau2, r2 = fit$R2,
    qe = fit$QE, qe_p = fit$QEp, i2_tau2 = fit$I2, h2_tau2 = fit$H2, weights = number(weights(fit)),
    log_likelihood = fit$fit.stats["ll", if (fit$method == "ML") "ML" else "REML"])
  if (!is.null(table$new)) {
    as_fit <- predict(fit, newmods = table$new); riley <- predict(fit, newmods = table$new, pi.type = "riley")
    answer$prediction <- list(mean = as_fit$pred, se = as_fit$se, ci_low = as_fit$ci.lb, ci_high = as_fit$ci.ub,
      pi_low = as_fit$pi.lb, pi_high = as_fit$pi.ub, riley_low = riley$pi.lb, riley_high = riley$pi.ub)
  }
  answer
})

diagnostics <- function(fit) or_null({
  found <- influence(fit)
  if (all(is.na(found$inf$tau2.del))) stop("no study could be left out")
  list(residuals = number(residuals(fit)), rstandard = rstandard(fit)$z, rstudent = found$inf$rstudent, dffits = found$inf$dffits,
    cooks_distance = found$inf$cook.d, covariance_ratio = found$inf$cov.r, tau2_deleted = found$inf$tau2.del, q_deleted = found$inf$QE.del,
    hat = found$inf$hat, weights = found$inf$weight, dfbetas = unname(do.call(cbind, unclass(found$dfbs)[seq_len(fit$p)])), influential = as.logical(found$is.infl))
})

plot_of_baujat <- function(fit) or_null({
  pdf(NULL); on.exit(dev.off()); found <- baujat(fit)
  list(x = found$x, y = found$y)
})

permutation <- function(fit) or_null({
  test <- function(alternative, p2defn = "abs") {
    found <- permutest(fit, exact = TRUE, progbar = FALSE, control = list(alternative = alternative, p2defn = p2defn))
    list(p = found$pval, qm_p = found$QMp, permutations = found$exact.iter)
  }
  list(two_sided = test("two.sided"), two_sided_doubled = test("two.sided", "px2"), less = test("less"), greater = test("greater"))
})

answer <- function(table) {
  fit <- model(table)
  if (is.null(fit)) return(NULL)
  parts <- list(fit = function() regression(fit, table), influence = function() diagnostics(fit),
    baujat = function() plot_of_baujat(fit), permutation = function() permutation(fit))
  lapply(parts[table$want], function(part) part())
}

tables <- fromJSON(commandArgs(TRUE)[1])$tables
made_by <- paste0(R.version$version.string, ", metafor ", packageVersion("metafor"))
cat(toJSON(list(made_by = made_by, tables = tables, answers = lapply(tables, answer)), digits = I(12), null = "null", na = "null", auto_unbox = TRUE, pretty = FALSE))
