//! All that is measured of a person at a moment, one part per group of features.

use super::calendar::When;
use super::channel::Channel;
use super::device::Device;
use super::duration::Duration;
use super::frequency::Frequency;
use super::moment::Moment;
use super::money::Money;
use super::place::Place;
use super::sequence::Sequence;

/// The parts.
pub(super) struct Measures<'a> {
    pub frequency: Frequency,
    pub duration: Duration<'a>,
    pub sequence: Sequence<'a>,
    pub place: Place<'a>,
    pub when: When,
    pub device: Device<'a>,
    pub money: Money,
    pub channel: Channel<'a>,
}

impl<'a> Measures<'a> {
    pub(super) fn of(moment: &Moment<'a>) -> Self {
        Self {
            frequency: Frequency::of(moment),
            duration: Duration::of(moment),
            sequence: Sequence::of(moment),
            place: Place::of(moment),
            when: When::of(moment),
            device: Device::of(moment),
            money: Money::of(moment),
            channel: Channel::of(moment),
        }
    }
}
