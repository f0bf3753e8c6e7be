#!/bin/sh
# Make ./configure from the sources of the build system.
set -e
cd "$(dirname "$0")"
exec autoreconf --install --force
