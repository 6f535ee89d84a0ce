
# ---- From here on the script is the same for every review -----------------------------------------------------------

suppressPackageStartupMessages(library(metafor))
# The relative difference; of a number below 1e-3, the absolute difference in thousandths. For a GLMM two programs climb one
# likelihood, and lme4 takes its standard error from differences of that, which with large counts costs it digits.
largest_allowed <- c(closed_form = 1e-6, glmm = 1e-3)
tight <- list(threshold = 1e-12, tol = 1e-12, maxiter = 10000)
z <- qnorm((1 + level) / 2)

script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
folder <- if (length(script)) dirname(script) else "."
table_of <- function(name) read.csv(file.path(folder, paste0(name, ".csv")), stringsAsFactors = FALSE, encoding = "UTF-8")
counts <- table_of("counts"); variants <- table_of("variants"); trials <- table_of("trials")

# NULL where there is no such result, as for a model that cannot be fitted
or_null <- function(expression) tryCatch(suppressWarnings(expression), error = function(e) NULL)

found <- list()
keep <- function(values, analysis, outcome, group = "", model = "", item = "") {
  values <- unlist(values)
  if (length(values)) found[[length(found) + 1]] <<- data.frame(
    analysis = analysis, outcome = outcome, group = group, model = model, item = item,
    quantity = names(values), metafor = unname(values))
}

exact <- function(events, n) binom.test(events, n, conf.level = level)$conf.int

# ---- A pooled proportion; a prediction interval is by t with k-1 degrees of freedom ---------------------------------

adjusted <- c("PR", "PLN", "PLO")  # measures for which 1/2 is added to counts of none or all
effects_of <- function(measure, events, n)
  escalc(measure, xi = events, ni = n, add = if (measure %in% adjusted) 0.5 else 0,
         to = if (measure %in% adjusted) "only0" else "none")
back_of <- function(measure, n) switch(measure,
  PR = function(x) pmin(pmax(x, 0), 1), PLN = function(x) exp(pmin(x, 0)), PLO = plogis,
  PAS = function(x) sin(pmin(pmax(x, 0), pi / 2))^2, PFT = function(x) transf.ipft.hm(x, targs = list(ni = n)))
two_step <- function(effects, tau2, test)
  rma(yi, vi, data = effects, method = tau2, test = test, level = 100 * level, control = tight)
# As they are, lme4's iterations stop where an estimate is good to four digits or five. Here they go on as far as they can:
# with large counts the closest tolerance is beyond the precision of the numbers, and fails.
fit_glmm <- function(events, n, points, test) {
  for (tolerance in c(1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7)) {
    closer <- list(optimizer = "bobyqa", optCtrl = list(maxfun = 1e5, rhobeg = 2e-2, rhoend = 1e-9), tolPwrss = tolerance)
    fit <- or_null(rma.glmm(measure = "PLO", xi = events, ni = n, nAGQ = points, test = test, level = 100 * level,
                            control = list(glmerCtrl = closer)))
    if (!is.null(fit)) return(fit)
  }
  stop("no tolerance at which the model can be fitted")
}

pool <- function(events, n, model) {
  k <- length(n)
  told <- list(k = k, n = sum(n), events = sum(events))
  if (k == 0) return(told)
  if (k == 1) return(c(told, estimate = events / n, ci_low = exact(events, n)[1], ci_high = exact(events, n)[2]))
  glmm <- model$method == "glmm"
  fit <- or_null(if (glmm) fit_glmm(events, n, model$points, model$test) else
    two_step(effects_of(model$measure, events, n), model$tau2, model$test))
  if (is.null(fit)) return(told)
  back <- back_of(if (glmm) "PLO" else model$measure, n)
  q <- if (glmm) fit$QE.LRT else fit$QE
  mean <- c(fit$beta); half <- qt((1 + level) / 2, k - 1) * sqrt(fit$tau2 + fit$se^2)
  told <- c(told, estimate = back(mean), ci_low = back(fit$ci.lb), ci_high = back(fit$ci.ub),
            pi_low = back(mean - half), pi_high = back(mean + half), tau2 = fit$tau2,
            i2 = 100 * max(0, (q - (k - 1)) / q), i2_tau2 = fit$I2, q = q, q_df = k - 1,
            q_p = pchisq(q, k - 1, lower.tail = FALSE), mean = mean, se = fit$se)
  if (!glmm && model$test == "knha") {
    wald <- two_step(effects_of(model$measure, events, n), model$tau2, "z")
    if (fit$ci.ub - fit$ci.lb < wald$ci.ub - wald$ci.lb) {
      adhoc <- two_step(effects_of(model$measure, events, n), model$tau2, "adhoc")
      told <- c(told, adhoc_ci_low = back(adhoc$ci.lb), adhoc_ci_high = back(adhoc$ci.ub))
    }
  }
  told
}

# ---- Each outcome in each group -------------------------------------------------------------------------------------

