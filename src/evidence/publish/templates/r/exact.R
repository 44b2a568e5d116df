# {{ name }}: {{ title }}
#
# The share of the summed counts in {{ file }} with its exact (Clopper-Pearson) interval.
# Needs nothing but R. Run it in its own folder: Rscript {{ name }}.R

groups <- read.csv("{{ file }}", encoding = "UTF-8")
fit <- binom.test(sum(groups$events), sum(groups$people), conf.level = {{ level }})
print(fit)

found <- c(proportion = unname(fit$estimate), proportion_low = fit$conf.int[1], proportion_high = fit$conf.int[2])
write.csv(data.frame(quantity = names(found), value = sprintf("%.17g", found)), "{{ name }}_from_R.csv",
          row.names = FALSE, quote = FALSE)
