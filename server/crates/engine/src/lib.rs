//! One workspace alive: scanning, indexing, open documents, watching, committing.