influences <- function(events, n, model) or_null({
  fit <- two_step(effects_of(model$measure, events, n), model$tau2, model$test)
  moved <- influence(fit)$inf; pdf(NULL); plotted <- baujat(fit); dev.off()
  data.frame(residuals = c(residuals(fit)), rstandard = rstandard(fit)$z, rstudent = moved$rstudent,
             dffits = moved$dffits, cooks_distance = moved$cook.d, covariance_ratio = moved$cov.r,
             tau2_deleted = moved$tau2.del, q_deleted = moved$QE.del, hat = moved$hat, weights = moved$weight,
             dfbetas = influence(fit)$dfbs$intrcpt, baujat_x = plotted$x, baujat_y = plotted$y)
})

specified <- function(events, n, measure, tau2, interval) {
  told <- list(k = length(n))
  if (told$k < 2 || (measure == "glmm" && !interval %in% c("wald", "t"))) return(told)
  c(told, or_null({
    fit <- if (measure == "glmm") fit_glmm(events, n, specifications$points, tests[[interval]]) else
      two_step(effects_of(measures[[measure]], events, n), tau2, tests[[interval]])
    back <- back_of(if (measure == "glmm") "PLO" else measures[[measure]], n)
    list(estimate = back(c(fit$beta)), ci_low = back(fit$ci.lb), ci_high = back(fit$ci.ub), tau2 = fit$tau2)
  }))
}

for (outcome in outcomes) for (group in groups) {
  here <- counts[counts$outcome == outcome & counts$group == group, ]
  for (i in seq_len(nrow(here))) {
    bounds <- exact(here$events[i], here$n[i])
    keep(list(estimate = here$events[i] / here$n[i], ci_low = bounds[1], ci_high = bounds[2]),
         "study", outcome, group, item = here$arm_id[i])
  }
  for (name in names(models)) {
    model <- models[[name]]
    keep(pool(here$events, here$n, model), "pooled", outcome, group, name)
    for (i in seq_len(nrow(here)))
      keep(pool(here$events[-i], here$n[-i], model), "leave_one_out", outcome, group, name, here$arm_id[i])
    if (model$method != "glmm" && nrow(here) > 1) {
      moved <- influences(here$events, here$n, model)
      for (i in seq_len(NROW(moved)))
        keep(as.list(moved[i, ]), "influence", outcome, group, name, here$arm_id[i])
    }
    tried <- variants[variants$outcome == outcome & variants$group == group, ]
    for (i in seq_len(nrow(tried))) {
      other <- here; at <- other$arm_id == tried$arm_id[i]
      other$events[at] <- tried$events[i]; other$n[at] <- tried$n[i]
      keep(pool(other$events, other$n, model), "variant", outcome, group, name, tried$variant_id[i])
    }
  }
  for (rule in names(specifications$rules)) {
    asked <- specifications$rules[[rule]]
    kept <- here[(is.null(asked$kinds) | here$report_kind %in% asked$kinds) & here$n >= asked$minimum, ]
    for (measure in specifications$measures)
      for (tau2 in if (measure == "glmm") "ML" else specifications$tau2)
        for (interval in specifications$intervals)
          keep(specified(kept$events, kept$n, measure, tau2, interval), "specification", outcome, group,
               item = paste(measure, tau2, interval, rule))
  }
}

# ---- Between groups, within trials, and asymmetry -------------------------------------------------------------------

found_so_far <- function() do.call(rbind, found)
pooled <- found_so_far(); pooled <- pooled[pooled$analysis == "pooled", ]
value_of <- function(outcome, group, model, quantity)
  pooled$metafor[pooled$outcome == outcome & pooled$group == group & pooled$model == model & pooled$quantity == quantity]

for (outcome in outcomes) for (name in names(comparisons)) for (model in names(models)) {
  b <- unlist(lapply(comparisons[[name]], function(g) value_of(outcome, g, model, "mean")))
  se <- unlist(lapply(comparisons[[name]], function(g) value_of(outcome, g, model, "se")))
  if (length(b) == 2 && length(se) == 2) {
    apart <- rma(b, sei = se, mods = ~ c(0, 1), method = "FE", level = 100 * level)
    keep(list(estimate = c(apart$beta)[2], se = apart$se[2], ci_low = apart$ci.lb[2], ci_high = apart$ci.ub[2],
              q = apart$QM, q_df = 1, q_p = apart$QMp), "comparison", outcome, model = model, item = name)
  }
}

