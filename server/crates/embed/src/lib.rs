//! Embedders: the static code table and the ONNX tier.
