# fuzz targets of dialect
