//! Tables as text, with quotes.

/// What is wrong with a table, and where.
#[derive(Debug, PartialEq, Eq)]
pub enum CsvError {
    UnclosedQuote { line: usize },
    RaggedRow { line: usize, expected: usize, found: usize },
}

impl std::fmt::Display for CsvError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnclosedQuote { line } => write!(f, "quoted field that starts on line {line} never ends"),
            Self::RaggedRow { line, expected, found } => {
                write!(f, "line {line} has {found} fields where the header has {expected}")
            }
        }
    }
}

/// Reads rows; every row must be as wide as the first.
pub fn read_rows(text: &str, separator: char) -> Result<Vec<Vec<String>>, CsvError> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut characters = text.chars().peekable();
    let mut line = 1;
    while characters.peek().is_some() {
        let first = line;
        let row = read_row(&mut characters, separator, &mut line)?;
        let expected = rows.first().map_or(row.len(), Vec::len);
        if row.len() != expected {
            return Err(CsvError::RaggedRow { line: first, expected, found: row.len() });
        }
        rows.push(row);
    }
    Ok(rows)
}

fn read_row(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    separator: char,
    line: &mut usize,
) -> Result<Vec<String>, CsvError> {
    let (mut row, mut field, mut quoted, started) = (Vec::new(), String::new(), false, *line);
    loop {
        match characters.next() {
            None if quoted => return Err(CsvError::UnclosedQuote { line: started }),
            None => break,
            Some('"') if quoted && characters.peek() == Some(&'"') => field.push(characters.next().unwrap_or('"')),
            Some('"') => quoted = !quoted,
            Some('\n') if !quoted => {
                *line += 1;
                break;
            }
            Some(c) if c == separator && !quoted => row.push(std::mem::take(&mut field)),
            Some('\r') if !quoted => {}
            Some(c) => {
                *line += usize::from(c == '\n');
                field.push(c);
            }
        }
    }
    row.push(field);
    Ok(row)
}

/// Puts quotes around a field that needs them.
pub fn escape_field(field: &str, separator: char) -> String {
    if field.contains([separator, '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

pub fn write_rows(rows: &[Vec<String>], separator: char) -> String {
    let mut out = String::new();
    for row in rows {
        let fields: Vec<String> = row.iter().map(|field| escape_field(field, separator)).collect();
        out.push_str(&fields.join(&separator.to_string()));
        out.push('\n');
    }
    out
}
