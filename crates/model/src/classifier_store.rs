//! Saving and loading a classifier, in the form and with the checks of every other model.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::classifier::{AnyClassifier, ClassifierConfig};
use crate::error::ModelError;
use crate::manifest::FORMAT_VERSION;
use crate::store::{MANIFEST, corrupt, named, put, read_arrays, read_manifest};
use crate::tensors::Tensors;

/// What a saved classifier says about itself: the contents of its `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierManifest {
    /// Version of the format.
    pub format_version: u64,
    /// Which model it is and how it was trained.
    pub config: ClassifierConfig,
    /// Names of the columns it reads, in the model's order.
    pub columns: Vec<String>,
    /// When it was trained, milliseconds since 1970 UTC, as the caller said.
    pub trained_at_ms: i64,
    /// File of the arrays, beside the manifest.
    pub tensors_file: String,
    /// SHA-256 of that file, in hexadecimal.
    pub tensors_sha256: String,
}

impl AnyClassifier {
    /// Writes the model into a folder, which is made if need be, over any model saved there.
    ///
    /// # Errors
    /// When the names given are not one per column, or a file cannot be written.
    pub fn save(
        &self,
        folder: &Path,
        columns: &[String],
        trained_at_ms: i64,
    ) -> Result<ClassifierManifest, ModelError> {
        let model = self.classifier().name();
        let refused = |reason: String| ModelError::Input { model, reason };
        let n_columns = self.classifier().n_columns();
        if columns.len() != n_columns {
            let found = columns.len();
            return Err(refused(format!("{found} names were given for {n_columns} columns")));
        }
        let bytes = self.to_tensors().to_bytes().map_err(refused)?;
        let (tensors_file, tensors_sha256) = named(&bytes);
        let manifest = ClassifierManifest {
            format_version: FORMAT_VERSION,
            config: self.config(),
            columns: columns.to_vec(),
            trained_at_ms,
            tensors_file,
            tensors_sha256,
        };
        let text = serde_json::to_vec_pretty(&manifest).map_err(|e| refused(e.to_string()))?;
        put(folder, &manifest.tensors_file, &bytes, &text)?;
        Ok(manifest)
    }

    /// Reads whichever classifier the folder's manifest names.
    ///
    /// # Errors
    /// When a file is missing, damaged, or of a later version.
    pub fn load(folder: &Path) -> Result<(Self, ClassifierManifest), ModelError> {
        let path = folder.join(MANIFEST);
        let manifest: ClassifierManifest = read_manifest(&path, ClassifierConfig::NAMES)?;
        let (tensors_path, bytes) =
            read_arrays(&path, &manifest.tensors_file, &manifest.tensors_sha256)?;
        let model = Tensors::from_bytes(&bytes)
            .and_then(|tensors| manifest.config.clone().restore(&tensors))
            .map_err(|reason| corrupt(&tensors_path, &reason))?;
        if model.classifier().n_columns() != manifest.columns.len() {
            return Err(corrupt(&path, "its columns are not those of the arrays"));
        }
        Ok((model, manifest))
    }
}
