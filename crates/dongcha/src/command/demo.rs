//! `dongcha demo`: two real shops from their files to explained recommendations.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use decide::Record;
use decide::recommend::{OwnedRule, Subject};
use event::{Bilingual, Currency, SiteId};
use feature::overview::Overview;
use lake::{KeyKind, Lake, SiteConfig};
use serde_json::{Value, json};
use serve::training::{TrainPlan, TrainReport};
use serve::{Ask, Shop, Shops};

use crate::cli::{DemoArgs, Format};
use crate::command::demo_behaviour::{self, Behaviour};
use crate::command::{demo_decisions, demo_report, import, serve as service, train};
use crate::output::say;
use crate::setting::{Setting, bad_site, now};
use crate::trouble::both;

/// Label of the keys a demo makes; the next demo replaces them.
const KEY_LABEL: &str = "demo dashboard";
/// Weeks held out.
const HOLDOUT_WEEKS: u32 = 8;
/// Seed of the demo's training.
const SEED: u64 = 42;

/// A shop of the demo.
struct DemoShop {
    site: &'static str,
    name: (&'static str, &'static str),
    currency: &'static str,
    time_zone: &'static str,
    country: &'static str,
    files: &'static [&'static str],
}

const SHOPS: [DemoShop; 2] = [
    DemoShop {
        site: "gifts",
        name: ("Gift shop", "礼品店"),
        currency: "GBP",
        time_zone: "Europe/London",
        country: "GB",
        files: &["online-retail/2009-2010.parquet", "online-retail/2010-2011.parquet"],
    },
    DemoShop {
        site: "clothing",
        name: ("Clothing shop", "服装店"),
        currency: "USD",
        time_zone: "Europe/Warsaw",
        country: "PL",
        files: &[
            "eshop-clicks/e-shop-clothing-2008.csv.gz",
            "clothing-reviews/womens-clothing-reviews.csv.gz",
        ],
    },
];

/// What the demo did with one shop.
pub struct Told {
    /// The shop.
    pub shop: Shop,
    /// What was loaded and refused.
    pub import: collect::ImportSummary,
    /// Its figures.
    pub overview: std::sync::Arc<Overview>,
    /// How the models did.
    pub training: TrainReport,
    /// Slates for real customers.
    pub slates: Vec<Record>,
    /// Seconds: import, training, recommending.
    pub seconds: [f64; 3],
}

/// Runs the demo.
pub fn run(setting: &Setting, args: &DemoArgs) -> Result<()> {
    let from = args.from.clone().unwrap_or_else(|| PathBuf::from("data"));
    let listen = service::address(&args.listen)?;
    let lake = setting.create_lake()?;
    let mut told = Vec::new();
    for demo in &SHOPS {
        told.push(tell(setting, &lake, demo, &from)?);
    }
    let (mut shops, mut behaviour) = (Vec::new(), Vec::new());
    for one in &told {
        let asked = Behaviour::of(setting, &lake, &one.shop)?;
        if setting.format == Format::Json {
            shops.push(as_json(one, &asked)?);
        } else {
            demo_report::print(setting, one)?;
            asked.print(setting)?;
        }
        behaviour.push(asked);
    }
    let report = demo_behaviour::write(setting, behaviour)?;
    let decisions = demo_decisions::decide(setting, &told)?;
    if setting.format == Format::Json {
        say(&serde_json::to_string_pretty(&json!({
            "shops": shops, "report": report, "decisions": decisions,
        }))?)?;
    } else {
        demo_behaviour::say_where(setting, &report)?;
    }
    if args.no_serve {
        return Ok(());
    }
    let keys = keys(&lake)?;
    service::listen_and_serve(setting, Shops::open(lake)?, listen, &keys)
}

