#!/usr/bin/env Rscript
# metafor's generalised linear mixed models of 2x2 tables: Rscript glmm.R tables.json > answers.json
#
# tables.json holds an object "tables", each with ai, n1i, ci, n2i ("exact": false where CM.EL would take too long,
# "laplace": true for a second opinion on UM.RS, where no cell is zero and both variances are positive); so does the file
# of answers, which can be asked again, for some minutes: Rscript glmm.R glmm.json. "PLO" is the model of single
# proportions, on the first arm. Names end in the number of quadrature points (CM.EL is by R's integrate instead), or in
# .EE for one common effect. A fit that metafor cannot do comes back as null.
#
# Tight tolerances matter: at lme4's default (tolPwrss = 1e-7) penalised least squares stop before the modes are found,
# and Laplace fits (all of UM.RS) are off in the fourth digit of the estimate and the second or third of its standard error.
suppressPackageStartupMessages({library(metafor); library(jsonlite)})

or_null <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)

fit <- function(...) {
  for (tolerance in c(1e-11, 1e-10, 1e-9)) {
    control <- list(dnchgcalc = "dnoncenhypergeom", intCtrl = list(rel.tol = 1e-9, subdivisions = 1000L),
      glmCtrl = list(epsilon = 1e-12),
      glmerCtrl = list(tolPwrss = tolerance, optimizer = "bobyqa", optCtrl = list(maxfun = 1e5, rhoend = 1e-9)))
    r <- or_null(rma.glmm(..., control = control))
    if (!is.null(r)) break
  }
  if (is.null(r)) return(NULL)
  t <- qt(0.975, r$k - 1)
  list(k = r$k, mean = c(r$beta), se = r$se, p = r$pval, ci_low = r$ci.lb, ci_high = r$ci.ub, t_low = c(r$beta) - t * r$se,
       t_high = c(r$beta) + t * r$se, tau2 = r$tau2, sigma2 = r$sigma2, ll = r$fit.stats["ll", "ML"], q_lrt = r$QE.LRT,
       q_lrt_p = r$QEp.LRT, q_wald = r$QE.Wld, q_wald_p = r$QEp.Wld, i2 = r$I2, h2 = r$H2)
}

# Laplace's approximation of UM.RS in plain R, its maximum from metafor's, and standard errors by numDeriv: what lme4
# would give if its finite differences were not of a rounded function.
study <- function(a, n1, c, n2, base, C) {
  u <- c(0, 0); n <- c(n1, n2); y <- c(a, c)
  height <- function(u) sum(dbinom(y, n, plogis(base + C %*% u), log = TRUE)) - sum(u^2) / 2
  for (step in 1:100) {
    p <- plogis(base + c(C %*% u)); H <- diag(2) + t(C) %*% (n * p * (1 - p) * C)
    move <- c(solve(H, t(C) %*% (y - n * p) - u))
    while (height(u + move) < height(u) - 1e-10) move <- move / 2
    u <- u + move
    if (max(abs(move)) < 1e-13) break
  }
  height(u) - determinant(H)$modulus[1] / 2
}
plain_laplace <- function(table, metafor) {
  k <- length(table$ai)
  ll <- function(theta, alpha, tau, sigma) sum(sapply(seq_len(k), function(i) study(table$ai[i], table$n1i[i], table$ci[i],
    table$n2i[i], c(theta[i] + alpha, alpha), cbind(c(sigma, sigma), c(tau, -tau) / 2))))
  best <- function(start, f) { for (again in 1:3) start <- nlminb(start, f, control = list(rel.tol = 1e-14))$par; start }
  random <- function(x) -ll(rep(x[1], k), x[2], x[3], x[4])
  x <- best(c(metafor$mean, mean(qlogis((table$ci + .5) / (table$n2i + 1))), sqrt(metafor$tau2), sqrt(metafor$sigma2)), random)
  each <- function(x) -ll(x[-(1:2)], x[1], 0, x[2])
  y <- best(c(x[2], x[4], qlogis((table$ai + .5) / (table$n1i + 1)) - qlogis((table$ci + .5) / (table$n2i + 1))), each)
  covariance <- solve(numDeriv::hessian(each, y))[-(1:2), -(1:2)]; contrast <- cbind(-1, diag(k - 1)); d <- contrast %*% y[-(1:2)]
  list(mean = x[1], se = sqrt(solve(numDeriv::hessian(random, x))[1, 1]), tau2 = x[3]^2, sigma2 = x[4]^2, ll = -random(x),
       q_wald = c(t(d) %*% solve(contrast %*% covariance %*% t(contrast), d)))
}

answer <- function(table) {
  or <- function(model, ...) fit(measure = "OR", model = model, ai = table$ai, n1i = table$n1i, ci = table$ci, n2i = table$n2i, ...)
  plo <- function(...) fit(measure = "PLO", xi = table$ai, ni = table$n1i, ...)
  answers <- list(UM.FS.7 = or("UM.FS", nAGQ = 7), UM.FS.1 = or("UM.FS", nAGQ = 1), UM.FS.EE = or("UM.FS", method = "EE"),
    UM.RS.1 = or("UM.RS", nAGQ = 1), UM.RS.EE = or("UM.RS", method = "EE", nAGQ = 1),
    CM.AL.7 = or("CM.AL", nAGQ = 7), CM.AL.1 = or("CM.AL", nAGQ = 1), CM.AL.EE = or("CM.AL", method = "EE"),
    PLO.7 = plo(nAGQ = 7), PLO.1 = plo(nAGQ = 1), PLO.25 = plo(nAGQ = 25), PLO.EE = plo(method = "EE"))
  if (!identical(table$exact, FALSE)) answers <- c(answers, list(CM.EL.25 = or("CM.EL"), CM.EL.EE = or("CM.EL", method = "EE")))
  if (isTRUE(table$laplace)) answers$laplace <- plain_laplace(table, answers$UM.RS.1)
  answers
}

tables <- fromJSON(commandArgs(TRUE)[1])$tables
made_by <- paste0(R.version$version.string, ", metafor ", packageVersion("metafor"), ", lme4 ", packageVersion("lme4"))
cat(toJSON(list(made_by = made_by, tables = tables, answers = lapply(tables, answer)), digits = I(12), null = "null", na = "null", auto_unbox = TRUE, pretty = TRUE))
