//! Query to results: plan, retrieve, fuse, rank, explain; a pure function of a snapshot.
