#!/bin/sh
# Makes ./configure. Needed once after a checkout, and never by hand when contrib/run or contrib/check is used.
set -e
cd "$(dirname "$0")"
mkdir -p build-aux
exec autoreconf --install --force --warnings=all,no-obsolete