/// Loads, counts, trains and recommends for one shop.
fn tell(setting: &Setting, lake: &Lake, demo: &DemoShop, from: &Path) -> Result<Told> {
    let files: Vec<PathBuf> = demo.files.iter().map(|file| from.join(file)).collect();
    if let Some(missing) = files.iter().find(|file| !file.exists()) {
        let missing = missing.display();
        return Err(both(
            format!("{missing} is not there; run the demo in the project's folder or use --from"),
            format!("找不到 {missing}；请在项目文件夹中运行，或用 --from 指定数据"),
        ));
    }
    let site = SiteId::new(demo.site).ok_or_else(|| bad_site(demo.site))?;
    let Some(currency) = Currency::new(demo.currency) else {
        return Err(both(demo.currency, demo.currency));
    };
    lake.create_site(SiteConfig {
        site: site.clone(),
        name: Bilingual::new(demo.name.0, demo.name.1),
        currency,
        time_zone: demo.time_zone.to_owned(),
        country: Some(demo.country.to_owned()),
    })?;
    let start = Instant::now();
    let job = import::job(lake, &site, files, None)?;
    let import = import::load(setting, lake, &site, &job)?;
    let import_s = start.elapsed().as_secs_f64();
    let shop = Shop::open(lake, &site)?;
    let overview = shop.overview(None, None)?;
    let start = Instant::now();
    let training = train::train(setting, &shop, &TrainPlan::weeks(HOLDOUT_WEEKS, SEED))?;
    let train_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let slates = subjects(&shop, &overview)?
        .into_iter()
        .map(|subject| {
            let ask = Ask {
                subject,
                n: 5,
                surface: "demo".to_owned(),
                exclude: Vec::new(),
                owned_rule: OwnedRule::Exclude,
            };
            Ok(shop.recommend_and_keep(&ask, now())?)
        })
        .collect::<Result<_>>()?;
    let seconds = [import_s, train_s, start.elapsed().as_secs_f64()];
    Ok(Told { shop, import, overview, training, slates, seconds })
}

/// Three people: the busiest, one in the middle of those who came back, one who ordered twice.
/// A shop that knows nobody shows three visitors.
fn subjects(shop: &Shop, overview: &Overview) -> Result<Vec<Subject>> {
    let back: Vec<_> = overview.buyers.iter().filter(|buyer| buyer.orders >= 2).collect();
    if let (Some(first), Some(last)) = (back.first(), back.last()) {
        let middle = back[back.len() / 2];
        let user =
            |buyer: &feature::overview::BuyerSummary| Subject::UserId(buyer.user_id.to_string());
        return Ok(vec![user(first), user(middle), user(last)]);
    }
    let contacts = shop.contacts()?;
    let people = contacts.contacts.chunk_by(|a, b| a.user == b.user);
    let mut long: Vec<_> = people.filter(|own| own.len() >= 5).map(|own| own[0].user).collect();
    let middle = long.len() / 2;
    long = [long.first(), long.get(middle), long.last()].into_iter().flatten().copied().collect();
    let key = |user: u32| contacts.users[user as usize].as_str().to_owned();
    let anon = |user: u32| key(user).strip_prefix("a:").map(|id| Subject::AnonId(id.to_owned()));
    Ok(long.into_iter().filter_map(anon).collect())
}

/// One read key per shop; those of earlier demos are revoked.
fn keys(lake: &Lake) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    for config in lake.sites()? {
        for old in lake.keys(&config.site)? {
            if old.label == KEY_LABEL && old.revoked.is_none() {
                lake.revoke_key(&config.site, old.id)?;
            }
        }
        keys.push(serve::create_key(lake, &config.site, KeyKind::Read, KEY_LABEL)?.text);
    }
    Ok(keys)
}

fn as_json(told: &Told, behaviour: &Behaviour) -> Result<Value> {
    let weeks: Vec<Value> =
        told.overview.weeks.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    Ok(json!({
        "site": told.shop.config().site,
        "import": told.import,
        "totals": told.overview.totals,
        "weeks": weeks,
        "behaviour": behaviour.to_json(),
        "training": told.training,
        "recommendations": told.slates,
        "seconds": { "import": told.seconds[0], "train": told.seconds[1],
                     "recommend": told.seconds[2] },
    }))
}
