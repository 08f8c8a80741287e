//! The dongcha command.
fn main() {}
