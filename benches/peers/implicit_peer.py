"""Times and scores the `implicit` library on the files Dongcha's benches use.

The bench suite runs this script when a Python with `implicit` (0.7) is on the path and puts the
figures beside its own. It needs numpy, scipy and implicit, nothing else, and prints one JSON
object on one line. Every setting is an option, so that both sides can be given equal ones.

    implicit_peer.py als       --layout lightgcn --data FOLDER --factors 64 --iterations 15
    implicit_peer.py knn       --layout ncf      --data FOLDER --similarity cosine --k 100
    implicit_peer.py recommend --layout lightgcn --data FOLDER --n 20

Layouts:
  lightgcn  train.txt and test.txt (or .gz), one line per user: `user item item ...`.
            Full ranking of the catalogue minus the user's train items, mean over the users
            that have test items. Recall@n = hits / |test|. NDCG@n = DCG / ideal DCG, the ideal
            list having min(n, |test|) hits (He et al. 2020, LightGCN).
  ncf       ncf-train.tsv, ncf.test.rating and ncf.test.negative (or .gz), the leave-last-out
            protocol of He et al. 2017: the held-out item is ranked among the given negatives.
            A positive that also stands among its negatives is counted once. HR@n and NDCG@n.
Ties are broken by item id, smaller first. In lightgcn rankings that order is implicit's own
within its top-n and is sorted by (score, id) afterwards.
"""

import os

# implicit parallelises over rows itself; a second pool inside BLAS only slows it down.
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse
import gzip
import json
import resource
import statistics
import sys
import time
import warnings

import implicit
import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import (
    BM25Recommender,
    CosineRecommender,
    ItemItemRecommender,
    TFIDFRecommender,
)
from scipy.sparse import csr_matrix


def open_text(folder, stem):
    """Opens `stem` or `stem.gz` in `folder`."""
    plain = os.path.join(folder, stem)
    if os.path.exists(plain):
        return open(plain, encoding="utf-8")
    return gzip.open(plain + ".gz", "rt", encoding="utf-8")


def read_lightgcn(folder, weighting):
    """Returns the train matrix and {user: set of test items}."""

    def pairs(stem):
        with open_text(folder, stem) as lines:
            for line in lines:
                numbers = np.array(line.split(), dtype=np.int32)
                if len(numbers) > 1:
                    yield numbers[0], numbers[1:]

    rows = list(pairs("train.txt"))
    users = np.repeat([user for user, _ in rows], [len(liked) for _, liked in rows])
    items = np.concatenate([liked for _, liked in rows])
    test = {int(user): set(liked.tolist()) for user, liked in pairs("test.txt")}
    shape = (
        1 + max(int(users.max()), max(test)),
        1 + max(int(items.max()), max(max(liked) for liked in test.values())),
    )
    train = csr_matrix((np.ones(len(users), np.float32), (users, items)), shape=shape)
    train.data[:] = 1.0  # a pair given twice counts once
    return train, test


def read_ncf(folder, weighting):
    """Returns the train matrix and [(user, positive, candidates without repeats)]."""
    with open_text(folder, "ncf-train.tsv") as lines:
        table = np.loadtxt(lines, dtype=np.float32, usecols=(0, 1, 2))
    users, items = table[:, 0].astype(np.int32), table[:, 1].astype(np.int32)
    values = table[:, 2] if weighting == "rating" else np.ones(len(table), np.float32)
    test = []
    with open_text(folder, "ncf.test.rating") as held, open_text(
        folder, "ncf.test.negative"
    ) as given:
        for positive_line, negative_line in zip(held, given, strict=True):
            user, positive = (int(x) for x in positive_line.split()[:2])
            negatives = [int(x) for x in negative_line.rstrip("\n").split("\t")[1:]]
            test.append((user, positive, np.unique([positive, *negatives])))
    shape = (
        1 + max(int(users.max()), max(t[0] for t in test)),
        1 + max(int(items.max()), max(int(t[2][-1]) for t in test)),
    )
    train = csr_matrix((values, (users, items)), shape=shape)
    return train, test


def recommend_all(model, train, n, batch=8192):
    """Top-n for every user, own items left out; returns ids and seconds spent in `implicit`."""
    pages, seconds = [], 0.0
    for start in range(0, train.shape[0], batch):
        users = np.arange(start, min(start + batch, train.shape[0]))
        own = train[users]
        began = time.perf_counter()
        ids, scores = model.recommend(users, own, N=n, filter_already_liked_items=True)
        seconds += time.perf_counter() - began
        order = np.lexsort((ids, -scores), axis=1)
        pages.append(np.take_along_axis(ids, order, axis=1))
    return np.vstack(pages), seconds


