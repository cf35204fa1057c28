#!/usr/bin/env bash
# The built-in model on one data-centre GPU, or several, in two parts:
#   runs/gpu.sh prepare [FOLDER]           data and tokens, on processors alone; needs an index of packages
#   runs/gpu.sh train [FOLDER] [GPUS]      the rest, about ten minutes; needs nothing but the folder
# The second may run on another machine: of FOLDER/data it needs only done.json, report.json, tasks.jsonl and
# DATA_CARD.md. Either part goes on where it was interrupted.
set -euo pipefail
cd "$(dirname "$0")/.."
part=${1:?prepare or train}
out=${2:-build/training/gpu}
processes=${3:-1}
if [ "$part" = prepare ]; then
  # What is measured must not be learnt: the benchmark's packages are fetched to be compared with.
  python -c 'from benchmarks.repair.packages import fetch, load_packages; [fetch(one) for one in load_packages().values()]'
  for stage in data tokenizer; do
    python -m autogpt train "$stage" --recipe gpu --out "$out"
  done
else
  for stage in pretrain sft rank; do
    torchrun --standalone --nproc-per-node "$processes" -m autogpt train "$stage" --recipe gpu --out "$out"
  done
  for stage in improve export; do
    python -m autogpt train "$stage" --recipe gpu --out "$out"
  done
fi
