//! Fixtures and oracles for the other crates' tests (dev only).
