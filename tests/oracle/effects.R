#!/usr/bin/env Rscript
# metafor's effect sizes, Mantel-Haenszel and Peto pooling, back-transformations: Rscript effects.R tables.json > answers.json
#
# tables.json holds "tables", by kind ("proportions", "arms", "rates", "means", "correlations") and name, each with the
# columns of escalc(); so does the file of answers, which can be asked again: Rscript effects.R effects.json. In place of a
# file, "metadat" stands for the tables of that package. The calls:
#   escalc(measure, ..., add, to, drop00, vtype), no add or to for AS, PAS, PFT, IRS, IRFT (metafor then corrects nothing)
#   rma.mh(measure, ..., correct = TRUE and FALSE), also with add = c(.5, .5), to = "only0" and with drop00 = c(TRUE, TRUE)
#   rma.peto(...); transf.ipft.hm, transf.ipft, transf.iirft on a grid of values
# What metafor cannot do comes back as null. The tables of effects.json are synthetic, but for "collins", Collins et al
# (1985, BMJ 290:17), diuretics in pregnancy, pre-eclampsia (dat.collins1985b), and "mantel", made to have odds ratio 1.
suppressPackageStartupMessages({library(metafor); library(jsonlite)})

quiet <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)
pair <- function(...) quiet({ e <- escalc(...); list(yi = c(e$yi), vi = e$vi) })
choices <- list(only0 = list(.5, "only0"), all = list(.5, "all"), if0all = list(.5, "if0all"), none = list(0, "none"), tenth = list(.1, "only0"))

chosen <- function(measures, ...) sapply(measures, function(m)
  lapply(choices, function(c) pair(m, ..., add = c[[1]], to = c[[2]])), simplify = FALSE)
dropped <- function(measures, ...) sapply(measures, function(m)
  lapply(choices[c("only0", "if0all", "none")], function(c) pair(m, ..., add = c[[1]], to = c[[2]], drop00 = TRUE)), simplify = FALSE)

mh <- function(...) quiet({
  f <- rma.mh(...); g <- rma.mh(..., correct = FALSE)
  list(k = f$k, k_effects = f$k.yi, mean = c(f$beta), se = f$se, z = f$zval, p = f$pval, ci_low = f$ci.lb, ci_high = f$ci.ub,
       q = f$QE, q_p = f$QEp, i2 = f$I2, h2 = f$H2, cmh_corrected = f$MH, cmh_corrected_p = f$MHp, cmh = g$MH, cmh_p = g$MHp,
       breslow_day = f$BD, breslow_day_p = f$BDp, tarone = f$TA, tarone_p = f$TAp, k_homogeneity = f$k.pos,
       weights = quiet(c(weights(f))))
})
mh_all <- function(measures, ...) sapply(measures, function(m) list(
  plain = mh(measure = m, ...), corrected = mh(measure = m, ..., add = c(.5, .5), to = c("only0", "only0")),
  dropped = mh(measure = m, ..., drop00 = c(TRUE, TRUE)), level80 = mh(measure = m, ..., level = 80)), simplify = FALSE)
peto <- function(...) quiet({
  f <- rma.peto(...)
  list(k = f$k, k_effects = f$k.yi, mean = c(f$beta), se = f$se, z = f$zval, p = f$pval, ci_low = f$ci.lb, ci_high = f$ci.ub,
       q = f$QE, q_p = f$QEp, i2 = f$I2, h2 = f$H2, weights = quiet(c(weights(f))))
})

