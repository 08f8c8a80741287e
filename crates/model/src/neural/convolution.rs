//! Convolutions over the last items of a history, the encoder of Caser.
//!
//! The last `L` rows form an image `X` (L × d), with rows of 0 before a sequence's start. A
//! horizontal filter `F` of height `h` slides over the items: `max_o relu(⟨F, X[o..o+h]⟩ + b)`,
//! `o = 0..L−h`; a vertical one weighs the rows: `Σ_l w_l X_l` (d numbers). The query is a linear
//! function of all results side by side. Backward, a maximum passes its gradient to where it was.
//!
//! Symbols: `d`, the width; `F`, h × d; `b`, one number per filter; `w`, L numbers per filter; `o`,
//! where a filter lies. Time `O(steps · L² · d · filters)`, memory `O(steps · (L · d + filters))`.
//! Source: J. Tang and K. Wang, "Personalized top-N sequential recommendation via convolutional
//! sequence embedding", WSDM 2018, section 3.
//! DIFFERENCE: no factors per user, so that unseen people are served alike, and items' rows are the
//! same on the way in and out, so the last linear layer has no activation.

use ndarray::{Array2, s};

use crate::neural::arrays::{add_scaled, dot, flat_mut, row_of};
use crate::neural::encoder::{Encoder, Pass};
use crate::neural::linear::Linear;
use crate::neural::parameters::{Parameters, Slot, Start};

/// The shape of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ConvolutionShape {
    pub(crate) width: usize,
    /// Items looked at, `L`.
    pub(crate) window: usize,
    /// Filters of each height.
    pub(crate) horizontal: usize,
    pub(crate) vertical: usize,
    pub(crate) dropout: f32,
}

/// Where the weights lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Convolution {
    shape: ConvolutionShape,
    /// By height, from 1.
    horizontal: Vec<Linear>,
    vertical: Slot,
    outward: Linear,
}

/// What the way back needs.
#[derive(Debug)]
pub struct ConvolutionTrace {
    /// Steps × (L · d).
    images: Array2<f32>,
    /// Where each horizontal filter's maximum was; one beyond the last where it was not above 0.
    tops: Vec<u8>,
    /// All results, dropped as the linear layer saw them.
    results: Array2<f32>,
}

impl Convolution {
    /// The network, its tables added to `all`.
    pub(crate) fn new(all: &mut Parameters, shape: ConvolutionShape) -> Self {
        let ConvolutionShape { width, window, horizontal, vertical, .. } = shape;
        let of_height = |height: usize| {
            Linear::new(all, &format!("conv_h.{}.", height - 1), height * width, horizontal)
        };
        let of_heights = (1..=window).map(of_height).collect();
        let even = Start::Uniform(1.0 / (window as f32).sqrt());
        let weights = all.add("conv_v.weight".to_owned(), vertical, window, even);
        let results = window * horizontal + vertical * width;
        let outward = Linear::new(all, "fc.", results, width);
        Self { shape, horizontal: of_heights, vertical: weights, outward }
    }

    /// The last rows up to each step side by side, steps × (L · d).
    fn images(&self, x: &Array2<f32>, pass: Pass<'_>) -> Array2<f32> {
        let (d, window) = (self.shape.width, self.shape.window);
        let mut images = Array2::zeros((x.nrows(), window * d));
        for (start, length) in pass.offsets() {
            for step in 0..length {
                for back in 0..window.min(step + 1) {
                    let from = (window - 1 - back) * d;
                    let mut place = images.slice_mut(s![start + step, from..from + d]);
                    place.assign(&x.row(start + step - back));
                }
            }
        }
        images
    }
}

impl Encoder for Convolution {
    type Trace = ConvolutionTrace;

