//! What is known of items beside who met them: what they are called, cost, belong to.
//!
//! Items × attributes, such as `category:toys`, `price:24`, `word:red` or `attr.brand:acme`, with a
//! weight each, and where the shop has them one dense vector per item.
//!
//! A category counts at every depth of its path. A price stands in a band of half an octave, `⌊2
//! log₂ price⌋`, and half as much in those beside it, so that near prices are alike. A title is cut
//! into words in small letters; a run of ideographs, which has no spaces, into pairs. An attribute
//! that one item alone has makes no two alike and is left out.

use std::collections::BTreeMap;

use crate::error::FeatureError;
use crate::sparse::Csr;

/// Longest value of a further attribute that is taken for a name, in bytes.
const VALUE_BYTES: usize = 64;
/// Words of a title that are looked at.
const WORDS: usize = 64;

/// Attributes of every item of a catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemAttributes {
    /// What each column means.
    pub names: Vec<String>,
    /// Items × attributes, each weight above 0.
    pub weights: Csr,
    /// Dense vectors of items, if the shop has them: `items × k`, row after row.
    pub embeddings: Option<ItemEmbeddings>,
}

/// One dense vector per item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemEmbeddings {
    /// Length of a vector.
    pub k: usize,
    /// `items × k` numbers; a row of zeros for an item without a vector.
    pub values: Vec<f32>,
}

impl ItemEmbeddings {
    /// The vector of an item; empty beyond the last.
    #[must_use]
    pub fn row(&self, item: usize) -> &[f32] {
        let start = item.saturating_mul(self.k);
        self.values.get(start..start.saturating_add(self.k)).unwrap_or_default()
    }
}

/// What a catalogue says of one item.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ItemFacts {
    /// Its name.
    pub title: Option<String>,
    /// Category path, widest first.
    pub category: Vec<String>,
    /// Price in minor units.
    pub price_minor: Option<i64>,
    /// Further attributes, name and value.
    pub attrs: Vec<(String, String)>,
}

impl ItemAttributes {
    /// The attributes of a catalogue, an item per row.
    ///
    /// # Errors
    /// When there are more items or attributes than the index type holds.
    pub fn of<'a>(
        catalogue: impl IntoIterator<Item = &'a ItemFacts>,
    ) -> Result<Self, FeatureError> {
        let rows: Vec<BTreeMap<String, f32>> = catalogue.into_iter().map(described).collect();
        let mut shared: BTreeMap<&str, u32> = BTreeMap::new();
        for name in rows.iter().flat_map(BTreeMap::keys) {
            *shared.entry(name).or_default() += 1;
        }
        shared.retain(|_, n| *n > 1);
        // Numbered in the order of names, whatever the order of items.
        (0..).zip(shared.values_mut()).for_each(|(number, place)| *place = number);
        let mut triplets = Vec::new();
        for (item, row) in rows.iter().enumerate() {
            let known =
                row.iter().filter_map(|(name, weight)| Some((shared.get(&**name)?, weight)));
            triplets.extend(known.map(|(&column, &weight)| (item as u32, column, weight)));
        }
        let weights = Csr::from_triplets(rows.len(), shared.len(), &triplets)?;
        let names = shared.into_keys().map(str::to_owned).collect();
        Ok(Self { names, weights, embeddings: None })
    }
}

impl ItemAttributes {
    /// The same with a vector of `k` numbers per item, row after row.
    ///
    /// # Errors
    /// When there are not `k` finite numbers for every item.
    pub fn with_embeddings(self, k: usize, values: Vec<f32>) -> Result<Self, FeatureError> {
        let wanted = self.weights.n_rows().saturating_mul(k);
        if let Some(position) = values.iter().position(|value| !value.is_finite()) {
            return Err(FeatureError::NotFinite { position, weight: values[position] });
        }
        if values.len() != wanted {
            let row = values.len() / k.max(1);
            return Err(FeatureError::Malformed { row, reason: "one vector per item is needed" });
        }
        Ok(Self { embeddings: Some(ItemEmbeddings { k, values }), ..self })
    }

