"""Times and scores `fastText` on the labelled texts that Dongcha's benches use.

Needs fasttext and numpy. Prints one JSON object on one line. Texts of training are shuffled with a
seed; settings are the best of a small grid on a tenth of the training part that is held back, then
a model is fitted to all of it. Chinese texts are cut into characters.

    fasttext_peer.py --file train.csv --text text --label category [--test test.csv]
    fasttext_peer.py --file custrev.all --layout lines
"""

import argparse
import csv
import gzip
import json
import os
import random
import re
import resource
import tempfile
import time

import fasttext
import numpy as np

if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
    # fastText 0.9.2 asks for an array without a copy in a way that numpy 2 refuses.
    whole = np.array
    np.array = lambda *a, **k: np.asarray(*a) if k.pop("copy", True) is False else whole(*a, **k)

GRID = [
    {"lr": lr, "epoch": epoch, "wordNgrams": words, "minn": minn, "maxn": maxn}
    for lr in (0.25, 0.5)
    for epoch in (10, 25)
    for words, minn, maxn in ((2, 0, 0), (2, 2, 5))
]


def read(path, args):
    """Rows of (text, label)."""
    if args.layout == "lines":
        with open(path, "rb") as lines:
            text = [line.decode("utf-8", "replace").rstrip("\r\n") for line in lines]
        return [tuple(reversed(line.split(" ", 1))) for line in text if line.strip()]
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as lines:
        tabs = path.endswith(".tsv")
        quoting = csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
        rows = csv.DictReader(lines, delimiter="\t" if tabs else ",", quoting=quoting)
        return [(row[args.text], row[args.label]) for row in rows]


def split(args):
    """The two parts: as given, or every fifth row after equal rows were dropped."""
    rows = read(args.file, args)
    if args.test:
        return rows, read(args.test, args)
    rows = list(dict.fromkeys(rows))
    return [r for i, r in enumerate(rows) if i % 5], rows[::5]


def words(text):
    """Words and signs in small letters; each Han character is a word."""
    text = re.sub(r"([^\w\s'])", r" \1 ", text.lower())
    return " ".join(re.sub(r"([\u3400-\u9fff])", r" \1 ", text).split())


def fit(rows, settings, threads, seed):
    """A model and the seconds of its training."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False, encoding="utf-8") as out:
        for text, label in rows:
            out.write(f"__label__{label} {words(text)}\n")
    began = time.perf_counter()
    model = fasttext.train_supervised(
        out.name, thread=threads, seed=seed, verbose=0, bucket=200_000, **settings
    )
    seconds = time.perf_counter() - began
    os.unlink(out.name)
    return model, seconds


def predict(model, rows):
    """Labels, probabilities of the label chosen, seconds."""
    texts = [words(text) for text, _ in rows]
    began = time.perf_counter()
    labels, p = model.predict(texts, k=1)
    seconds = time.perf_counter() - began
    # An empty text gets no label.
    label = [one[0][len("__label__"):] if len(one) else "" for one in labels]
    return label, np.array([min(1.0, one[0]) if len(one) else 0.0 for one in p]), seconds


def macro_f1(said, truth):
    """Mean of the labels' F1."""
    scores = []
    for label in set(truth):
        hit = sum(s == label and t == label for s, t in zip(said, truth))
        given = sum(s == label for s in said) + sum(t == label for t in truth)
        scores.append(2 * hit / given)
    return float(np.mean(scores))


def main():
    """Chooses settings on a part of the training rows, fits, scores and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", required=True)
    parser.add_argument("--test")
    parser.add_argument("--layout", choices=["table", "lines"], default="table")
    parser.add_argument("--text")
    parser.add_argument("--label")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    train, test = split(args)
    random.Random(args.seed).shuffle(train)
    cut = len(train) // 10

    def held_accuracy(settings):
        model, _ = fit(train[cut:], settings, args.threads, args.seed)
        said, _, _ = predict(model, train[:cut])
        return np.mean([s == t for s, (_, t) in zip(said, train[:cut])])

    settings = max(GRID, key=held_accuracy)
    model, fit_seconds = fit(train, settings, args.threads, args.seed)
    said, sure, predict_seconds = predict(model, test)
    truth = [label for _, label in test]
    hit = np.array([s == t for s, t in zip(said, truth)], float)
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [abs((hit - sure)[bins == b].sum()) for b in range(10)]
    print(
        json.dumps(
            {
                "peer": f"fastText 0.9.2, best of a grid of {len(GRID)}: {settings}",
                "accuracy": float(hit.mean()),
                "macro_f1": macro_f1(said, truth),
                "ece": float(sum(gaps) / len(test)),
                "fit_seconds": fit_seconds,
                "texts_per_second": len(test) / predict_seconds,
                "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
