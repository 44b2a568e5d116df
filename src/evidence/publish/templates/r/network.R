# {{ title }}
#
# network_contrasts.csv: each study's treatments against its first one; network_variances.csv: their variances and
# covariances; network_design.csv: a column a treatment; network_treatments.csv: which column is which.
# Needs R with the package metafor. Run it in its own folder: Rscript network.R

if (!requireNamespace("metafor", quietly = TRUE)) stop('Install metafor first: install.packages("metafor")')
suppressPackageStartupMessages(library(metafor))

contrasts <- read.csv("network_contrasts.csv", encoding = "UTF-8")
v <- as.matrix(read.csv("network_variances.csv"))
design <- as.matrix(read.csv("network_design.csv"))
contrasts$row <- factor(ave(seq_len(nrow(contrasts)), contrasts$study, FUN = seq_along))

# One heterogeneity for all comparisons; contrasts of one study share half of it.
fit <- rma.mv(te, v, mods = ~ design - 1, random = ~ row | study, struct = "CS", rho = 0.5, data = contrasts,
              method = "REML", control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-14))
columns <- colnames(design)
treatments <- read.csv("network_treatments.csv", encoding = "UTF-8")
print(data.frame(treatment = treatments$treatment[match(columns, treatments$column)],
                 estimate = round(as.numeric(fit$beta), 4), se = round(fit$se, 4)))

found <- c(tau2 = fit$tau2, setNames(as.numeric(fit$beta), paste0("estimate_", columns)),
           setNames(fit$se, paste0("se_", columns)))
write.csv(data.frame(quantity = names(found), value = sprintf("%.17g", found)), "network_from_R.csv",
          row.names = FALSE, quote = FALSE)
