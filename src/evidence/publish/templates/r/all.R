# Runs every script of this folder, each on its own: Rscript all.R

for (name in c({% for name in names %}"{{ name }}"{{ ", " if not loop.last }}{% endfor %})) {
  cat("\n==", name, "\n")
  source(paste0(name, ".R"), local = new.env(), encoding = "UTF-8")
}