def score_lightgcn(model, train, test, n):
    """Recall@n and NDCG@n of implicit's own top-n lists."""
    lists, seconds = recommend_all(model, train, n)
    gains = 1.0 / np.log2(np.arange(2, n + 2))
    recall, ndcg = [], []
    for user, liked in test.items():
        hit = np.fromiter((item in liked for item in lists[user]), bool, n)
        recall.append(hit.sum() / len(liked))
        ndcg.append(gains[hit].sum() / gains[: len(liked)].sum())
    return {
        f"recall@{n}": float(np.mean(recall)),
        f"ndcg@{n}": float(np.mean(ndcg)),
        "test_users": len(test),
        "recommend_seconds": seconds,
    }


def score_ncf(model, train, test, n):
    """HR@n and NDCG@n of the held-out item among its candidates."""
    knn = isinstance(model, ItemItemRecommender)
    hits, ndcg = 0, 0.0
    for user, positive, candidates in test:
        if knn:
            scores = (train[user] @ model.similarity[:, candidates]).toarray()[0]
        else:
            scores = model.item_factors[candidates] @ model.user_factors[user]
        at = int(np.searchsorted(candidates, positive))
        ahead = int((scores > scores[at]).sum() + (scores[:at] == scores[at]).sum())
        if ahead < n:
            hits += 1
            ndcg += 1.0 / np.log2(ahead + 2)
    return {
        f"hr@{n}": hits / len(test),
        f"ndcg@{n}": ndcg / len(test),
        "test_users": len(test),
        "positive_in_negatives": sum(len(t[2]) < 100 for t in test),
    }


def fit_als(train, args):
    """Fits ALS; returns the model and its times (per iteration through `fit_callback`)."""
    model = AlternatingLeastSquares(
        factors=args.factors,
        regularization=args.regularization,
        alpha=args.alpha,
        iterations=args.iterations,
        use_cg=args.solver == "cg",
        num_threads=args.threads,
        random_state=args.seed,
        use_gpu=False,
    )
    each = []
    model.fit_callback = lambda iteration, elapsed, loss: each.append(elapsed)
    began = time.perf_counter()
    model.fit(train, show_progress=False)
    return model, {
        "fit_seconds": time.perf_counter() - began,
        "iteration_seconds": statistics.median(each),
        "iteration_seconds_min": min(each),
        "iteration_seconds_max": max(each),
    }


def fit_knn(train, args):
    """Fits an item-item model; returns it and its time."""
    kinds = {
        "cosine": lambda: CosineRecommender(K=args.k, num_threads=args.threads),
        "tfidf": lambda: TFIDFRecommender(K=args.k, num_threads=args.threads),
        "bm25": lambda: BM25Recommender(
            K=args.k, K1=args.k1, B=args.b, num_threads=args.threads
        ),
    }
    model = kinds[args.similarity]()
    began = time.perf_counter()
    model.fit(train, show_progress=False)
    return model, {"fit_seconds": time.perf_counter() - began}


def options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["als", "knn", "recommend"])
    parser.add_argument("--layout", choices=["lightgcn", "ncf"], required=True)
    parser.add_argument("--data", required=True, help="folder that holds the layout's files")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--n", type=int, help="list length (default 20, ncf 10)")
    parser.add_argument("--weighting", choices=["binary", "rating"], default="binary")
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--iterations", type=int, default=15)
    parser.add_argument("--regularization", type=float, default=0.01)
    parser.add_argument("--alpha", type=float, default=1.0)
    parser.add_argument("--solver", choices=["cg", "cholesky"], default="cg")
    parser.add_argument("--similarity", choices=["cosine", "tfidf", "bm25"], default="cosine")
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("--k1", type=float, default=1.2)
    parser.add_argument("--b", type=float, default=0.75)
    parser.add_argument("--repeat", type=int, default=3, help="runs of `recommend`")
    return parser.parse_args()


def rss_mib_max():
    """Peak resident memory of this process, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)


def main():
    """Runs one command and prints its figures as one line of JSON."""
    args = options()
    warnings.simplefilter("ignore", implicit.utils.ParameterWarning)
    lightgcn = args.layout == "lightgcn"
    n = args.n or (20 if lightgcn else 10)
    train, test = (read_lightgcn if lightgcn else read_ncf)(args.data, args.weighting)
    out = {
        "peer": f"implicit {implicit.__version__}",
        **{key: value for key, value in vars(args).items() if key not in ("data", "n")},
        "n": n,
        "users": train.shape[0],
        "items": train.shape[1],
        "interactions": int(train.nnz),
        "rss_mib_data": rss_mib_max(),
    }
    model, times = (fit_knn if args.command == "knn" else fit_als)(train, args)
    out |= times
    out["rss_mib_fit"] = rss_mib_max()
    if args.command == "recommend":
        seconds = [recommend_all(model, train, n)[1] for _ in range(args.repeat)]
        out |= {
            "recommend_seconds": statistics.median(seconds),
            "recommend_seconds_min": min(seconds),
            "recommend_seconds_max": max(seconds),
        }
    else:
        out |= (score_lightgcn if lightgcn else score_ncf)(model, train, test, n)
    out["rss_mib"] = rss_mib_max()
    print(json.dumps(out))


if __name__ == "__main__":
    main()