kinds <- list(
  proportions = function(t) {
    values <- seq(-0.1, 1.7, by = 0.05)
    c(chosen(c("PR", "PLN", "PLO"), xi = t$events, ni = t$n),
      sapply(c("PAS", "PFT"), pair, xi = t$events, ni = t$n, simplify = FALSE),
      list(values = values, ipft_hm = transf.ipft.hm(values, targs = list(ni = t$n)), ipft = transf.ipft(values, 1 / (4 * 0.02^2)),
           iarcsin = transf.iarcsin(values)))
  },
  arms = function(t) {
    call <- function(f, measures, ...) f(measures, ai = t$ai, n1i = t$n1i, ci = t$ci, n2i = t$n2i, ...)
    c(call(chosen, c("OR", "RR", "RD", "PETO")), list(AS = pair("AS", ai = t$ai, n1i = t$n1i, ci = t$ci, n2i = t$n2i),
      dropped = call(dropped, c("OR", "RR", "RD", "PETO")), MH = call(mh_all, c("OR", "RR", "RD")),
      peto = list(plain = peto(ai = t$ai, n1i = t$n1i, ci = t$ci, n2i = t$n2i),
                  corrected = peto(ai = t$ai, n1i = t$n1i, ci = t$ci, n2i = t$n2i, add = c(.5, .5), to = c("only0", "only0")))))
  },
  rates = function(t) {
    values <- seq(-0.5, 3, by = 0.1)
    one <- chosen(c("IR", "IRLN"), xi = t$x1i, ti = t$t1i)
    two <- function(f, ...) f(c("IRR", "IRD"), x1i = t$x1i, t1i = t$t1i, x2i = t$x2i, t2i = t$t2i)
    c(one, sapply(c("IRS", "IRFT"), pair, xi = t$x1i, ti = t$t1i, simplify = FALSE), two(chosen), list(dropped = two(dropped), MH = two(mh_all)),
      list(values = values, iirft = transf.iirft(values, ti = 1 / mean(1 / t$t1i))))
  },
  means = function(t) {
    call <- function(m, v) pair(m, m1i = t$m1i, sd1i = t$sd1i, n1i = t$n1i, m2i = t$m2i, sd2i = t$sd2i, n2i = t$n2i, vtype = v)
    list(MD = list(separate = call("MD", "LS"), pooled = call("MD", "HO")),
         SMD = list(large_sample = call("SMD", "LS"), corrected = call("SMD", "LS2"), unbiased = call("SMD", "UB")),
         ROM = list(separate = call("ROM", "LS"), pooled = call("ROM", "HO")))
  },
  correlations = function(t) list(ZCOR = pair("ZCOR", ri = t$ri, ni = t$ni)))

# Every table of metadat that has the columns of a kind under their usual names, without the rows that lack a value.
usual <- list(proportions = c(events = "xi", n = "ni"), arms = c("ai", "n1i", "ci", "n2i"), rates = c("x1i", "t1i", "x2i", "t2i"),
              means = c("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"), correlations = c("ri", "ni"))
metadat <- function() {
  found <- lapply(usual, function(columns) list())
  for (name in data(package = "metadat")$results[, "Item"]) {
    d <- get(data(list = name, package = "metadat", envir = environment()))
    if (!is.data.frame(d)) next
    if (all(c("ai", "bi", "ci", "di") %in% names(d))) { d$n1i <- d$ai + d$bi; d$n2i <- d$ci + d$di }
    if (all(c("tpos", "tneg", "cpos", "cneg") %in% names(d))) { d$ai <- d$tpos; d$n1i <- d$tpos + d$tneg; d$ci <- d$cpos; d$n2i <- d$cpos + d$cneg }
    for (kind in names(usual)) {
      columns <- usual[[kind]]
      if (!all(columns %in% names(d)) || !all(sapply(d[columns], is.numeric))) next
      t <- d[complete.cases(d[columns]), columns]
      if (!is.null(names(columns))) names(t) <- names(columns)
      if (nrow(t)) found[[kind]][[name]] <- as.list(t)
    }
  }
  found
}

asked <- if (commandArgs(TRUE)[1] == "metadat") metadat() else fromJSON(commandArgs(TRUE)[1])$tables
made_by <- paste0(R.version$version.string, ", metafor ", packageVersion("metafor"))
answers <- sapply(names(asked), function(kind) lapply(asked[[kind]], kinds[[kind]]), simplify = FALSE)
cat(toJSON(list(made_by = made_by, tables = asked, answers = answers), digits = I(15), null = "null", na = "null", auto_unbox = FALSE))
