//! One embedding vector.

/// `f32[dims]`, L2-normalised; similarity of two is their dot product, in [-1, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(Box<[f32]>);

/// Why a vector is no embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadVector {
    /// A component is NaN or infinite.
    #[error("the vector holds a value that is not finite")]
    NotFinite,
    /// Its length is zero, so it has no direction.
    #[error("the vector is zero")]
    Zero,
}

impl Embedding {
    /// Screens and normalises a raw vector.
    ///
    /// # Errors
    /// [`BadVector`] when a component is not finite or all are (nearly) zero.
    pub fn normalised(mut raw: Vec<f32>) -> Result<Self, BadVector> {
        if raw.iter().any(|x| !x.is_finite()) {
            return Err(BadVector::NotFinite);
        }
        let norm = raw
            .iter()
            .map(|x| f64::from(*x) * f64::from(*x))
            .sum::<f64>()
            .sqrt();
        if norm < 1e-12 {
            return Err(BadVector::Zero);
        }
        for x in &mut raw {
            *x = (f64::from(*x) / norm) as f32;
        }
        Ok(Self(raw.into_boxed_slice()))
    }

    /// The components.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Number of components.
    pub fn dims(&self) -> usize {
        self.0.len()
    }

    /// Cosine similarity in [-1, 1]; 0 when the dimensions differ.
    pub fn similarity(&self, other: &Self) -> f32 {
        if self.dims() != other.dims() {
            return 0.0;
        }
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}
