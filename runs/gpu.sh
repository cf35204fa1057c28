#!/usr/bin/env bash
# The built-in model on one data-centre GPU, or several: stages of 20 minutes at most, continued by the same command.
# The data is made on the machine that trains; all it needs is an index of packages.
set -euo pipefail
cd "$(dirname "$0")/.."
# What is measured must not be learnt: the benchmark's packages are fetched to be compared with.
python -c 'from benchmarks.repair.packages import fetch, load_packages; [fetch(one) for one in load_packages().values()]'
out=${1:-build/training/gpu}
processes=${2:-1}
for stage in data tokenizer; do
  autogpt train "$stage" --recipe gpu --out "$out"
done
for stage in pretrain sft rank; do
  torchrun --standalone --nproc-per-node "$processes" -m autogpt train "$stage" --recipe gpu --out "$out"
done
for stage in improve export; do
  autogpt train "$stage" --recipe gpu --out "$out"
done
