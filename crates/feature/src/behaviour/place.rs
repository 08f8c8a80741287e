//! Where: country, region and city of the latest event that says, and whether that is usual.
//!
//! Usual is what most events say, of equals what came first. Coordinates are used where the shop
//! sends them as properties `lat` and `lon` of custom events; events themselves carry none.

use super::definition::{Group, ratio};
use super::geohash::{distance_km, geohash};
use super::moment::{Moment, Tallied, switches};
use super::step::{Circumstance, Word};

/// Letters of a geohash: cells of about 5 km.
const LETTERS: usize = 5;

/// One level of place.
#[derive(Default)]
struct Level<'a> {
    last: Option<&'a str>,
    usual: Option<&'a str>,
    different: i64,
    switches: i64,
    known: i64,
    usual_count: i64,
    since_first: Option<i64>,
}

/// The places of a person.
#[derive(Default)]
pub(super) struct Place<'a> {
    country: Level<'a>,
    region: Level<'a>,
    city: Level<'a>,
    cells: Vec<String>,
    distance_km: Option<f64>,
}

impl<'a> Place<'a> {
    pub(super) fn of(moment: &Moment<'a>) -> Self {
        let points: Vec<(f64, f64)> = moment.steps.iter().filter_map(|step| step.point).collect();
        let last = points.last();
        let usual = middle(&points);
        let cells = [last.copied(), usual].into_iter().flatten();
        Self {
            country: level(moment, |c| c.country),
            region: level(moment, |c| c.region),
            city: level(moment, |c| c.city),
            cells: cells.filter_map(|point| geohash(point, LETTERS)).collect(),
            distance_km: last.zip(usual).map(|(last, usual)| distance_km(*last, usual)),
        }
    }
}

fn level<'a>(moment: &Moment<'a>, of: fn(&Circumstance) -> Option<Word>) -> Level<'a> {
    let said: Vec<(i64, Word)> = moment
        .circumstances()
        .filter_map(|(step, place)| Some((step.time_ms, of(&place)?)))
        .collect();
    let words = || said.iter().map(|(_, word)| *word);
    let tallied = Tallied::of(moment.history.words(), words());
    let last = words().next_back();
    let usual = tallied.most();
    let first = said.iter().find(|(_, word)| Some(*word) == last);
    Level {
        last: last.map(|word| moment.word(word)),
        usual: usual.map(|word| moment.word(word)),
        different: tallied.different(),
        switches: switches(words()),
        known: said.len() as i64,
        usual_count: usual.map_or(0, |word| tallied.count(word)),
        since_first: first.map(|(time_ms, _)| moment.since(*time_ms)),
    }
}

/// The lower median of latitudes and of longitudes, each by itself.
fn middle(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = points.iter().map(of).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.get(values.len().saturating_sub(1) / 2).copied()
    };
    Some((median(|p| p.0)?, median(|p| p.1)?))
}

impl Level<'_> {
    fn differs(&self) -> Option<f64> {
        Some(f64::from(u8::from(self.last? != self.usual?)))
    }
}

/// The features of the group.
pub(super) fn features() -> Group {
    let mut g = Group::new("place");
    macro_rules! level {
        ($name:literal, $field:ident, $en:literal, $zh:literal) => {
            let t = |en: &str, zh: &str| [en.replace('@', $en), zh.replace('@', $zh)];
            let add = t("@ of the latest event that names one", "最近一个注明@的事件的@");
            g.text($name, [&add[0], &add[1]], |m| m.place.$field.last);
            let add = t("@ that most events name", "多数事件的@");
            g.text(concat!("usual_", $name), [&add[0], &add[1]], |m| m.place.$field.usual);
            let add = t("1 when the latest @ is not the usual one", "最近的@与常用@不同为 1");
            g.number(concat!($name, "_differs"), "flag", [&add[0], &add[1]], |m| {
                m.place.$field.differs()
            });
            let add = t("number of different values of @", "不同@的数量");
            g.number(concat!($name, "_different"), "count", [&add[0], &add[1]], |m| {
                Some(m.place.$field.different as f64)
            });
            let add = t("how often @ changed from one event to the next", "相邻事件间@变化的次数");
            g.number(concat!($name, "_switches"), "count", [&add[0], &add[1]], |m| {
                Some(m.place.$field.switches as f64)
            });
            let add = t("share of events, of those that name one, in the usual @", "在常用@的事件比例");
            g.number(concat!($name, "_usual_share"), "share", [&add[0], &add[1]], |m| {
                ratio(m.place.$field.usual_count, m.place.$field.known)
            });
            let add = t("time since the latest @ was first seen", "距首次见到最近@的时间");
            g.number(concat!("since_", $name, "_first_seen"), "ms", [&add[0], &add[1]], |m| {
                m.place.$field.since_first.map(|ms| ms as f64)
            });
        };
    }
    level!("country", country, "country", "国家");
    level!("region", region, "region", "地区");
    level!("city", city, "city", "城市");
    g.text(
        "geohash",
        [
            "cell (geohash of 5 letters, about 5 km) of the latest coordinates sent",
            "最近坐标所在的格网（5 位 geohash，约 5 公里）",
        ],
        |m| m.place.cells.first().map(String::as_str),
    );
    g.text(
        "usual_geohash",
        ["cell of the median of all coordinates sent", "全部坐标中位点所在的格网"],
        |m| m.place.cells.get(1).map(String::as_str),
    );
    g.number(
        "distance_from_usual",
        "km",
        [
            "distance of the latest coordinates from the median of all coordinates sent",
            "最近坐标与全部坐标中位点的距离",
        ],
        |m| m.place.distance_km,
    );
    g
}
