# The same tasks in R: Rscript tasks.R FOLDER-WITH-CSV; prints task, seconds a call, number, megabytes.
suppressPackageStartupMessages(library(metafor))

calls <- list(
  intervals_13 = function(d) { r <- rma(yi, vi, data = d, test = "knha"); confint(r); predict(r); r$ci.lb },
  dl_13 = function(d) rma(yi, vi, data = d, method = "DL")$tau2,
  reml_13 = function(d) rma(yi, vi, data = d)$tau2,
  reml_100 = function(d) rma(yi, vi, data = d)$tau2,
  reml_1000 = function(d) rma(yi, vi, data = d)$tau2,
  reml_3000 = function(d) rma(yi, vi, data = d)$tau2,
  leave_one_out_13 = function(d) leave1out(rma(yi, vi, data = d))$estimate[1],
  subsets_1000 = function(d) { gosh(rma(yi, vi, data = d), subsets = 1000, progbar = FALSE); NaN },
  permutations_1000 = function(d) { permutest(rma(yi, vi, data = d), iter = 1000, progbar = FALSE); NaN },
  trim_and_fill_13 = function(d) trimfill(rma(yi, vi, data = d))$k0,
  metareg_13 = function(d) rma(yi, vi, mods = ~ x1, data = d)$beta[2],
  mantel_haenszel_18 = function(d) c(rma.mh(ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d)$beta),
  three_levels_56 = function(d) {
    d$inner <- seq_len(nrow(d))
    c(rma.mv(yi, vi, random = ~ 1 | outer / inner, data = d)$beta)
  },
  smd_1000 = function(d) {
    escalc("SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = d)$yi[1]
  }
)

folder <- commandArgs(trailingOnly = TRUE)[1]
for (name in names(calls)) {
  file <- file.path(folder, paste0(name, ".csv"))
  if (!file.exists(file)) next
  data <- read.csv(file)
  before <- sum(gc(reset = TRUE)[, 6])
  first <- system.time(number <- as.numeric(calls[[name]](data)), gcFirst = FALSE)[["elapsed"]]
  megabytes <- sum(gc()[, 6]) - before
  seconds <- if (first > 2) first else numeric(0) # once is enough for what takes long
  while (first <= 2) {
    once <- system.time(calls[[name]](data), gcFirst = FALSE)[["elapsed"]]
    times <- max(1, ceiling(0.05 / max(once, 1e-4)))
    all <- system.time(for (i in seq_len(times)) calls[[name]](data), gcFirst = FALSE)[["elapsed"]]
    seconds <- c(seconds, all / times)
    if (length(seconds) >= 7 || (length(seconds) >= 3 && sum(seconds) > 5)) break
  }
  cat(sprintf("%s,%.9f,%.15g,%.0f\n", name, median(seconds), number, megabytes))
}
cat(sprintf("version,%s,,\n", packageVersion("metafor")))
