# Read elasticities.json and its joint draws: Rscript read_elasticities.R elasticities.json
# (jsonlite, digest and ncdf4 for the netCDF copy, which a file may lack; with arrow instead,
# draws <- arrow::read_parquet(file.path(folder, document$draws$file)))
path <- commandArgs(trailingOnly = TRUE)[1]
document <- jsonlite::fromJSON(path, simplifyVector = FALSE)
if (is.null(document$draws$netcdf)) stop("no netCDF copy of the draws is named: read the parquet file with arrow, as above")
file <- file.path(dirname(path), document$draws$netcdf$file)
if (digest::digest(file = file, algo = "sha256") != document$draws$netcdf$sha256) stop("not the draws that are named")
nc <- ncdf4::nc_open(file)
draws <- t(ncdf4::ncvar_get(nc, "draws"))  # a row is one joint draw: never sort or resample a column on its own
colnames(draws) <- as.vector(ncdf4::ncvar_get(nc, "column"))
stopifnot(identical(colnames(draws), unlist(document$draws$columns)), nrow(draws) == document$draws$n)
moved <- 0
for (p in document$parameters) {
  q <- quantile(draws[, p$id], c(.05, .5, .95))
  cat(sprintf("%s: %.6f [%.6f; %.6f] %s per %s, grade %s\n", p$id, q[2], q[1], q[3], p$unit_to, p$unit_from, p$grade))
  moved <- moved + draws[, p$id] * 0.1 * p$domain$max_abs_change
}
cat(sprintf("together: %.6f, sd %.6f\n", median(moved), sd(moved)))
