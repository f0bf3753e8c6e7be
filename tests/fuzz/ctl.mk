# fuzz targets of ctl
