//! Neural networks: layers with their gradients written out, and the recommenders made of them.

mod adam;
mod arrays;
mod attention;
pub(crate) mod caser;
#[cfg(test)]
mod check;
mod convolution;
mod dropout;
mod encoder;
mod gru;
pub(crate) mod gru4rec;
mod layer_norm;
mod linear;
mod mlp;
pub(crate) mod neumf;
mod next_item;
mod pair_fit;
mod parameters;
mod row_gradients;
pub(crate) mod sasrec;
mod sequence_fit;
mod sequence_model;
mod transformer;
pub(crate) mod two_tower;
