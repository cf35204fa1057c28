#!/usr/bin/env bash
# The built-in model on 2 CPU cores: run it again until every stage is done; pretrain, sft and rank stop after two hours.
set -euo pipefail
cd "$(dirname "$0")/.."
# What is measured must not be learnt: the benchmark's packages are fetched to be compared with.
python -c 'from benchmarks.repair.packages import fetch, load_packages; [fetch(one) for one in load_packages().values()]'
out=${1:-build/training/cpu}
for stage in data tokenizer pretrain sft rank improve export; do
  autogpt train "$stage" --recipe cpu --out "$out"
done
