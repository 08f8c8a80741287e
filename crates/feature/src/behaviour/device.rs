//! With what: device class, operating system and browser, usual ones, and switches between them.

use super::definition::{Group, ratio};
use super::moment::{Moment, Tallied, switches};
use super::step::{Circumstance, Word};

/// One property of a device.
#[derive(Default)]
struct Property<'a> {
    last: Option<&'a str>,
    usual: Option<&'a str>,
    different: i64,
    switches: i64,
    known: i64,
    usual_count: i64,
}

/// The devices of a person.
#[derive(Default)]
pub(super) struct Device<'a> {
    class: Property<'a>,
    os: Property<'a>,
    browser: Property<'a>,
    mobile: i64,
}

impl<'a> Device<'a> {
    pub(super) fn of(moment: &Moment<'a>) -> Self {
        let classes = moment.circumstances().filter_map(|(_, c)| c.class);
        Self {
            class: property(moment, |c| c.class),
            os: property(moment, |c| c.os),
            browser: property(moment, |c| c.browser),
            mobile: classes.filter(|class| moment.word(*class) == "mobile").count() as i64,
        }
    }
}

fn property<'a>(moment: &Moment<'a>, of: fn(&Circumstance) -> Option<Word>) -> Property<'a> {
    let said: Vec<Word> = moment.circumstances().filter_map(|(_, c)| of(&c)).collect();
    let tallied = Tallied::of(moment.history.words(), said.iter().copied());
    let usual = tallied.most();
    Property {
        last: said.last().map(|word| moment.word(*word)),
        usual: usual.map(|word| moment.word(word)),
        different: tallied.different(),
        switches: switches(said.iter().copied()),
        known: said.len() as i64,
        usual_count: usual.map_or(0, |word| tallied.count(word)),
    }
}

/// The features of the group.
pub(super) fn features() -> Group {
    let mut g = Group::new("device");
    macro_rules! property {
        ($name:literal, $field:ident, $en:literal, $zh:literal) => {
            let t = |en: &str, zh: &str| [en.replace('@', $en), zh.replace('@', $zh)];
            let add = t("@ of the latest event that names one", "最近一个注明@的事件的@");
            g.text($name, [&add[0], &add[1]], |m| m.device.$field.last);
            let add = t("@ that most events name", "多数事件的@");
            g.text(concat!("usual_", $name), [&add[0], &add[1]], |m| m.device.$field.usual);
            let add = t("1 when the latest @ is not the usual one", "最近的@与常用@不同为 1");
            g.number(concat!($name, "_differs"), "flag", [&add[0], &add[1]], |m| {
                let property = &m.device.$field;
                Some(f64::from(u8::from(property.last? != property.usual?)))
            });
            let add = t("number of different values of @", "不同@的数量");
            g.number(concat!($name, "_different"), "count", [&add[0], &add[1]], |m| {
                Some(m.device.$field.different as f64)
            });
            let add = t("how often @ changed from one event to the next", "相邻事件间@变化的次数");
            g.number(concat!($name, "_switches"), "count", [&add[0], &add[1]], |m| {
                Some(m.device.$field.switches as f64)
            });
            let add = t("share of events, of those that name one, with the usual @", "使用常用@的事件比例");
            g.number(concat!($name, "_usual_share"), "share", [&add[0], &add[1]], |m| {
                ratio(m.device.$field.usual_count, m.device.$field.known)
            });
        };
    }
    property!("device_class", class, "device class", "设备类别");
    property!("os", os, "operating system", "操作系统");
    property!("browser", browser, "browser", "浏览器");
    g.number(
        "mobile_share",
        "share",
        [
            "share of events, of those that name a device class, on a phone",
            "注明设备类别的事件中使用手机的比例",
        ],
        |m| ratio(m.device.mobile, m.device.class.known),
    );
    g
}
