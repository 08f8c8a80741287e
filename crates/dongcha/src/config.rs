//! `dongcha.toml`: optional, every key with a default, the command line and environment win.
//!
//! ```toml
//! data_dir = "dongcha-data"
//! listen = "127.0.0.1:7800"
//! lang = "zh"
//! threads = 2
//! publish_rows = 100000   # events kept in the log before they move into a Parquet segment
//! ```

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Deserialize;

use crate::trouble::both;

/// The file looked for when none is named.
const FILE: &str = "dongcha.toml";

/// What the configuration file may say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where everything is kept.
    pub data_dir: Option<PathBuf>,
    /// Address and port of the service.
    pub listen: Option<String>,
    /// Language of all text.
    pub lang: Option<String>,
    /// Threads for training and evaluation.
    pub threads: Option<usize>,
    /// Events kept in the log before they move into a segment.
    pub publish_rows: Option<usize>,
}

impl Config {
    /// Reads the named file, or `dongcha.toml` if it is there.
    pub fn read(named: Option<&Path>) -> Result<Self> {
        let path = match named {
            Some(path) => path,
            None if Path::new(FILE).exists() => Path::new(FILE),
            None => return Ok(Self::default()),
        };
        let text = std::fs::read_to_string(path).map_err(|e| wrong(path, &e))?;
        toml::from_str(&text).map_err(|e| wrong(path, &e))
    }
}

fn wrong(path: &Path, reason: &dyn std::error::Error) -> anyhow::Error {
    let path = path.display();
    both(
        format!("cannot use the configuration file {path}: {reason}"),
        format!("无法使用配置文件 {path}：{reason}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_optional_and_unknown_ones_are_refused() {
        assert_eq!(toml::from_str::<Config>("").unwrap(), Config::default());
        assert_eq!(toml::from_str::<Config>("threads = 2").unwrap().threads, Some(2));
        assert!(toml::from_str::<Config>("thread = 2").is_err());
    }
}
