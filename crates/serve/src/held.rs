//! Fitted models behind the recommender interface, alone or blended.

use std::sync::Arc;

use model::{AnyModel, Blend, Explanation, Recommender, Scored};

use crate::error::ServeError;

/// Joins models with their shares.
pub(crate) fn blend(
    parts: Vec<(Arc<dyn Recommender>, f32)>,
) -> Result<Arc<dyn Recommender>, ServeError> {
    Ok(Arc::new(Blend::new(parts)?))
}

/// A fitted model, shared.
pub struct Held(pub Arc<AnyModel>);

impl Recommender for Held {
    fn name(&self) -> &'static str {
        self.0.recommender().name()
    }

    fn n_items(&self) -> usize {
        self.0.recommender().n_items()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        self.0.recommender().score(history, scores);
    }

    fn recommend(
        &self,
        history: &[(u32, f32)],
        n: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Vec<Scored> {
        self.0.recommender().recommend(history, n, keep)
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        self.0.recommender().similar_items(item, n)
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        self.0.recommender().explain(history, item)
    }
}
