//! FP-growth: sets of items that at least so many baskets share, without trying candidates.
//!
//! Baskets, their items in order of support, are laid into a tree of common beginnings. The sets
//! that end with item `i` are the frequent sets of the paths above the nodes of `i`, each path as
//! often as its node: `support(X ∪ {i}) = Σ_{nodes v of i, X ⊆ path(v)} count(v)`; so on down.
//!
//! Symbols: `count(v)` baskets through node `v`; `support` in baskets; `m` items of all baskets
//! together, `d` of the longest, `s` frequent sets.
//! Time `O(m log m + s·m)` at worst, far less where beginnings are shared; memory `O(m·l)` for sets
//! of at most `l` items, plus the sets kept.
//! Source: J. Han, J. Pei and Y. Yin (2000), Mining frequent patterns without candidate generation,
//! SIGMOD 29(2), sections 2 and 3.
//! DIFFERENCE: trees are built from sorted paths, where each begins like the one before, so that no
//! node looks for a child. When there are more sets than are wanted, the least support rises until
//! there are not; sets of equal support stay or go together.

use std::collections::BTreeMap;

/// Baskets of different items each, one after another.
#[derive(Debug, Clone, Default)]
pub struct Baskets {
    items: Vec<u32>,
    ends: Vec<usize>,
}

impl Baskets {
    /// Adds a basket; an item named twice counts once.
    pub fn push(&mut self, items: impl IntoIterator<Item = u32>) {
        let start = self.items.len();
        self.items.extend(items);
        self.items[start..].sort_unstable();
        let mut kept = start;
        for i in start..self.items.len() {
            if kept == start || self.items[kept - 1] != self.items[i] {
                self.items[kept] = self.items[i];
                kept += 1;
            }
        }
        self.items.truncate(kept);
        self.ends.push(kept);
    }

    /// Baskets.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Replaces every item; different ones by different ones.
    pub fn renumber(&mut self, number: impl Fn(u32) -> u32) {
        self.items.iter_mut().for_each(|item| *item = number(*item));
    }

    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.items[start..end])
    }
}

/// Sets found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrequentSets {
    /// Items in order and how many baskets have them all; in no order of meaning.
    pub sets: Vec<(Vec<u32>, u64)>,
    /// The support all of them have at least, and no other set of the asked length has.
    pub least: u64,
}

/// All sets of at most `longest` items that at least `least` baskets (1 or more) share; where
/// there are more than `most` sets, those of the smallest higher `least` that leaves no more.
pub fn frequent_sets(baskets: &Baskets, least: u64, longest: usize, most: usize) -> FrequentSets {
    let support = supports(baskets.iter().map(|basket| (basket, 1)));
    let mut order: Vec<u32> = support.keys().copied().collect();
    order.retain(|item| support[item] >= least);
    order.sort_by_key(|item| (std::cmp::Reverse(support[item]), *item));
    let mut rank = vec![None; order.iter().max().map_or(0, |item| *item as usize + 1)];
    for (at, &item) in order.iter().enumerate() {
        rank[item as usize] = u32::try_from(at).ok();
    }
    let ranked = |basket: &[u32]| -> Vec<u32> {
        let known = |item: &u32| rank.get(*item as usize).copied().flatten();
        let mut ranks: Vec<u32> = basket.iter().filter_map(known).collect();
        ranks.sort_unstable();
        ranks
    };
    let paths = baskets.iter().map(|basket| (ranked(basket), 1)).collect();
    let mut found =
        Found { least: least.max(1), most, by_support: BTreeMap::new(), kept: 0, sets: vec![] };
    grow(&Tree::of(paths), &mut Vec::new(), longest, &mut found);
    let FrequentSets { mut sets, least } = found.finish();
    for (set, _) in &mut sets {
        set.iter_mut().for_each(|rank| *rank = order[*rank as usize]);
        set.sort_unstable();
    }
    FrequentSets { sets, least }
}

fn supports<'a>(paths: impl Iterator<Item = (&'a [u32], u64)>) -> BTreeMap<u32, u64> {
    let mut support = BTreeMap::new();
    for (path, count) in paths {
        path.iter().for_each(|item| *support.entry(*item).or_insert(0) += count);
    }
    support
}

/// Records the sets that begin with `suffix`; the frequent items first, so that the least support
/// rises early.
fn grow(tree: &Tree, suffix: &mut Vec<u32>, longest: usize, found: &mut Found) {
    for (&item, nodes) in &tree.nodes_of {
        let support = nodes.iter().map(|&node| tree.nodes[node].count).sum();
        if support < found.least || suffix.len() == longest {
            continue;
        }
        suffix.push(item);
        found.add(suffix, support);
        if suffix.len() < longest {
            grow(&tree.above(nodes, found.least), suffix, longest, found);
        }
        suffix.pop();
    }
}

struct Found {
    least: u64,
    most: usize,
    /// How many of the sets have each support of `least` and above, and in all.
    by_support: BTreeMap<u64, usize>,
    kept: usize,
    sets: Vec<(Vec<u32>, u64)>,
}

impl Found {
    fn add(&mut self, set: &[u32], support: u64) {
        self.sets.push((set.to_vec(), support));
        *self.by_support.entry(support).or_default() += 1;
        self.kept += 1;
        while self.kept > self.most
            && let Some((support, sets)) = self.by_support.pop_first()
        {
            self.least = support + 1;
            self.kept -= sets;
        }
        if self.sets.len() > self.most.saturating_mul(2) {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.sets.retain(|(_, support)| *support >= self.least);
    }

    fn finish(mut self) -> FrequentSets {
        self.forget();
        FrequentSets { sets: self.sets, least: self.least }
    }
}

/// A node: baskets that begin with the items from the root to it.
struct Node {
    item: u32,
    count: u64,
    /// Its parent's number; none below the root.
    parent: Option<usize>,
}

struct Tree {
    nodes: Vec<Node>,
    nodes_of: BTreeMap<u32, Vec<usize>>,
}

impl Tree {
    /// A tree of paths, each so many times.
    fn of(mut paths: Vec<(Vec<u32>, u64)>) -> Self {
        paths.sort_unstable();
        let mut tree = Self { nodes: Vec::new(), nodes_of: BTreeMap::new() };
        // Nodes from the root to the end of the path before.
        let mut open: Vec<usize> = Vec::new();
        for (path, count) in paths {
            let shared =
                open.iter().zip(&path).take_while(|(n, item)| tree.nodes[**n].item == **item);
            open.truncate(shared.count());
            for &item in &path[open.len()..] {
                let node = tree.nodes.len();
                tree.nodes.push(Node { item, count: 0, parent: open.last().copied() });
                tree.nodes_of.entry(item).or_default().push(node);
                open.push(node);
            }
            open.iter().for_each(|&node| tree.nodes[node].count += count);
        }
        tree
    }

    /// The tree of the paths above some nodes, without the items too rare there.
    fn above(&self, nodes: &[usize], least: u64) -> Self {
        let path = |mut node: usize| {
            let mut path = Vec::new();
            while let Some(parent) = self.nodes[node].parent {
                path.push(self.nodes[parent].item);
                node = parent;
            }
            path.reverse();
            path
        };
        let mut paths: Vec<(Vec<u32>, u64)> =
            nodes.iter().map(|&node| (path(node), self.nodes[node].count)).collect();
        let support = supports(paths.iter().map(|(path, count)| (path.as_slice(), *count)));
        paths.iter_mut().for_each(|(path, _)| path.retain(|item| support[item] >= least));
        Self::of(paths)
    }
}
