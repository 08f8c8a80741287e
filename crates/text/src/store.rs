//! A text classifier as one `safetensors` file, checked when it is read.
//!
//! Arrays, little-endian, for part `v`: `v.keys` (u32, hashes of features), `v.values` (f32),
//! `v.weights` (i16, features × width), `v.steps` (f32, width), `v.offsets` (f32, width); for the
//! blend: `blend.shares`, `blend.offsets` (f32). The header's metadata hold `about`, JSON with the
//! format version, configuration, labels and measures, and `sum`, a check sum over that text and
//! the arrays.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::blend::Blend;
use crate::classifier::{Abstention, TextClassifier, TextClassifierConfig};
use crate::error::TextError;
use crate::measures::Measures;
use crate::ngrams::mix;
use crate::part::Part;
use crate::quantise::{Quantised, quantise};
use crate::regression::{Weights, width_of};
use crate::weighting::Values;

/// The format this version writes and the latest it reads.
pub const FORMAT_VERSION: u64 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct About {
    format_version: u64,
    config: TextClassifierConfig,
    labels: Vec<String>,
    held_out: Measures,
    abstentions: Vec<Abstention>,
}

#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

/// Arrays by name: type, shape, bytes.
type Arrays = Vec<(String, Dtype, Vec<usize>, Vec<u8>)>;

fn floats(name: String, values: &[f32]) -> (String, Dtype, Vec<usize>, Vec<u8>) {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    (name, Dtype::F32, vec![values.len()], bytes)
}

fn sum<'a>(about: &str, arrays: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let bytes = |hash: u64, bytes: &[u8]| {
        let (words, rest) = bytes.as_chunks::<8>();
        let hash = words.iter().fold(hash, |hash, word| mix(hash, u64::from_le_bytes(*word)));
        rest.iter().fold(mix(hash, bytes.len() as u64), |hash, byte| mix(hash, u64::from(*byte)))
    };
    let mut all: Vec<(&str, &[u8])> = arrays.collect();
    all.sort_unstable();
    let hash = all.iter().fold(bytes(1, about.as_bytes()), |hash, (name, array)| {
        bytes(bytes(hash, name.as_bytes()), array)
    });
    format!("{hash:016x}")
}

impl TextClassifier {
    fn arrays(&self) -> Arrays {
        let mut out = Vec::new();
        for (v, part) in self.parts.iter().enumerate() {
            let keys = part.keys.iter().flat_map(|key| key.to_le_bytes()).collect();
            let width = part.weights.width;
            let Quantised { steps, values } = quantise(&part.weights.features, width);
            let weights = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            out.push((format!("{v}.keys"), Dtype::U32, vec![part.keys.len()], keys));
            out.push(floats(format!("{v}.values"), &part.values.idf));
            let shape = vec![part.keys.len(), width];
            out.push((format!("{v}.weights"), Dtype::I16, shape, weights));
            out.push(floats(format!("{v}.steps"), &steps));
            out.push(floats(format!("{v}.offsets"), &part.weights.offsets));
        }
        out.push(floats("blend.shares".to_owned(), &self.blend.shares));
        out.push(floats("blend.offsets".to_owned(), &self.blend.offsets));
        out
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// When they cannot be put together, as a sentence.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let about = About {
            format_version: FORMAT_VERSION,
            config: self.config.clone(),
            labels: self.labels.clone(),
            held_out: self.held_out,
            abstentions: self.abstentions.clone(),
        };
        let about = serde_json::to_string(&about).map_err(|error| error.to_string())?;
        let arrays = self.arrays();
        let check = sum(&about, arrays.iter().map(|a| (a.0.as_str(), a.3.as_slice())));
        let metadata = HashMap::from([("about".to_owned(), about), ("sum".to_owned(), check)]);
        let mut views = Vec::with_capacity(arrays.len());
        for (name, dtype, shape, bytes) in &arrays {
            let view = TensorView::new(*dtype, shape.clone(), bytes);
            views.push((name.as_str(), view.map_err(|error| format!("array {name}: {error}"))?));
        }
        safetensors::serialize(views, Some(metadata)).map_err(|error| error.to_string())
    }

    /// Writes it as a file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TextError> {
        let bytes = self.to_bytes().map_err(|reason| TextError::Input { reason })?;
        let failed = |source| TextError::Io { action: "write", path: path.to_owned(), source };
        let beside = path.with_extension("tmp");
        fs::write(&beside, bytes).map_err(failed)?;
        fs::rename(&beside, path).map_err(failed)
    }

    /// Reads a file that [`Self::save`] wrote.
    ///
    /// # Errors
    /// When it is missing, damaged, or of a later version.
    pub fn load(path: &Path) -> Result<Self, TextError> {
        let failed = |source| TextError::Io { action: "read", path: path.to_owned(), source };
        let bytes = fs::read(path).map_err(failed)?;
        let corrupt = |reason| TextError::Corrupt { path: path.to_owned(), reason };
        let about = about_of(&bytes).map_err(corrupt)?;
        let version: Version =
            serde_json::from_str(&about.0).map_err(|error| corrupt(error.to_string()))?;
        if version.format_version > FORMAT_VERSION {
            let (found, supported) = (version.format_version, FORMAT_VERSION);
            return Err(TextError::NewerFormat { path: path.to_owned(), found, supported });
        }
        restore(&bytes, &about).map_err(corrupt)
    }
}

