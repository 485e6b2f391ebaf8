//! The vector leg.
