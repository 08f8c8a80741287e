//! Benchmark layouts from tiny files.

use collect::layout::{BenchmarkLayout, Test, read};

use crate::memory_lake::{gzip, write};

#[test]
fn lightgcn_folders_are_read_plain_or_packed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "train.txt", "0 5 1\n1 1\n\n2\n");
    write(folder.path(), "test.txt.gz", gzip(b"0 10\n1 5 9 \n2\n"));
    let set = read(BenchmarkLayout::Lightgcn, folder.path()).unwrap();
    assert_eq!((set.n_users, set.n_items), (3, 4));
    assert_eq!(set.item_ids, ["1", "5", "9", "10"], "by size");
    assert_eq!(set.train, [(0, 1, 1.0), (0, 0, 1.0), (1, 0, 1.0)]);
    assert_eq!(set.test, Test::Items(vec![vec![3], vec![1, 2], vec![]]));
}

#[test]
fn ncf_folders_keep_their_negatives() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "ncf-train.tsv.gz", gzip(b"0\t3\t5\t10\n0\t1\t4\t9\n1\t3\t3\t8\n"));
    write(folder.path(), "ncf.test.rating", "0\t2\t5\t11\n1\t1\t5\t12\n");
    write(folder.path(), "ncf.test.negative", "(0,2)\t7\t1\n(1,1)\t0\t2\n");
    let set = read(BenchmarkLayout::Ncf, folder.path()).unwrap();
    assert_eq!(set.item_ids, ["0", "1", "2", "3", "7"]);
    assert_eq!(set.train, [(0, 3, 5.0), (0, 1, 4.0), (1, 3, 3.0)]);
    assert_eq!(set.times_s, [10, 9, 8]);
    assert_eq!(set.test, Test::Among(vec![(0, 2, vec![4, 1]), (1, 1, vec![0, 2])]));
    write(folder.path(), "ncf.test.negative", "7\t1\n0\t2\n");
    let other = read(BenchmarkLayout::Ncf, folder.path()).unwrap();
    assert_eq!(other.test, set.test, "the head may be left out");
}

#[test]
fn sequences_come_by_pair_or_by_user() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = write(folder.path(), "p.txt", "1 10\n1 9\n2 10\n");
    let lists = write(folder.path(), "l.txt", "1 10 9\n2 10\n");
    let one = read(BenchmarkLayout::Sequences, &pairs).unwrap();
    assert_eq!(one, read(BenchmarkLayout::Sequences, &lists).unwrap());
    assert_eq!(one.train, [(0, 1, 1.0), (0, 0, 1.0), (1, 1, 1.0)], "order is kept");
    assert_eq!(one.test, Test::None);
    let sessions = write(folder.path(), "s.txt", "10 9\n10,b\n");
    let set = read(BenchmarkLayout::Sessions, &sessions).unwrap();
    assert_eq!((set.n_users, set.item_ids.join(" ")), (2, "10 9 b".to_owned()));
}

#[test]
fn ratings_come_in_any_separator_with_or_without_header() {
    let folder = tempfile::tempdir().unwrap();
    for (i, text) in [
        "u,i,r\n1,20,5\n2,3,1.5\n",
        "1::20::5::100\n2::3::1.5::200\n",
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t20\t5\t1\n2\t3\t1.5\t2\n",
        "1 20 5\n2 3 1.5\n",
    ]
    .into_iter()
    .enumerate()
    {
        let path = write(folder.path(), &format!("{i}.dat"), text);
        let set = read(BenchmarkLayout::Ratings, &path).unwrap();
        assert_eq!(set.train, [(0, 1, 5.0), (1, 0, 1.5)], "{text}");
        assert_eq!(set.item_ids, ["3", "20"]);
    }
    let path = write(folder.path(), "pairs.csv", "user,item\na,b\n");
    assert_eq!(read(BenchmarkLayout::Ratings, &path).unwrap().train, [(0, 0, 1.0)]);
}

#[test]
fn what_is_no_layout_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "bad.csv", "1,2,3\n1,2,many\n");
    let error = read(BenchmarkLayout::Ratings, &path).unwrap_err().to_string();
    assert!(error.contains("line 2 has no rating"), "{error}");
    let error = read(BenchmarkLayout::Lightgcn, folder.path()).unwrap_err().to_string();
    assert!(error.contains("train.txt"), "{error}");
    for name in BenchmarkLayout::NAMES {
        assert!(BenchmarkLayout::from_name(name).is_some());
    }
}
