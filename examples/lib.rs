//! Essays: programs to read from top to bottom, compiled and run by the tests.
//!
//! * `first_event.rs`: one event from its JSON to the store and back, and one that is refused.
//! * `import_a_log.rs`: a file of order lines, every row of which is accounted for, read twice.
//! * `explain_a_recommendation.rs`: a recommendation whose reason is worked out again by hand.
//!
//! Run one with `cargo run --release -p dongcha-examples --example first_event`.
