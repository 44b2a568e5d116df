# {{ name }}: {{ title }}
#
# Repeats the estimate from the effect sizes ({{ measure }}) in {{ file }}.
# Needs R with the package metafor. Run it in its own folder: Rscript {{ name }}.R

if (!requireNamespace("metafor", quietly = TRUE)) stop('Install metafor first: install.packages("metafor")')
suppressPackageStartupMessages(library(metafor))

effects <- read.csv("{{ file }}", encoding = "UTF-8")

# The small threshold and tolerance let the iterations run to the end.
fit <- rma(yi, vi, data = effects, slab = study, method = "{{ method }}", test = "{{ test }}",
           level = {{ level|round(6) }}, control = list(threshold = 1e-12, tol = 1e-12, maxiter = 10000))
print(fit, digits = 4)
{% if degrees %}
# The prediction interval: t with {{ degrees }} degrees of freedom, and Wald's standard error whatever the test.
error <- sqrt(1 / sum(1 / (effects$vi + fit$tau2)) + fit$tau2)
half <- qt({{ (0.5 + level / 200)|round(8) }}, {{ degrees }}) * error
prediction <- list(pi.lb = as.numeric(fit$beta) - half, pi.ub = as.numeric(fit$beta) + half)
print(round(unlist(prediction), 4))
{% else %}
prediction <- predict(fit)
print(prediction, digits = 4)
{% endif %}
if (interactive()) forest(fit, addpred = TRUE)

found <- c(estimate = as.numeric(fit$beta), se = fit$se, ci_low = fit$ci.lb, ci_high = fit$ci.ub, p = fit$pval,
           tau2 = fit$tau2, pi_low = prediction$pi.lb, pi_high = prediction$pi.ub)
write.csv(data.frame(quantity = names(found), value = sprintf("%.17g", found)), "{{ name }}_from_R.csv",
          row.names = FALSE, quote = FALSE)
