# {{ name }}: {{ title }}
#
# Pools the shares in {{ file }} with a Bayesian binomial-normal model on the logit scale: mu ~ normal(0, {{ mu_sd }}),
# tau ~ half-normal({{ tau_scale }}). Integrated on a grid in nothing but R.
# Run it in its own folder: Rscript {{ name }}.R

groups <- read.csv("{{ file }}", encoding = "UTF-8")

mu <- seq(-15, 15, by = 0.1)
tau <- seq(0, {{ 5 * tau_scale }}, by = 0.1)  # the posterior is even in tau: half the weight stands at 0
z <- seq(-7, 7, by = 0.02)
weight <- dnorm(z) * 0.02

# The log likelihood of all groups at every mu for one tau.
likelihood <- function(t) {
  logit <- outer(mu, t * z, "+")
  one <- function(events, people) {
    terms <- dbinom(events, people, plogis(logit), log = TRUE)
    top <- apply(terms, 1, max)
    top + log(as.vector(exp(terms - top) %*% weight))
  }
  rowSums(mapply(one, groups$events, groups$people))
}
log_posterior <- sapply(tau, function(t) likelihood(t) + dnorm(t, 0, {{ tau_scale }}, log = TRUE)) +
  dnorm(mu, 0, {{ mu_sd }}, log = TRUE)
posterior <- exp(log_posterior - max(log_posterior)) %*% ifelse(tau == 0, 0.5, 1)

# The density between the points of the grid is a spline; its integral gives the quantiles.
density <- splinefun(mu, as.vector(posterior))
fine <- seq(min(mu), max(mu), by = 0.001)
cumulative <- cumsum(pmax(density(fine), 0))
cumulative <- cumulative / cumulative[length(cumulative)]
inside <- cumulative > 1e-6 & cumulative < 1 - 1e-6
quantiles <- approx(cumulative[inside], fine[inside] + 0.0005, c({{ (1 - level) / 2 }}, 0.5, {{ (1 + level) / 2 }}))$y

found <- setNames(plogis(quantiles), c("proportion_low", "proportion", "proportion_high"))
print(found)
write.csv(data.frame(quantity = names(found), value = sprintf("%.17g", found)), "{{ name }}_from_R.csv",
          row.names = FALSE, quote = FALSE)
