#!/usr/bin/env bash
# The built-in model on 2 CPU cores: run it again until every stage is done; pretrain and sft stop after two hours.
set -euo pipefail
out=${1:-build/training/cpu}
for stage in data tokenizer pretrain sft export; do
  autogpt train "$stage" --recipe cpu --out "$out"
done
