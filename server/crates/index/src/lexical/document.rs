//! What the leg indexes of a chunk.

/// The texts of one chunk, borrowed. A field may be empty; each is tokenised on its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChunkDocument<'a> {
    /// The symbol's own name.
    pub name: &'a str,
    /// Its qualified name (`module::Type::name`).
    pub qualified: &'a str,
    /// Workspace-relative path of its file.
    pub path: &'a str,
    /// Its signature.
    pub signature: &'a str,
    /// Its doc comment.
    pub doc: &'a str,
    /// The whole text of the chunk, signature and doc comment included.
    pub body: &'a str,
}

impl<'a> ChunkDocument<'a> {
    /// The text of one field.
    pub fn field(&self, field: Field) -> &'a str {
        match field {
            Field::Name => self.name,
            Field::Qualified => self.qualified,
            Field::Path => self.path,
            Field::Signature => self.signature,
            Field::Doc => self.doc,
            Field::Body => self.body,
        }
    }
}

/// A field of a chunk; the order is that of every `[_; 6]` in this module and of float summation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// The symbol's own name.
    Name,
    /// Its qualified name.
    Qualified,
    /// Path of its file.
    Path,
    /// Its signature.
    Signature,
    /// Its doc comment.
    Doc,
    /// The whole text.
    Body,
}

impl Field {
    /// How many fields there are.
    pub const COUNT: usize = 6;

    /// All fields, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Name,
        Self::Qualified,
        Self::Path,
        Self::Signature,
        Self::Doc,
        Self::Body,
    ];

    /// The name of the field in the stored index.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Qualified => "qualified",
            Self::Path => "path",
            Self::Signature => "signature",
            Self::Doc => "doc",
            Self::Body => "body",
        }
    }
}