contrast <- function(fit, back) {
  half <- qt((1 + level) / 2, fit$k - 1) * sqrt(fit$tau2 + fit$se^2)
  list(k = fit$k, estimate = back(c(fit$beta)), ci_low = back(fit$ci.lb), ci_high = back(fit$ci.ub), p = fit$pval,
       df = if (is.na(fit$ddf[1])) NULL else fit$ddf[1], tau2 = fit$tau2, i2 = 100 * max(0, (fit$QE - fit$k + 1) / fit$QE),
       pi_low = back(c(fit$beta) - half), pi_high = back(c(fit$beta) + half))
}
for (outcome in outcomes) for (name in within_trials) {
  t <- trials[trials$outcome == outcome & trials$comparison == name, ]
  for (measure in c(odds_ratio = "OR", risk_difference = "RD")) {
    label <- if (measure == "OR") "odds_ratio" else "risk_difference"
    back <- if (measure == "OR") exp else function(x) pmin(pmax(x, -1), 1)
    effects <- or_null(escalc(measure, ai = t$events1, n1i = t$n1, ci = t$events2, n2i = t$n2, add = 0.5, to = "only0",
                              drop00 = measure == "OR"))
    if (!is.null(effects)) effects <- effects[!is.na(effects$yi), ]
    if (!is.null(effects) && nrow(effects) > 1)
      for (method in c(wald = "z", hartung_knapp = "knha", hartung_knapp_adhoc = "adhoc"))
        keep(or_null(contrast(two_step(effects, "REML", method), back)), "within_trials", outcome,
             model = paste(label, names(tests)[tests == method]), item = name)
    common <- or_null(rma.mh(measure = measure, ai = t$events1, n1i = t$n1, ci = t$events2, n2i = t$n2, add = 0,
                             to = "none", drop00 = FALSE, level = 100 * level))
    if (!is.null(common))
      keep(list(k = common$k, estimate = unname(back(c(common$beta))), ci_low = back(common$ci.lb),
                ci_high = back(common$ci.ub), p = common$pval, i2 = 100 * max(0, (common$QE - common$k + 1) / common$QE)),
           "within_trials", outcome, model = paste(label, "mantel_haenszel"), item = name)
  }
}

for (outcome in outcomes) for (name in names(asymmetry)) {
  asked <- asymmetry[[name]]
  arms <- do.call(rbind, lapply(asked$groups, function(g) counts[counts$outcome == outcome & counts$group == g, ]))
  keep(c(list(k = nrow(arms)), if (nrow(arms) > 2) or_null({
    se <- 1 / sqrt(4 * arms$n + 2)
    test <- if (asked$effect == "raw") regtest(arms$events / arms$n, sei = 2 * se, model = "lm", level = 100 * level) else
      regtest(c(effects_of("PFT", arms$events, arms$n)$yi), sei = se, model = "lm", level = 100 * level)
    slope <- coef(summary(test$fit))[2, ]
    list(bias = slope[[1]], se = slope[[2]], t = test$zval, df = test$ddf, p = test$pval,
         limit = test$est, limit_low = test$ci.lb, limit_high = test$ci.ub)
  })), "asymmetry", outcome, item = name)
}

# ---- Against what the review says -----------------------------------------------------------------------------------

ours <- table_of("results")
names(ours)[names(ours) == "value"] <- "review"
key <- c("analysis", "outcome", "group", "model", "item", "quantity")
for (column in setdiff(key, names(ours))) ours[[column]] <- ""
ours[key][is.na(ours[key])] <- ""
both <- merge(ours, found_so_far(), by = key, all = TRUE, sort = TRUE)
both$difference <- abs(both$metafor - both$review) / pmax(abs(both$review), 1e-3)
both$kind <- ifelse(both$model %in% names(Filter(function(m) m$method == "glmm", models)) | grepl("^glmm ", both$item),
                    "glmm", "closed_form")
write.csv(both, file.path(folder, "metafor_results.csv"), row.names = FALSE, na = "")

met <- both[!is.na(both$difference), ]
one_sided <- both[xor(is.na(both$review), is.na(both$metafor)), ]
not_repeated <- c("bayes", "median")  # by other methods than metafor's
said <- function(part, name) {
  worst <- part[which.max(part$difference), ]
  cat(sprintf("%-14s %5d numbers, largest relative difference %.1e (%s)\n", name, nrow(part), worst$difference,
              paste(Filter(nzchar, unlist(worst[c("outcome", "group", "model", "item", "quantity")])), collapse = ", ")))
}
cat(R.version$version.string, "; metafor ", as.character(packageVersion("metafor")), "\n", sep = "")
for (each in unique(met$analysis)) said(met[met$analysis == each, ], each)
for (each in unique(one_sided$analysis)) {
  part <- one_sided[one_sided$analysis == each, ]
  cat(sprintf("%-14s %5d numbers of one side only%s\n", each, nrow(part),
              if (each %in% not_repeated) ": not repeated here" else
                sprintf(" (metafor's %d, the review's %d)", sum(!is.na(part$metafor)), sum(!is.na(part$review)))))
}
cat("together\n")
for (kind in unique(met$kind)) said(met[met$kind == kind, ], kind)
if (!nrow(met)) cat("nothing was compared: there is no result\n")
apart <- one_sided[!one_sided$analysis %in% not_repeated, ]
if (any(met$difference > largest_allowed[met$kind]) || nrow(apart)) quit(status = 1)
