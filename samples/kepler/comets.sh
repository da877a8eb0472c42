#!/bin/sh
# Where the comets stand at a Julian date: comets.sh DATE [OPTION...]. ABCC names the compiler.
# One line a comet, in the order of comets.csv: x y z distance anomaly rounds.
set -eu
here=$(dirname "$0")
date=${1:?usage: comets.sh JULIAN_DATE}
shift
set -- "$@" "date=$date" "orbit.time=$here/comets.csv:perihelion_time"
for name in q e incl node argument; do
    set -- "$@" "orbit.$name=$here/comets.csv:$name"
done
exec "${ABCC:-abcc}" run "$here/kepler.ab" comet "$@"
