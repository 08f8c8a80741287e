//! Writes the table of the files in `web/dist`, so that the crate can embed them.
//! Without that folder the table is empty and the crate serves its fallback page.

use std::fs;
use std::io;
use std::path::Path;

/// The committed build, as seen from this crate.
const DIST: &str = "../../web/dist";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DIST}");
    let mut names = Vec::new();
    collect_files(Path::new(DIST), "", &mut names)?;
    names.sort();

    let mut table = String::from("&[\n");
    for name in &names {
        let file = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{DIST}/{name}\")");
        table.push_str(&format!("    ({name:?}, include_bytes!({file})),\n"));
    }
    table.push_str("]\n");

    let out = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(Path::new(&out).join("assets.rs"), table)
}

/// Adds the paths of all files below `folder`, with `/` between parts on every system.
fn collect_files(folder: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect_files(&entry.path(), &format!("{name}/"), names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}
