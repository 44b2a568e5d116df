# {{ name }}: {{ title }}
#
# Pools the shares in {{ file }} with a binomial-normal model on the logit scale, by maximum likelihood.
# The likelihood is integrated here, so that nothing but R is needed (metafor's rma.glmm does the same with lme4).
# Run it in its own folder: Rscript {{ name }}.R

groups <- read.csv("{{ file }}", encoding = "UTF-8")

# Minus the log likelihood, the random effect integrated out.
deviance <- function(par) {
  mu <- par[1]; tau <- exp(par[2])
  one <- function(events, people)
    integrate(function(z) dbinom(events, people, plogis(mu + tau * z)) * dnorm(z), -8.5, 8.5,
              rel.tol = 1e-10, subdivisions = 2000)$value
  -sum(log(mapply(one, groups$events, groups$people)))
}
start <- c(qlogis((sum(groups$events) + 0.5) / (sum(groups$people) + 1)), 0)
fit <- optim(start, deviance, control = list(reltol = 1e-14, maxit = 5000))
fit <- optim(fit$par, deviance, control = list(reltol = 1e-14, maxit = 5000))

found <- c(estimate = fit$par[1], tau2 = exp(2 * fit$par[2]), proportion = plogis(fit$par[1]))
print(found)
write.csv(data.frame(quantity = names(found), value = sprintf("%.17g", found)), "{{ name }}_from_R.csv",
          row.names = FALSE, quote = FALSE)
