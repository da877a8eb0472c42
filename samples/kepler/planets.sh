#!/bin/sh
# Where the planets stand at a Julian date: planets.sh DATE [OPTION...]. ABCC names the compiler.
# One line a planet, in the order of planets.csv: x y z distance anomaly rounds.
set -eu
here=$(dirname "$0")
date=${1:?usage: planets.sh JULIAN_DATE}
shift
set -- "$@" "date=$date"
for name in a e incl mean_longitude perihelion node; do
    set -- "$@" "start.$name=$here/planets.csv:$name" "rate.$name=$here/planets.csv:${name}_rate"
done
exec "${ABCC:-abcc}" run "$here/kepler.ab" planet "$@"
