#!/usr/bin/env Rscript
# metafor's answers in the layout of ../shared/reference/tables, for agreement.py: Rscript agreement.R oracle.R tables.json > answers.json
#
# tables.json holds an object of tables by name, each with its type and data (columns as in oracle.R, with a moderator x and a
# group); "metadat:1/2" in its place stands for the first half of the usable tables of that package: those with the
# columns of a type under their usual names, of 2 to 200 complete rows. Every measure is answered with every estimator of tau2
# and every interval, with diagnostics for DL and REML; those that leave each study out only where there are 60 or fewer.
ORACLE_NO_MAIN <- TRUE
asked <- commandArgs(TRUE)
source(asked[1])

measures <- list(prop = PROP, bin = c("OR", "RR", "RD", "AS"), cont = c("MD", "SMD", "ROM"), cor = "ZCOR", gen = "GEN")
columns <- list(prop = c("events", "n"), bin = c("ai", "n1i", "ci", "n2i"), cont = c("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
                cor = c("ri", "ni"), gen = c("yi", "vi"))

make_es_of_oracle <- make_es
make_es <- function(d, type, measure, ...) {   # oracle.R hands on a correction, which the arcsine difference does not take
  if (measure != "AS") return(make_es_of_oracle(d, type, measure, ...))
  es <- escalc("AS", ai = d$ai, ci = d$ci, n1i = d$n1i, n2i = d$n2i)
  list(yi = as.numeric(es$yi), vi = as.numeric(es$vi), ni = d$n1i + d$n2i)
}

usable <- function() {
  found <- list()
  for (name in data(package = "metadat")$results[, "Item"]) {
    d <- get(data(list = name, package = "metadat", envir = environment()))
    if (!is.data.frame(d)) next
    names(d)[names(d) == "xi"] <- "events"
    if (!"n" %in% names(d) && "events" %in% names(d)) names(d)[names(d) == "ni"] <- "n"
    if (all(c("ai", "bi", "ci", "di") %in% names(d)) && !"n1i" %in% names(d)) { d$n1i <- d$ai + d$bi; d$n2i <- d$ci + d$di }
    if (all(c("tpos", "tneg", "cpos", "cneg") %in% names(d))) { d$ai <- d$tpos; d$n1i <- d$tpos + d$tneg; d$ci <- d$cpos; d$n2i <- d$cpos + d$cneg }
    for (type in names(columns)) {
      if (!all(columns[[type]] %in% names(d)) || !all(sapply(d[columns[[type]]], is.numeric))) next
      t <- d[complete.cases(d[columns[[type]]]), columns[[type]]]
      if (type == "gen") t <- t[t$vi > 0, ]
      if (type == "cor") t <- t[t$ni > 3, ]
      if (nrow(t) < 2 || nrow(t) > 200) next
      t$x <- (seq_len(nrow(t)) * 37) %% 101 / 10
      t$group <- rep(c("a", "b"), length.out = nrow(t))
      found[[paste(name, type, sep = ".")]] <- list(type = type, data = as.list(t))
    }
  }
  found
}

answer <- function(table) {
  d <- as.data.frame(table$data); d$study <- as.character(seq_len(nrow(d))); type <- table$type
  diag <- if (nrow(d) > 60) c("het", "bias") else "all"
  report <- function(m, method, all) full_report(d, type, m, method, "z", all = all, diag = diag, mods = "~ x", subgroup = "group")
  results <- sapply(measures[[type]], function(m) {
    reml <- report(m, "REML", TRUE); dl <- report(m, "DL", FALSE); grid <- reml$grid; reml$grid <- NULL
    list(effects = reml$effects, grid = grid, detail_DL = dl, detail_REML = reml)
  }, simplify = FALSE)
  list(type = tx(type), data = table$data, results = results, mh_peto = if (type == "bin") mh_json(d), glmm = if (type == "prop") glmm_json(d, type))
}

tables <- if (startsWith(asked[2], "metadat:")) {
  part <- as.integer(strsplit(sub("metadat:", "", asked[2]), "/")[[1]]); all <- usable()
  all[seq_along(all) %% part[2] == part[1] %% part[2]]
} else fromJSON(asked[2], simplifyDataFrame = FALSE)
cat(js(lapply(tables, answer)), "\n")
