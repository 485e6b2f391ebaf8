//! Document names of the wire and paths. A document that lies in no file (`untitled:`) is named by its URI, kept as a
//! relative path, so that it can never be mistaken for a file.

use std::path::{Path, PathBuf};
use tower_lsp::lsp_types::Url;

/// The path for a URI; `None` for documents that are no sources (`git:`, `output:`, …).
pub(crate) fn to_path(uri: &Url) -> Option<PathBuf> {
    match uri.scheme() {
        "file" => uri.to_file_path().ok(),
        "untitled" => Some(PathBuf::from(uri.as_str())),
        _ => None,
    }
}

/// The URI for a path that [`to_path`] gave or that the engine found.
pub(crate) fn from_path(path: &Path) -> Option<Url> {
    if path.is_absolute() {
        return Url::from_file_path(path).ok();
    }
    path.to_str().and_then(|uri| Url::parse(uri).ok())
}

/// The directory a client names by `rootPath`, or by a URI.
pub(crate) fn folder(text: &str) -> Option<PathBuf> {
    let path = Path::new(text);
    if path.is_absolute() {
        return Some(path.to_path_buf());
    }
    Url::parse(text)
        .ok()
        .filter(|uri| uri.scheme() == "file")
        .and_then(|uri| uri.to_file_path().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_uris_survive_the_round_trip() {
        for path in [
            "/a/b.rs",
            "/with space/ä ö/日本.py",
            "/100%/#hash?/q.rs",
            "/plus+and&/x",
        ] {
            let uri = from_path(Path::new(path)).unwrap();
            assert_eq!(to_path(&uri), Some(PathBuf::from(path)), "{uri}");
        }
        let raw = Url::parse("file:///with space/ä.rs").unwrap();
        assert_eq!(to_path(&raw), Some(PathBuf::from("/with space/ä.rs")));
        let encoded = Url::parse("file:///a%2Bb/%C3%A4.rs").unwrap();
        assert_eq!(to_path(&encoded), Some(PathBuf::from("/a+b/ä.rs")));
    }

    #[test]
    fn documents_without_a_file() {
        let uri = Url::parse("untitled:Untitled-1").unwrap();
        let path = to_path(&uri).unwrap();
        assert!(path.is_relative());
        assert_eq!(from_path(&path), Some(uri));
        assert_eq!(to_path(&Url::parse("git:/a/b.rs?x").unwrap()), None);
        assert_eq!(folder("/a b"), Some(PathBuf::from("/a b")));
        assert_eq!(folder("file:///a%20b"), Some(PathBuf::from("/a b")));
        assert_eq!(folder("relative"), None);
    }
}
