# fuzz targets of expr