    fn forward(
        &self,
        weights: &[f32],
        x: Array2<f32>,
        pass: Pass<'_>,
    ) -> (Array2<f32>, ConvolutionTrace) {
        let ConvolutionShape { width: d, window, horizontal, vertical, dropout } = self.shape;
        let images = self.images(&x, pass);
        let n_horizontal = window * horizontal;
        let mut results = Array2::<f32>::zeros((x.nrows(), n_horizontal + vertical * d));
        let mut tops = vec![u8::MAX; x.nrows() * n_horizontal];
        for (height, filters) in (1..).zip(&self.horizontal) {
            for from in 0..=window - height {
                let part = images.slice(s![.., from * d..(from + height) * d]);
                let found = filters.forward(weights, part);
                for ((step, filter), &value) in found.indexed_iter() {
                    let at = (height - 1) * horizontal + filter;
                    if value > results[[step, at]] {
                        results[[step, at]] = value;
                        tops[step * n_horizontal + at] = from as u8;
                    }
                }
            }
        }
        let filters = self.vertical.of(weights);
        let size = results.ncols();
        for (step, results) in flat_mut(&mut results).chunks_exact_mut(size).enumerate() {
            let rows = row_of(&images, step);
            for (filter, out) in results[n_horizontal..].chunks_exact_mut(d).enumerate() {
                for (place, row) in rows.chunks_exact(d).enumerate() {
                    add_scaled(filters[[filter, place]], row, out);
                }
            }
        }
        pass.drop(dropout, 0, &mut results);
        let y = self.outward.forward(weights, results.view());
        (y, ConvolutionTrace { images, tops, results })
    }

    fn backward(
        &self,
        weights: &[f32],
        trace: &ConvolutionTrace,
        pass: Pass<'_>,
        dy: Array2<f32>,
        gradients: &mut [f32],
    ) -> Array2<f32> {
        let ConvolutionShape { width: d, window, horizontal, vertical, dropout } = self.shape;
        let mut d_results = self.outward.backward(weights, trace.results.view(), &dy, gradients);
        pass.drop(dropout, 0, &mut d_results);
        let n_horizontal = window * horizontal;
        let mut d_images = Array2::<f32>::zeros(trace.images.raw_dim());
        for (height, filters) in (1..).zip(&self.horizontal) {
            for from in 0..=window - height {
                let d_found = Array2::from_shape_fn((dy.nrows(), horizontal), |(step, filter)| {
                    let at = (height - 1) * horizontal + filter;
                    let is_top = usize::from(trace.tops[step * n_horizontal + at]) == from;
                    if is_top { d_results[[step, at]] } else { 0.0 }
                });
                let columns = s![.., from * d..(from + height) * d];
                let part = trace.images.slice(columns);
                let d_part = filters.backward(weights, part, &d_found, gradients);
                let mut to = d_images.slice_mut(columns);
                to += &d_part;
            }
        }
        let filters = self.vertical.of(weights);
        let mut d_filters = self.vertical.of_mut(gradients);
        for step in 0..dy.nrows() {
            let rows = row_of(&trace.images, step);
            let d_rows = &mut flat_mut(&mut d_images)[step * window * d..][..window * d];
            for filter in 0..vertical {
                let from = n_horizontal + filter * d;
                let d_out = &row_of(&d_results, step)[from..from + d];
                for place in 0..window {
                    let places = place * d..(place + 1) * d;
                    d_filters[[filter, place]] += dot(&rows[places.clone()], d_out);
                    add_scaled(filters[[filter, place]], d_out, &mut d_rows[places]);
                }
            }
        }
        let mut dx = Array2::zeros((dy.nrows(), d));
        for (start, length) in pass.offsets() {
            for step in 0..length {
                for back in 0..window.min(step + 1) {
                    let from = (window - 1 - back) * d;
                    let mut row = dx.row_mut(start + step - back);
                    row += &d_images.slice(s![start + step, from..from + d]);
                }
            }
        }
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neural::check::assert_encoder;
    use crate::seed::Stream;

    #[test]
    fn the_way_back_is_that_of_finite_differences() {
        let mut all = Parameters::new(Stream::new(5));
        let shape =
            ConvolutionShape { width: 3, window: 3, horizontal: 2, vertical: 2, dropout: 0.25 };
        let convolution = Convolution::new(&mut all, shape);
        assert_encoder(&convolution, &all, 3);
    }
}
