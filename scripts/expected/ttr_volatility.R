# Writes test/features/expected/ttr.json: generated bars, and their volatility as R's package TTR has it.
#
#     apt-get install r-cran-ttr        # Debian 12: TTR 0.24.3
#     Rscript scripts/expected/ttr_volatility.R
#
# Run it in the root of the repository. The bars are a random walk in cents from an integer generator, so the file is the same on every machine.
# They open away from the close before, some do not move, some jump. N = 1 makes TTR's figures those of one bar, without annualising.
# JSON has no NA: warm-up is null. Volatilities are written with the 17 significant digits that a double has.

suppressPackageStartupMessages(library(TTR))

target <- file.path("test", "features", "expected", "ttr.json")
bars <- 400
windows <- c(20, 60)
estimators <- c("close", "parkinson", "garman.klass", "rogers.satchell", "yang.zhang")

# upper 16 bits of the 32-bit linear congruential generator with the constants of Numerical Recipes; below 2^53, so exact in doubles
state <- 11
draw <- function(below) {
  state <<- (state * 1664525 + 1013904223) %% 2^32
  (state %/% 65536) %% below
}

cents <- matrix(0, bars, 4, dimnames = list(NULL, c("Open", "High", "Low", "Close")))
close <- 10000
for (number in seq_len(bars)) {
  jump <- if (draw(80) == 0) 900 * (draw(2) * 2 - 1) else 0
  first <- close + draw(41) - 20 + jump
  still <- draw(10) == 0
  close <- if (still) first else first + draw(121) - 60
  high <- max(first, close) + if (still) 0 else draw(40)
  low <- min(first, close) - if (still) 0 else draw(40)
  cents[number, ] <- c(first, high, low, close)
}
prices <- cents / 100

as_json <- function(values, format = "%.17g") {
  text <- ifelse(is.na(values), "null", sprintf(format, values))
  paste0("[", paste(text, collapse = ","), "]")
}

columns <- vapply(
  c("open", "high", "low", "close"),
  function(name) sprintf('  "%s": %s', name, as_json(prices[, match(name, tolower(colnames(prices)))], "%.2f")),
  ""
)
expected <- character()
for (n in windows) {
  for (calc in estimators) {
    name <- sprintf("%s_volatility_%d", gsub(".", "_", calc, fixed = TRUE), n)
    expected <- c(expected, sprintf('  "%s": %s', name, as_json(as.numeric(volatility(prices, n = n, calc = calc, N = 1)))))
  }
}

writeLines(
  c(
    "{",
    ' "madeBy": "scripts/expected/ttr_volatility.R",',
    sprintf(' "versions": {"R": "%s", "TTR": "%s"},', getRversion(), packageVersion("TTR")),
    ' "bars": {',
    paste(columns, collapse = ",\n"),
    " },",
    ' "expected": {',
    paste(expected, collapse = ",\n"),
    " }",
    "}"
  ),
  target
)
