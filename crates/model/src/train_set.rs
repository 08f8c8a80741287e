//! What a recommender may learn from: who met what, in which order, and what the items are.

use std::sync::Arc;

use feature::{Csr, FeatureError, ItemAttributes, Sequences};

/// Histories of users, with their order and the items' attributes where these are known.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainSet {
    matrix: Csr,
    sequences: Option<Sequences>,
    attributes: Option<Arc<ItemAttributes>>,
}

impl TrainSet {
    /// A set of histories in order; the matrix is the sum of their weights.
    ///
    /// # Errors
    /// When a sum is not finite or the shape does not fit the index type.
    pub fn ordered(sequences: Sequences) -> Result<Self, FeatureError> {
        let matrix = sequences.to_matrix()?;
        Ok(Self { matrix, sequences: Some(sequences), attributes: None })
    }

    /// With what is known of the items; one row per item of the catalogue.
    #[must_use]
    pub fn with_attributes(mut self, attributes: Arc<ItemAttributes>) -> Self {
        self.attributes = Some(attributes);
        self
    }

    /// Users × items, the weights.
    #[must_use]
    pub fn matrix(&self) -> &Csr {
        &self.matrix
    }

    /// Histories in order, if the order is known.
    #[must_use]
    pub fn sequences(&self) -> Option<&Sequences> {
        self.sequences.as_ref()
    }

    /// What is known of the items, if anything is.
    #[must_use]
    pub fn attributes(&self) -> Option<&ItemAttributes> {
        self.attributes.as_deref()
    }

    /// Number of users.
    #[must_use]
    pub fn n_users(&self) -> usize {
        self.matrix.n_rows()
    }

    /// Number of items.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.matrix.n_cols()
    }

    /// What a user did: oldest first where the order is known, else by item.
    #[must_use]
    pub fn history(&self, user: usize) -> Vec<(u32, f32)> {
        match &self.sequences {
            Some(sequences) => sequences.row(user).to_vec(),
            None => self.matrix.history(user),
        }
    }
}

impl From<Csr> for TrainSet {
    /// Histories whose order is not known.
    fn from(matrix: Csr) -> Self {
        Self { matrix, sequences: None, attributes: None }
    }
}

impl From<&Csr> for TrainSet {
    fn from(matrix: &Csr) -> Self {
        Self::from(matrix.clone())
    }
}
