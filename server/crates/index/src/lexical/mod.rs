//! The lexical leg.
