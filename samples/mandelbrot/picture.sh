#!/bin/sh
# Computes and draws the set: picture.sh [PICTURE.png [WIDTH]]. ABCC names the compiler.
set -eu
here=$(dirname "$0")
picture=${1:-mandelbrot.png}
width=${2:-1024}
height=$((width * 3 / 4))
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${ABCC:-abcc}" run "$here/mandelbrot.ab" pixel "k=range:0:$((width * height))" \
    -D "WIDTH=$width" -D "HEIGHT=$height" -o "out=$scratch/rounds.npy"
python3 "$here/picture.py" "$scratch/rounds.npy" "$picture" "$width"
echo "$picture: $width x $height"
