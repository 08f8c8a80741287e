//! What every command works with: directory, format, language, threads.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use event::{Bilingual, Language, SiteId, TimeMs};
use lake::{Lake, OpenOptions};
use serve::Shop;

use crate::cli::{Format, Global, SiteArg};
use crate::config::Config;
use crate::trouble::both;

/// Options and configuration, resolved.
pub struct Setting {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// How results are printed.
    pub format: Format,
    /// The language of all text.
    pub language: Language,
    /// The configuration file's content.
    pub config: Config,
}

impl Setting {
    /// Resolves options over the configuration file over defaults.
    pub fn new(global: Global, default_dir: &str) -> Result<Self> {
        let config = Config::read(global.config.as_deref())?;
        let data_dir = global.data_dir.or_else(|| config.data_dir.clone());
        let language = match global.lang.or_else(|| config.lang.clone()) {
            Some(tag) => Language::from_tag(&tag),
            None => language_of_arguments(),
        };
        if let Some(threads) = global.threads.or(config.threads) {
            if threads == 0 {
                return Err(both("--threads must be 1 or more", "--threads 至少为 1"));
            }
            rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
        }
        Ok(Self {
            data_dir: data_dir.unwrap_or_else(|| PathBuf::from(default_dir)),
            format: global.format,
            language,
            config,
        })
    }

    /// The text in the language of the run.
    pub fn tell<'a>(&self, text: &'a Bilingual) -> &'a str {
        text.get(self.language)
    }

    /// One of two texts by the language of the run.
    pub fn say<'a>(&self, en: &'a str, zh: &'a str) -> &'a str {
        match self.language {
            Language::En => en,
            Language::Zh => zh,
        }
    }

    /// Opens the data directory; it must have been made by `init`.
    pub fn lake(&self) -> Result<Lake> {
        if !self.data_dir.exists() {
            let dir = self.data_dir.display();
            return Err(both(
                format!("there is no data directory {dir}; make one with `dongcha init SITE`"),
                format!("没有数据目录 {dir}；请用 `dongcha init 店铺` 创建"),
            ));
        }
        self.create_lake()
    }

    /// Opens the data directory and makes it if need be.
    pub fn create_lake(&self) -> Result<Lake> {
        let mut options = OpenOptions::default();
        if let Some(rows) = self.config.publish_rows {
            options.publish_rows = rows;
        }
        Ok(Lake::open(&self.data_dir, options)?)
    }

    /// The shop that is meant: the named one, or the only one.
    pub fn site(&self, lake: &Lake, arg: &SiteArg) -> Result<SiteId> {
        let sites = lake.sites()?;
        match (&arg.site, sites.as_slice()) {
            (Some(name), _) => {
                let site = SiteId::new(name).ok_or_else(|| bad_site(name))?;
                Ok(lake.site(&site)?.site)
            }
            (None, [only]) => Ok(only.site.clone()),
            (None, []) => Err(both(
                "there is no shop yet; make one with `dongcha init SITE`",
                "还没有店铺；请用 `dongcha init 店铺` 创建",
            )),
            (None, many) => {
                let names: Vec<&str> = many.iter().map(|s| s.site.as_str()).collect();
                let names = names.join(", ");
                Err(both(
                    format!("name the shop with --site: {names}"),
                    format!("请用 --site 指定店铺：{names}"),
                ))
            }
        }
    }

    /// The shop that is meant, opened.
    pub fn shop(&self, lake: &Lake, arg: &SiteArg) -> Result<Shop> {
        Ok(Shop::open(lake, &self.site(lake, arg)?)?)
    }
}

/// A name that cannot be a site's.
pub fn bad_site(name: &str) -> anyhow::Error {
    both(
        format!("`{name}` cannot name a shop: use 1 to 40 lower-case letters, digits and -"),
        format!("`{name}` 不能作为店铺名称：请用 1 至 40 个小写字母、数字和 -"),
    )
}

/// This moment.
pub fn now() -> TimeMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimeMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The language asked for before anything is parsed: `--lang`, `DONGCHA_LANG`, then the locale.
pub fn language_of_arguments() -> Language {
    let mut arguments = std::env::args();
    while let Some(argument) = arguments.next() {
        if argument == "--lang" {
            return Language::from_tag(&arguments.next().unwrap_or_default());
        }
        if let Some(tag) = argument.strip_prefix("--lang=") {
            return Language::from_tag(tag);
        }
    }
    let locale = ["DONGCHA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    Language::from_tag(&locale.unwrap_or_default())
}
