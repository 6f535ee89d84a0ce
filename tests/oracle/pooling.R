#!/usr/bin/env Rscript
# metafor's answers for estimates with variances: Rscript pooling.R tables.json > answers.json
#
# tables.json holds an object "tables", each with yi, vi and perhaps x (a moderator) and group; so does the file of
# answers, which can be asked again: Rscript pooling.R pooling.json. A fit that metafor cannot do comes back as null.
#   fits       rma(yi, vi, method, test), every estimator with every interval; summaries at level 95
#   line       the tau2 of rma(yi, vi, mods = ~ x, method)
#   profile    confint(rma(yi, vi, method = "REML")), and with mods = ~ x
#   predicted  predict(rma(yi, vi, method = "REML", test), pi.type): z, t with k - 1, t with k - 2
#   left_out   leave1out(), cumulated: cumul(order = x), both of the REML fit with Wald and with Knapp-Hartung intervals
#   apart      groups fitted apart, their Q between by rma(b, sei = se, method = "FE"); together: mods = ~ factor(group)
suppressPackageStartupMessages({library(metafor); library(jsonlite)})

tight <- list(threshold = 1e-12, tol = 1e-12, maxiter = 10000)
or_null <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)
methods <- c("DL", "PM", "REML", "ML", "EB", "HE", "HS", "SJ")
tests <- c(wald = "z", t = "t", hartung_knapp = "knha", hartung_knapp_adhoc = "adhoc")
named <- function(names, f) sapply(names, f, simplify = FALSE, USE.NAMES = TRUE)

fitted <- function(...) {  # where Fisher scoring cycles, half of its step and less
  for (step in c(1, 0.5, 0.1)) {
    control <- c(tight, list(stepadj = step))
    if (step < 1) control$maxiter <- 1e5
    fit <- or_null(rma(..., control = control))
    if (!is.null(fit)) return(fit)
  }
  stop("no convergence")
}
summarised <- function(f) list(mean = c(f$beta), se = f$se, df = if (length(f$ddf) && !is.na(f$ddf[1])) f$ddf[1], ci_low = f$ci.lb,
  ci_high = f$ci.ub, p = f$pval, tau2 = f$tau2, i2_tau2 = f$I2, h2_tau2 = f$H2, q = f$QE, q_p = f$QEp, weights = unname(c(weights(f))))
profiled <- function(f) { r <- confint(f, control = list(tol = 1e-13, maxiter = 10000, tau2.max = 1e4 * (f$tau2 + var(c(f$yi)) + max(f$vi)))); m <- r$random
  list(tau2_low = m[1, 2], tau2_high = m[1, 3], tau_low = m[2, 2], tau_high = m[2, 3], i2_low = m[3, 2], i2_high = m[3, 3], h2_low = m[4, 2], h2_high = m[4, 3],
       empty = isTRUE(r$ci.null)) }
steps <- function(l) list(mean = c(l$estimate), se = l$se, ci_low = l$ci.lb, ci_high = l$ci.ub, tau2 = l$tau2, i2_tau2 = l$I2, q = l$Q)

answer <- function(t) {
  yi <- t$yi; vi <- t$vi; several <- length(yi) > 2
  reml <- function(test) fitted(yi, vi, method = "REML", test = test)
  out <- list(
    common = or_null(summarised(rma(yi, vi, method = "EE"))),
    fits = named(methods, function(m) named(names(tests), function(i) or_null(summarised(fitted(yi, vi, method = m, test = tests[[i]]))))),
    profile = or_null(profiled(reml("z"))),
    predicted = named(c("wald", "hartung_knapp"), function(i) or_null(list(
      "z" = if (i == "wald") with(predict(reml("z"), pi.type = "default"), c(pi.lb, pi.ub)),
      "t_k-1" = with(predict(reml(tests[[i]]), pi.type = "t"), c(pi.lb, pi.ub)),
      "t_k-2" = if (several) with(predict(reml(tests[[i]]), pi.type = "riley"), c(pi.lb, pi.ub))))),
    left_out = if (several) named(c("wald", "hartung_knapp"), function(i) or_null(steps(leave1out(reml(tests[[i]]))))))
  if (!is.null(t$x) && several) {
    x <- t$x
    out$line <- named(methods, function(m) or_null(fitted(yi, vi, mods = cbind(x), method = m)$tau2))
    out$line_profile <- or_null(profiled(fitted(yi, vi, mods = cbind(x), method = "REML")))
    out$cumulated <- named(c("wald", "hartung_knapp"), function(i) or_null(steps(do.call(cumul, list(reml(tests[[i]]), order = x)))))
  }
  if (!is.null(t$group) && several) {
    g <- factor(t$group, levels = unique(t$group)); each <- levels(g)
    out$apart <- named(names(tests), function(i) or_null({
      fits <- lapply(each, function(l) fitted(yi[g == l], vi[g == l], method = "REML", test = tests[[i]]))
      between <- rma(sapply(fits, function(f) c(f$beta)), sei = sapply(fits, function(f) f$se), method = "FE")
      list(statistic = between$QE, p = between$QEp) }))
    out$together <- named(names(tests), function(i) or_null({
      f <- fitted(yi, vi, mods = model.matrix(~ g)[, -1, drop = FALSE], method = "REML", test = tests[[i]]); m <- fitted(yi, vi, mods = model.matrix(~ 0 + g), intercept = FALSE, method = "REML", test = tests[[i]])
      list(tau2 = f$tau2, statistic = f$QM, p = f$QMp, q_within = f$QE, mean = c(m$beta), se = m$se, ci_low = m$ci.lb, ci_high = m$ci.ub) }))
    out$common_groups <- or_null({ w <- sum(sapply(each, function(l) rma(yi[g == l], vi[g == l], method = "EE")$QE)); total <- rma(yi, vi, method = "EE")$QE
      list(statistic = total - w, q_within = w) })
  }
  out
}

tables <- fromJSON(commandArgs(TRUE)[1], simplifyDataFrame = FALSE)$tables
made_by <- paste0(R.version$version.string, ", metafor ", packageVersion("metafor"))
cat(toJSON(list(made_by = made_by, tables = tables, answers = lapply(tables, answer)), digits = I(12), null = "null", na = "null", auto_unbox = TRUE), "\n")
