# fuzz targets of sip