    /// Only the attributes and vectors of the items that `is_known` accepts; every item keeps its
    /// row.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn of_items(&self, is_known: &dyn Fn(usize) -> bool) -> Result<Self, FeatureError> {
        let mut kept = Vec::new();
        for item in (0..self.weights.n_rows()).filter(|item| is_known(*item)) {
            let row = self.weights.history(item);
            kept.extend(row.into_iter().map(|(column, weight)| (item as u32, column, weight)));
        }
        let (rows, columns) = (self.weights.n_rows(), self.weights.n_cols());
        let weights = Csr::from_triplets(rows, columns, &kept)?;
        let mut embeddings = self.embeddings.clone();
        if let Some(vectors) = &mut embeddings {
            let rows = vectors.values.chunks_exact_mut(vectors.k.max(1)).enumerate();
            rows.filter(|(item, _)| !is_known(*item)).for_each(|(_, row)| row.fill(0.0));
        }
        Ok(Self { names: self.names.clone(), weights, embeddings })
    }
}

/// The attributes of one item.
fn described(facts: &ItemFacts) -> BTreeMap<String, f32> {
    let mut all = BTreeMap::new();
    let mut path = String::from("category:");
    for (depth, part) in facts.category.iter().enumerate() {
        if depth > 0 {
            path.push('/');
        }
        path += &part.trim().to_lowercase();
        all.insert(path.clone(), 1.0);
    }
    if let Some(price) = facts.price_minor.filter(|price| *price > 0) {
        let band = (2.0 * (price as f64).log2()).floor() as i64;
        for (beside, weight) in [(-1, 0.5), (0, 1.0), (1, 0.5)] {
            all.insert(format!("price:{}", band + beside), weight);
        }
    }
    for word in words(facts.title.as_deref().unwrap_or_default()) {
        *all.entry(format!("word:{word}")).or_default() += 1.0;
    }
    for (name, value) in &facts.attrs {
        let value = value.trim().to_lowercase();
        if !value.is_empty() && value.len() <= VALUE_BYTES {
            all.insert(format!("attr.{name}:{value}"), 1.0);
        }
    }
    all
}

/// The words of a text in small letters; pairs of ideographs.
fn words(text: &str) -> Vec<String> {
    let is_ideograph = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
    let mut words = Vec::new();
    let text = text.to_lowercase();
    for part in text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let letters: Vec<char> = part.chars().collect();
        for run in letters.chunk_by(|a, b| is_ideograph(*a) == is_ideograph(*b)) {
            if is_ideograph(run[0]) && run.len() > 1 {
                words.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
            } else if is_ideograph(run[0]) || run.len() > 1 {
                words.push(run.iter().collect());
            }
        }
    }
    words.truncate(WORDS);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(title: &str, category: &[&str], price_minor: i64) -> ItemFacts {
        ItemFacts {
            title: Some(title.to_owned()),
            category: category.iter().map(ToString::to_string).collect(),
            price_minor: Some(price_minor),
            attrs: vec![("brand".to_owned(), "Acme".to_owned())],
        }
    }

    #[test]
    fn words_are_cut_at_what_is_no_letter_and_ideographs_paired() {
        assert_eq!(words("RED  Tea-pot, a 12\""), ["red", "tea", "pot", "12"]);
        assert_eq!(words("红色茶壶XL 杯"), ["红色", "色茶", "茶壶", "xl", "杯"]);
        assert!(words(" ,; ").is_empty());
    }

    #[test]
    fn what_two_items_share_describes_them() {
        let catalogue = [
            facts("Red teapot", &["Home", "Tea"], 1_000),
            facts("red cup", &["Home", "Cups"], 1_100),
            ItemFacts::default(),
            facts("blue lamp", &["Light"], 90_000),
        ];
        let found = ItemAttributes::of(&catalogue).unwrap();
        assert_eq!(
            found.names,
            ["attr.brand:acme", "category:home", "price:19", "price:20", "word:red"]
        );
        let of = |item: usize| found.weights.history(item);
        // 2 log2 of 1000 is 19.93, of 1100 20.21.
        assert_eq!(of(0), [(0, 1.0), (1, 1.0), (2, 1.0), (3, 0.5), (4, 1.0)]);
        assert!(of(2).is_empty() && of(3) == [(0, 1.0)]);
        let with = found.clone().with_embeddings(2, vec![1.0; 8]).unwrap();
        let known = with.of_items(&|item| item != 1).unwrap();
        let vectors = known.embeddings.unwrap();
        assert_eq!((vectors.row(0), vectors.row(1)), (&[1.0, 1.0][..], &[0.0, 0.0][..]));
        assert!(vectors.row(4).is_empty() && known.weights.history(1).is_empty());
        assert!(found.clone().with_embeddings(2, vec![1.0; 7]).is_err());
        assert!(found.with_embeddings(2, vec![f32::NAN; 8]).is_err());
        let nothing = ItemAttributes::of([]).unwrap();
        assert!(nothing.names.is_empty() && nothing.weights.n_rows() == 0);
    }
}
