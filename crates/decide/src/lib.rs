//! Costed, explained decisions and the record that replays them.
