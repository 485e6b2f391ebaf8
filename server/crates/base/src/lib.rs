//! The vocabulary every other crate shares: offsets, lines, edits, paths, hashes, ids and cancellation.
//!
//! Nothing here does I/O, knows a language, an index or a protocol. Offsets are bytes of UTF-8; the positions of
//! the Language Server Protocol are converted at the server's edge and exist nowhere else.

mod cancel;
mod embedding;
mod hash;
mod id;
mod line;
mod live;
mod path;
mod text;

pub use cancel::{Cancel, Cancelled};
pub use embedding::{BadVector, Embedding};
pub use hash::{ContentHash, checksum};
pub use id::{ChunkKey, FileKey, Revision};
pub use line::{LineIndex, LineRange, Point};
pub use live::LiveSet;
pub use path::{PathError, RelPath};
pub use text::{ByteRange, Edit};
