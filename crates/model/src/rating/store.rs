//! Saving and loading a rating model, in the form and with the checks of every other model.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::registry::{AnyRating, RatingConfig};
use crate::error::ModelError;
use crate::manifest::{About, FORMAT_VERSION};
use crate::store::{MANIFEST, corrupt, named, put, read_arrays, read_manifest};
use crate::tensors::Tensors;

/// What a saved rating model says about itself: the contents of its `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatingManifest {
    /// Version of the format.
    pub format_version: u64,
    /// Which model it is and how it was fitted.
    pub config: RatingConfig,
    /// Users it was fitted on.
    pub n_users: usize,
    /// Items in its catalogue.
    pub n_items: usize,
    /// The shop's ids of the items, in the model's order, if the caller gave them.
    pub item_ids: Option<Vec<String>>,
    /// The seed, if chance took part.
    pub seed: Option<u64>,
    /// When it was fitted, milliseconds since 1970 UTC, as the caller said.
    pub trained_at_ms: i64,
    /// File of the arrays, beside the manifest.
    pub tensors_file: String,
    /// SHA-256 of that file, in hexadecimal.
    pub tensors_sha256: String,
}

impl AnyRating {
    /// Writes the model into a folder, which is made if need be, over any model saved there.
    ///
    /// # Errors
    /// When the ids given are not one per item, or a file cannot be written.
    pub fn save(&self, folder: &Path, about: &About) -> Result<RatingManifest, ModelError> {
        let model = self.predictor().name();
        let refused = |reason: String| ModelError::Input { model, reason };
        let n_items = self.predictor().n_items();
        if let Some(ids) = about.item_ids.as_ref().filter(|ids| ids.len() != n_items) {
            return Err(refused(format!("{} ids were given for {n_items} items", ids.len())));
        }
        let bytes = self.to_tensors().to_bytes().map_err(refused)?;
        let (tensors_file, tensors_sha256) = named(&bytes);
        let manifest = RatingManifest {
            format_version: FORMAT_VERSION,
            config: self.config(),
            n_users: self.predictor().n_users(),
            n_items,
            item_ids: about.item_ids.clone(),
            seed: self.seed(),
            trained_at_ms: about.trained_at_ms,
            tensors_file,
            tensors_sha256,
        };
        let text = serde_json::to_vec_pretty(&manifest).map_err(|e| refused(e.to_string()))?;
        put(folder, &manifest.tensors_file, &bytes, &text)?;
        Ok(manifest)
    }

    /// Reads whichever rating model the folder's manifest names.
    ///
    /// # Errors
    /// When a file is missing, damaged, or of a later version.
    pub fn load(folder: &Path) -> Result<(Self, RatingManifest), ModelError> {
        let path = folder.join(MANIFEST);
        let manifest: RatingManifest = read_manifest(&path, RatingConfig::NAMES)?;
        let (tensors_path, bytes) =
            read_arrays(&path, &manifest.tensors_file, &manifest.tensors_sha256)?;
        let model = Tensors::from_bytes(&bytes)
            .and_then(|tensors| manifest.config.clone().restore(&tensors))
            .map_err(|reason| corrupt(&tensors_path, &reason))?;
        let shape = (model.predictor().n_users(), model.predictor().n_items());
        if shape != (manifest.n_users, manifest.n_items) {
            let reason = "its numbers of users and items are not those of the arrays";
            return Err(corrupt(&path, reason));
        }
        if manifest.item_ids.as_ref().is_some_and(|ids| ids.len() != shape.1) {
            return Err(corrupt(&path, "its item ids are not one per item"));
        }
        Ok((model, manifest))
    }
}
