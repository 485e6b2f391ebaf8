//! The `symseek` binary.
fn main() {}
