//! Features of people and items against slow twins that read events, not columns, and know
//! nothing of windows summed or words numbered.

mod items;
mod people;
mod people_money;
mod people_time;
mod properties;
mod who;

#[test]
fn every_group_of_features_is_that_of_its_twin() {
    who::compare(&[
        ("frequency", people::frequency),
        ("duration", people::duration),
        ("sequence", people_time::sequence),
        ("place", people::place),
        ("time", people_time::when),
        ("device", people::device),
        ("money", people_money::money),
        ("channel", people::channel),
    ]);
}
