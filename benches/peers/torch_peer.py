"""Times training steps of SASRec in PyTorch, of the architecture that Dongcha trains.

The bench suite runs this script when a Python with `torch` is on the path and puts the figure
beside its own. It prints one JSON object on one line.

    torch_peer.py FILE --length 50 --batch 128 --factors 64 --negatives 256 --steps 60 --threads 2

FILE has a line `user item` per interaction, each user's in order of time. Histories are cut from
their end into sequences of at most `length + 1` items; shorter ones are padded on the left, as
PyTorch's attention asks. A step is forward, backward and Adam on one batch; the loss is a softmax
over the target and a sample of items that the batch shares.
"""

import argparse
import gzip
import json
import statistics
import time

import torch
from torch import nn


def sequences(path, length):
    """Histories of at most `length + 1` items, from each user's end."""
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path, encoding="utf-8")
    histories = {}
    with opened as lines:
        for line in lines:
            user, item = line.split()[:2]
            histories.setdefault(user, []).append(int(item))
    found = []
    for history in histories.values():
        # The last two are held out, as by the program's own command.
        end = len(history) - 2
        while end >= 2:
            start = max(0, end - length - 1)
            found.append(history[start:end])
            end = start + 1
    return found


class SasRec(nn.Module):
    """Embeddings, causal transformer blocks with normalisation first, a last normalisation."""

    def __init__(self, n_items, factors, length, blocks, heads, dropout):
        super().__init__()
        self.items = nn.Embedding(n_items + 1, factors, padding_idx=0)
        nn.init.normal_(self.items.weight, std=0.02)
        self.positions = nn.Embedding(length, factors)
        self.dropout = nn.Dropout(dropout)
        block = nn.TransformerEncoderLayer(
            factors, heads, factors, dropout, "relu", batch_first=True, norm_first=True
        )
        norm = nn.LayerNorm(factors)
        self.blocks = nn.TransformerEncoder(block, blocks, norm, enable_nested_tensor=False)
        mask = torch.triu(torch.full((length, length), float("-inf")), diagonal=1)
        self.register_buffer("mask", mask)

    def forward(self, batch):
        x = self.items(batch) * self.items.embedding_dim**0.5 + self.positions.weight
        return self.blocks(self.dropout(x), mask=self.mask, is_causal=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--length", type=int, default=50)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--heads", type=int, default=2)
    parser.add_argument("--negatives", type=int, default=256)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    found = sequences(args.file, args.length)
    n_items = max(max(history) for history in found)
    model = SasRec(n_items, args.factors, args.length, args.blocks, args.heads, 0.2)
    adam = torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.98))
    order = torch.randperm(len(found)).tolist()
    seconds = []
    for step in range(args.steps):
        chosen = [found[at] for at in order[step * args.batch : (step + 1) * args.batch]]
        if len(chosen) < args.batch:
            break
        rows = torch.zeros(args.batch, args.length + 1, dtype=torch.long)
        for row, history in enumerate(chosen):
            rows[row, -len(history) :] = torch.tensor(history)
        start = time.perf_counter()
        inputs, targets = rows[:, :-1], rows[:, 1:]
        is_step = (inputs > 0) & (targets > 0)
        queries = model(inputs)[is_step]
        targets = targets[is_step]
        sample = torch.randint(1, n_items + 1, (args.negatives,))
        others = queries @ model.items(sample).T
        others = others.masked_fill(targets[:, None] == sample[None], float("-inf"))
        own = (queries * model.items(targets)).sum(1, keepdim=True)
        scores = torch.cat([own, others], 1)
        loss = nn.functional.cross_entropy(scores, torch.zeros(len(targets), dtype=torch.long))
        adam.zero_grad()
        loss.backward()
        adam.step()
        seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "peer": f"PyTorch {torch.__version__}",
                "step_seconds": statistics.median(seconds[5:]),
                "steps_per_epoch": -(-len(found) // args.batch),
                "loss": float(loss),
            }
        )
    )


if __name__ == "__main__":
    main()
