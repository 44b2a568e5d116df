# {{ name }}: {{ title }}
#
# Repeats the primary estimate of the review from the effect sizes ({{ measure }}) in {{ file }}.
# Needs R with the package metafor. Run it in its own folder: Rscript {{ name }}.R

if (!requireNamespace("metafor", quietly = TRUE)) stop('Install metafor first: install.packages("metafor")')
suppressPackageStartupMessages(library(metafor))

effects <- read.csv("{{ file }}", encoding = "UTF-8")

# Random effects; the small threshold lets the iterations run to the end.
fit <- rma(yi, vi, data = effects, slab = study, method = "{{ method }}", test = "{{ test }}",
           level = {{ level|round(6) }}, control = list(threshold = 1e-12, maxiter = 10000))
prediction <- predict(fit)
print(fit, digits = 4)
print(prediction, digits = 4)
if (interactive()) forest(fit, addpred = TRUE)

found <- c(estimate = as.numeric(fit$beta), se = fit$se, ci_low = fit$ci.lb, ci_high = fit$ci.ub, p = fit$pval,
           tau2 = fit$tau2, pi_low = prediction$pi.lb, pi_high = prediction$pi.ub)
write.csv(data.frame(quantity = names(found), value = sprintf("%.17g", found)), "{{ name }}_from_R.csv",
          row.names = FALSE, quote = FALSE)
