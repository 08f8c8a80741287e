//! Reading consent and context.

use crate::context::{Arm, Campaign, Context, Device, DeviceClass, Page, Place};
use crate::fields::Fields;
use crate::refusal::RefusalCode::*;
use crate::{Consent, Refusal, limits};

pub(crate) fn read_consent(mut fields: Fields<'_>) -> Result<Consent, Refusal> {
    let consent = Consent {
        analytics: fields.flag("analytics")?,
        personalize: fields.flag("personalize")?,
        marketing: fields.flag("marketing")?,
    };
    fields.finish()?;
    Ok(consent)
}

pub(crate) fn read_context(mut fields: Fields<'_>) -> Result<Context, Refusal> {
    let context = Context {
        page: fields.object("page", read_page)?,
        device: fields.object("device", read_device)?,
        place: fields.object("place", read_place)?,
        campaign: fields.object("campaign", read_campaign)?,
        arms: fields.list("arms", limits::ARMS, |value, path| {
            let mut arm = Fields::of(value, path)?;
            let read = Arm {
                exp: arm.need_text("exp", limits::NAME_BYTES)?.to_owned(),
                arm: arm.need_text("arm", limits::NAME_BYTES)?.to_owned(),
            };
            arm.finish()?;
            Ok(read)
        })?,
    };
    fields.finish()?;
    Ok(context)
}

fn read_page(mut fields: Fields<'_>) -> Result<Page, Refusal> {
    let page = Page {
        url: fields.text("url", limits::URL_BYTES)?.map(str::to_owned),
        kind: fields.name("kind")?,
        referrer: fields.text("referrer", limits::URL_BYTES)?.map(str::to_owned),
    };
    fields.finish()?;
    Ok(page)
}

fn read_device(mut fields: Fields<'_>) -> Result<Device, Refusal> {
    let class = match fields.text("class", limits::NAME_BYTES)? {
        None => None,
        Some(name) => match DeviceClass::from_name(name) {
            Some(class) => Some(class),
            None => return Err(fields.refuse(FieldType, "class")),
        },
    };
    let device = Device {
        class,
        os: fields.name("os")?,
        browser: fields.name("browser")?,
        lang: fields.name("lang")?,
        tz: fields.name("tz")?,
    };
    fields.finish()?;
    Ok(device)
}

fn read_place(mut fields: Fields<'_>) -> Result<Place, Refusal> {
    let place = Place {
        country: fields.name("country")?,
        region: fields.name("region")?,
        city: fields.name("city")?,
    };
    fields.finish()?;
    Ok(place)
}

fn read_campaign(mut fields: Fields<'_>) -> Result<Campaign, Refusal> {
    let campaign = Campaign {
        source: fields.name("source")?,
        medium: fields.name("medium")?,
        name: fields.name("name")?,
    };
    fields.finish()?;
    Ok(campaign)
}
