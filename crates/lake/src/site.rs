//! Sites: the shops whose events the lake holds.

use event::{Bilingual, Currency, SiteId};
use rusqlite::{OptionalExtension, Row, params};

use crate::core::Core;
use crate::error::LakeError;

/// One shop and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteConfig {
    /// Its id, which names its folder.
    pub site: SiteId,
    /// Its name.
    pub name: Bilingual,
    /// The currency it reports in.
    pub currency: Currency,
    /// Its time zone, an IANA name.
    pub time_zone: String,
    /// Its country: ISO 3166 code.
    pub country: Option<String>,
}

const COLUMNS: &str = "id, name_en, name_zh, currency, time_zone, country";

fn read(row: &Row<'_>) -> rusqlite::Result<Option<SiteConfig>> {
    let (site, currency): (String, String) = (row.get(0)?, row.get(3)?);
    let (Some(site), Some(currency)) = (SiteId::new(&site), Currency::new(&currency)) else {
        return Ok(None);
    };
    let name = Bilingual::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?);
    let (time_zone, country) = (row.get(4)?, row.get(5)?);
    Ok(Some(SiteConfig { site, name, currency, time_zone, country }))
}

impl Core {
    /// Stores a new site; the same settings again are no error.
    pub(crate) fn create_site(&self, config: SiteConfig) -> Result<(), LakeError> {
        let site = config.site.clone();
        let no: i64 = self.writer.transact(1, move |session| {
            let sql = format!("SELECT {COLUMNS}, no FROM site WHERE id = ?1");
            let stored = session
                .conn
                .query_row(&sql, [config.site.as_str()], |row| Ok((read(row)?, row.get(6)?)))
                .optional()?;
            match stored {
                Some((Some(stored), no)) if stored == config => return Ok(no),
                Some(_) => return Err(LakeError::SiteExists(config.site.to_string())),
                None => {}
            }
            session.conn.execute(
                "INSERT INTO site (id, name_en, name_zh, currency, time_zone, country)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    config.site.as_str(),
                    config.name.en,
                    config.name.zh,
                    config.currency.as_str(),
                    config.time_zone,
                    config.country
                ],
            )?;
            Ok(session.conn.last_insert_rowid())
        })?;
        self.add_site(site, no);
        Ok(())
    }

    /// Every site, by id.
    pub(crate) fn sites(&self) -> Result<Vec<SiteConfig>, LakeError> {
        let sql = format!("SELECT {COLUMNS} FROM site ORDER BY id");
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            let sites = select.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
            Ok(sites.into_iter().flatten().collect())
        })
    }
}
