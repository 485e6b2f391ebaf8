//! The graph leg.
