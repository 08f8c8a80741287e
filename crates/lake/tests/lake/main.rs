//! The lake from outside: what is acknowledged is there, once, in order, whatever happens.

mod damage;
mod export;
mod full_disk;
mod items;
mod kit;
mod one_view;
mod quarantine;
mod registry;
mod round_trip;
mod threads;
