//! Neural networks: layers with their gradients written out, and the recommenders made of them.

mod adam;
mod arrays;
mod attention;
mod dropout;
mod encoder;
mod layer_norm;
mod linear;
mod next_item;
mod parameters;
pub(crate) mod sasrec;
mod sequence_fit;
mod sequence_model;
mod transformer;
