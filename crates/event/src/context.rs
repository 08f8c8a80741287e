//! The circumstances of an event: page, device, place, campaign, experiment arms.

use serde::Serialize;

/// Everything around an event that is not the event itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Context {
    /// The page it happened on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The device it happened with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// Where the person was, as coarse as the sender chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What brought the person here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
    /// Experiment arms in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arms: Vec<Arm>,
}

/// A page of the shop.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Page {
    /// Address of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What kind of page: `home`, `category`, `product`, `cart`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The address before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Device {
    /// Coarse class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<DeviceClass>,
    /// Operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// Preferred language, a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// Time zone, an IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

/// The coarse class of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceClass {
    /// A phone.
    Mobile,
    /// A tablet.
    Tablet,
    /// A desktop or laptop.
    Desktop,
    /// A television.
    Tv,
    /// A crawler or script that says so.
    Bot,
    /// Anything else.
    Other,
}

impl DeviceClass {
    /// Reads the lower-case name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "mobile" => Self::Mobile,
            "tablet" => Self::Tablet,
            "desktop" => Self::Desktop,
            "tv" => Self::Tv,
            "bot" => Self::Bot,
            "other" => Self::Other,
            _ => return None,
        })
    }
}

/// A place, never finer than a city.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Place {
    /// Country: ISO 3166 code or the shop's own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Region: ISO 3166-2 code or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
}

/// What brought a person to the shop.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Campaign {
    /// `wechat`, `google`, `newsletter`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `social`, `cpc`, `email`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// The campaign's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An experiment and the arm this person saw.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arm {
    /// The experiment.
    pub exp: String,
    /// The arm.
    pub arm: String,
}
