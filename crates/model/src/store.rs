//! Saving and loading: `manifest.json` beside a `safetensors` file.
//!
//! The arrays go to a file named by their checksum; the manifest that names it is put in place
//! last, by one rename, so a crash leaves the model of before or the new one, never a mixture.
//! Reading trusts nothing: version, name, checksum and shapes are checked in this order.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::ModelError;
use crate::manifest::{About, FORMAT_VERSION, Manifest};
use crate::registry::{AnyModel, ModelConfig};
use crate::tensors::Tensors;

pub(crate) const MANIFEST: &str = "manifest.json";

impl AnyModel {
    /// Writes the model into a folder, which is made if need be, over any model saved there.
    ///
    /// # Errors
    /// When the item ids given are not one per item, or a file cannot be written.
    pub fn save(&self, folder: &Path, about: &About) -> Result<Manifest, ModelError> {
        let name = self.config().name();
        let n_items = self.recommender().n_items();
        if let Some(ids) = about.item_ids.as_ref().filter(|ids| ids.len() != n_items) {
            let reason = format!("{} item ids were given for {n_items} items", ids.len());
            return Err(ModelError::Input { model: name, reason });
        }
        let bytes = self
            .to_tensors()
            .to_bytes()
            .map_err(|reason| ModelError::Input { model: name, reason })?;
        let (tensors_file, tensors_sha256) = named(&bytes);
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            config: self.config(),
            n_users: self.n_users(),
            n_items,
            item_ids: about.item_ids.clone(),
            seed: self.seed(),
            trained_at_ms: about.trained_at_ms,
            tensors_file,
            tensors_sha256,
        };
        let text = serde_json::to_vec_pretty(&manifest)
            .map_err(|error| ModelError::Input { model: name, reason: error.to_string() })?;
        put(folder, &manifest.tensors_file, &bytes, &text)?;
        Ok(manifest)
    }

    /// Reads whichever model the folder's manifest names.
    ///
    /// # Errors
    /// When a file is missing, damaged, or of a later version.
    pub fn load(folder: &Path) -> Result<(Self, Manifest), ModelError> {
        let path = folder.join(MANIFEST);
        let manifest: Manifest = read_manifest(&path, ModelConfig::NAMES)?;
        let damaged = |reason: &str| corrupt(&path, reason);
        let (tensors_path, bytes) =
            read_arrays(&path, &manifest.tensors_file, &manifest.tensors_sha256)?;
        let model = Tensors::from_bytes(&bytes)
            .and_then(|tensors| manifest.config.clone().restore(&tensors))
            .map_err(|reason| corrupt(&tensors_path, &reason))?;
        let n_items = model.recommender().n_items();
        if n_items != manifest.n_items || model.n_users() != manifest.n_users {
            return Err(damaged("its numbers of users and items are not those of the arrays"));
        }
        if manifest.item_ids.as_ref().is_some_and(|ids| ids.len() != n_items) {
            return Err(damaged("its item ids are not one per item"));
        }
        Ok((model, manifest))
    }
}

/// The file name and the checksum of arrays.
pub(crate) fn named(bytes: &[u8]) -> (String, String) {
    let sha256 = hex(&Sha256::digest(bytes));
    (format!("model-{}.safetensors", &sha256[..16]), sha256)
}

/// Writes arrays and then the manifest that names them.
pub(crate) fn put(
    folder: &Path,
    tensors_file: &str,
    bytes: &[u8],
    manifest: &[u8],
) -> Result<(), ModelError> {
    fs::create_dir_all(folder).map_err(io("create", folder))?;
    write_whole(&folder.join(tensors_file), bytes)?;
    write_whole(&folder.join(MANIFEST), manifest)?;
    sweep(folder, tensors_file)
}

/// The arrays that a manifest names, with their path, once their checksum holds.
pub(crate) fn read_arrays(
    manifest: &Path,
    tensors_file: &str,
    sha256: &str,
) -> Result<(PathBuf, Vec<u8>), ModelError> {
    if Path::new(tensors_file).file_name() != Some(OsStr::new(tensors_file)) {
        return Err(corrupt(manifest, "tensors_file is not a plain file name"));
    }
    let path = manifest.with_file_name(tensors_file);
    let bytes = fs::read(&path).map_err(io("read", &path))?;
    if hex(&Sha256::digest(&bytes)) != sha256 {
        return Err(corrupt(&path, "its checksum is not the manifest's"));
    }
    Ok((path, bytes))
}

/// A manifest of a version that can be read and of a model that is known.
pub(crate) fn read_manifest<M: DeserializeOwned>(
    path: &Path,
    names: &[&str],
) -> Result<M, ModelError> {
    let text = fs::read(path).map_err(io("read", path))?;
    let value: Value =
        serde_json::from_slice(&text).map_err(|error| corrupt(path, &error.to_string()))?;
    let found = value.get("format_version").and_then(Value::as_u64);
    let found = found.ok_or_else(|| corrupt(path, "format_version is missing"))?;
    if found > FORMAT_VERSION {
        let path = path.to_path_buf();
        return Err(ModelError::NewerFormat { path, found, supported: FORMAT_VERSION });
    }
    let name = value.pointer("/config/model").and_then(Value::as_str).unwrap_or_default();
    if !names.contains(&name) {
        let (path, name) = (path.to_path_buf(), name.to_owned());
        return Err(ModelError::UnknownModel { path, name });
    }
    serde_json::from_value(value).map_err(|error| corrupt(path, &error.to_string()))
}

/// Writes beside the target, syncs, and renames over it.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ModelError> {
    let beside = path.with_extension("partial");
    let mut file = File::create(&beside).map_err(io("create", &beside))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io("write", &beside))?;
    fs::rename(&beside, path).map_err(io("put in place", path))?;
    let folder = path.parent().unwrap_or(path);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io("sync", folder))
}

/// Removes arrays that no manifest names any more.
fn sweep(folder: &Path, keep: &str) -> Result<(), ModelError> {
    for entry in fs::read_dir(folder).map_err(io("list", folder))? {
        let name = entry.map_err(io("list", folder))?.file_name();
        let is_old = name.to_str().is_some_and(|name| {
            name != keep && name.starts_with("model-") && name.ends_with(".safetensors")
        });
        if is_old {
            let path = folder.join(name);
            fs::remove_file(&path).map_err(io("remove", &path))?;
        }
    }
    Ok(())
}

fn io(action: &'static str, path: &Path) -> impl Fn(std::io::Error) -> ModelError {
    let path = path.to_path_buf();
    move |source| ModelError::Io { action, path: path.clone(), source }
}

pub(crate) fn corrupt(path: &Path, reason: &str) -> ModelError {
    ModelError::Corrupt { path: path.to_path_buf(), reason: reason.to_owned() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