/// The JSON text and the check sum of a file.
fn about_of(bytes: &[u8]) -> Result<(String, String), String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let map = metadata.metadata().as_ref().ok_or("it has no metadata")?;
    let text = |name: &str| map.get(name).cloned().ok_or(format!("it has no {name}"));
    Ok((text("about")?, text("sum")?))
}

fn restore(bytes: &[u8], (text, check): &(String, String)) -> Result<TextClassifier, String> {
    let arrays = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let all = arrays.tensors();
    if sum(text, all.iter().map(|(name, view)| (name.as_str(), view.data()))) != *check {
        return Err("its check sum is wrong".to_owned());
    }
    let about: About = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let width = width_of(about.labels.len());
    let raw = |name: &str, dtype: Dtype| {
        let view = arrays.tensor(name).map_err(|_| format!("array {name} is missing"))?;
        if view.dtype() != dtype {
            return Err(format!("array {name} is of another type"));
        }
        Ok(view.data().to_vec())
    };
    let floats = |name: &str, length: usize| -> Result<Vec<f32>, String> {
        let bytes = raw(name, Dtype::F32)?;
        let values: Vec<f32> = bytes.as_chunks().0.iter().map(|c| f32::from_le_bytes(*c)).collect();
        let whole = values.len() == length && values.iter().all(|value| value.is_finite());
        if whole { Ok(values) } else { Err(format!("array {name} does not fit")) }
    };
    let mut parts = Vec::with_capacity(about.config.parts.len());
    for (v, config) in about.config.parts.iter().enumerate() {
        let keys = raw(&format!("{v}.keys"), Dtype::U32)?;
        let keys: Vec<u32> = keys.as_chunks().0.iter().map(|c| u32::from_le_bytes(*c)).collect();
        let idf = floats(&format!("{v}.values"), keys.len())?;
        let values = raw(&format!("{v}.weights"), Dtype::I16)?;
        let values: Vec<i16> =
            values.as_chunks().0.iter().map(|c| i16::from_le_bytes(*c)).collect();
        if values.len() != keys.len() * width || !keys.is_sorted() {
            return Err(format!("part {v} does not fit"));
        }
        let steps = floats(&format!("{v}.steps"), width)?;
        let offsets = floats(&format!("{v}.offsets"), width)?;
        let features = Quantised { steps, values }.restored();
        let weights = Weights { width, features, offsets };
        parts.push(Part::new(*config, keys, Values { weighting: config.weighting, idf }, weights));
    }
    let blend = Blend {
        shares: floats("blend.shares", parts.len())?,
        offsets: floats("blend.offsets", width)?,
    };
    Ok(TextClassifier {
        config: about.config,
        labels: about.labels,
        parts,
        blend,
        held_out: about.held_out,
        abstentions: about.abstentions,
    })
}
