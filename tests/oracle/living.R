#!/usr/bin/env Rscript
# metafor's answers for cumulative analyses, diversity, two groups within trials, and many models of one table of
# proportions: Rscript living.R tables.json > answers.json
#
# tables.json holds an object "tables"; each has yi, vi, or x1, n1, x2, n2, or events, n; so does the file of answers,
# which can be asked again: Rscript living.R living.json. A fit that metafor cannot do comes back as null.
suppressPackageStartupMessages({library(metafor); library(jsonlite)})

tight <- list(threshold = 1e-12, tol = 1e-12, maxiter = 10000)
or_null <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)
fitted_by <- function(effects, method, test) rma(yi, vi, data = effects, method = method, test = test, control = tight)
in_short <- function(fit, f = identity) {
  half <- qt(0.975, fit$k - 1) * sqrt(fit$tau2 + fit$se^2)
  list(k = fit$k, estimate = f(c(fit$beta)), se = fit$se, ci_low = f(fit$ci.lb), ci_high = f(fit$ci.ub), p = fit$pval,
       tau2 = fit$tau2, pi_low = f(c(fit$beta) - half), pi_high = f(c(fit$beta) + half))
}

cumulative <- function(t) lapply(2:length(t$yi), function(k) or_null({
  effects <- data.frame(yi = t$yi[1:k], vi = t$vi[1:k])
  ce <- fitted_by(effects, "EE", "z"); dl <- fitted_by(effects, "DL", "z")
  list(wald = in_short(fitted_by(effects, "REML", "z")), hartung_knapp = in_short(fitted_by(effects, "REML", "knha")),
       diversity = 1 - ce$se^2 / dl$se^2, z_dl = dl$zval)
}))

within <- function(t) {
  each <- function(measure, f) or_null({
    effects <- escalc(measure, ai = t$x1, n1i = t$n1, ci = t$x2, n2i = t$n2, add = 0.5, to = "only0", drop00 = measure == "OR")
    mh <- or_null(rma.mh(measure = measure, ai = t$x1, n1i = t$n1, ci = t$x2, n2i = t$n2, add = 0, to = "none", drop00 = FALSE))
    list(yi = c(effects$yi), vi = c(effects$vi), wald = or_null(in_short(fitted_by(effects, "REML", "z"), f)),
         hartung_knapp = or_null(in_short(fitted_by(effects, "REML", "knha"), f)),
         hartung_knapp_adhoc = or_null(in_short(fitted_by(effects, "REML", "adhoc"), f)),
         mantel_haenszel = if (is.null(mh)) NULL else
           list(k = mh$k, estimate = f(c(mh$beta)), ci_low = f(mh$ci.lb), ci_high = f(mh$ci.ub), p = mh$pval))
  })
  list(OR = each("OR", exp), RD = each("RD", identity))
}

many_models <- function(t) {
  measures <- c(raw = "PR", log = "PLN", logit = "PLO", arcsine = "PAS", freeman_tukey = "PFT")
  tests <- c(wald = "z", t = "t", hartung_knapp = "knha", hartung_knapp_adhoc = "adhoc")
  answers <- list()
  for (m in names(measures)) for (method in c("DL", "PM", "REML", "ML", "EB", "HE", "HS", "SJ")) for (test in names(tests)) {
    answers[[paste(m, method, test)]] <- or_null({
      adjusted <- measures[m] %in% c("PR", "PLN", "PLO")
      effects <- escalc(measures[m], xi = t$events, ni = t$n, add = if (adjusted) 0.5 else 0, to = if (adjusted) "only0" else "none")
      fit <- fitted_by(effects, method, tests[test])
      back <- switch(measures[m], PR = function(x) pmin(pmax(x, 0), 1), PLN = function(x) exp(pmin(x, 0)), PLO = plogis,
                     PAS = transf.iarcsin, PFT = function(x) transf.ipft.hm(x, targs = list(ni = t$n)))
      list(estimate = back(c(fit$beta)), ci_low = back(fit$ci.lb), ci_high = back(fit$ci.ub), tau2 = fit$tau2)
    })
  }
  for (test in c("wald", "t")) answers[[paste("glmm ML", test)]] <- or_null({
    fit <- rma.glmm(measure = "PLO", xi = t$events, ni = t$n, nAGQ = 7, test = tests[test], control = list(optCtrl = list(maxfun = 1e5)))
    list(estimate = plogis(c(fit$beta)), ci_low = plogis(fit$ci.lb), ci_high = plogis(fit$ci.ub), tau2 = fit$tau2)
  })
  answers
}

answer <- function(t) if (!is.null(t$yi)) cumulative(t) else if (!is.null(t$x1)) within(t) else many_models(t)

tables <- fromJSON(commandArgs(TRUE)[1])$tables
made_by <- paste0(R.version$version.string, ", metafor ", packageVersion("metafor"), ", lme4 ", packageVersion("lme4"))
cat(toJSON(list(made_by = made_by, tables = tables, answers = lapply(tables, answer)), digits = I(12), null = "null", na = "null", auto_unbox = TRUE, pretty = TRUE))
