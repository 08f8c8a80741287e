//! Networks whose weights PyTorch wrote: the same weights give the same scores.
//!
//! Made with PyTorch 2.15.0 from `TransformerEncoderLayer` (with `norm_first`), `GRU` and `Conv2d`
//! of the same shapes; each file holds the weights, a history and the scores after it.

use model::{Caser, CaserConfig, Fitted, Gru4Rec, Gru4RecConfig, SasRec, SasRecConfig, Tensors};

use crate::assert_close;

fn assert_scores<M: Fitted>(config: M::Config, file: &[u8]) {
    let tensors = Tensors::from_bytes(file).unwrap();
    let model = M::from_tensors(config, &tensors).unwrap();
    let history: Vec<_> = tensors.u32("history").unwrap().iter().map(|&item| (item, 1.0)).collect();
    let (_, expected) = tensors.f32("expected").unwrap();
    let mut scores = vec![0.0; model.n_items()];
    model.score(&history, &mut scores);
    assert_eq!(scores.len(), expected.len());
    for (found, expected) in scores.iter().zip(expected) {
        assert_close(f64::from(*found), f64::from(expected), 1e-5, M::NAME);
    }
}

#[test]
fn sasrec_scores_as_pytorch_does() {
    let config =
        SasRecConfig { factors: 8, heads: 2, expansion: 2, length: 6, ..SasRecConfig::default() };
    let file = include_bytes!("../golden/pytorch-2.15.0-sasrec.safetensors");
    assert_scores::<SasRec>(config, file);
}

#[test]
fn gru4rec_scores_as_pytorch_does() {
    let config = Gru4RecConfig { factors: 8, ..Gru4RecConfig::default() };
    let file = include_bytes!("../golden/pytorch-2.15.0-gru4rec.safetensors");
    assert_scores::<Gru4Rec>(config, file);
}

#[test]
fn caser_scores_as_pytorch_does() {
    let config =
        CaserConfig { factors: 8, window: 3, horizontal: 2, vertical: 2, ..CaserConfig::default() };
    let file = include_bytes!("../golden/pytorch-2.15.0-caser.safetensors");
    assert_scores::<Caser>(config, file);
}
