//! Splitting addresses into their parts.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub scheme: String,
    pub host: String,
    pub port: u16,
    pub path: String,
    pub query: Vec<(String, String)>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum AddressError {
    MissingScheme,
    EmptyHost,
    BadPort(String),
    BadEscape(usize),
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingScheme => f.write_str("address has no scheme, expected something like https://"),
            Self::EmptyHost => f.write_str("address has no host name"),
            Self::BadPort(port) => write!(f, "port {port:?} is not a number between 1 and 65535"),
            Self::BadEscape(at) => write!(f, "percent sign at byte {at} is not followed by two hex digits"),
        }
    }
}

/// Takes an address apart; the port defaults to the one the scheme is known for.
pub fn parse_address(text: &str) -> Result<Address, AddressError> {
    let (scheme, rest) = text.split_once("://").ok_or(AddressError::MissingScheme)?;
    let (authority, tail) = match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| AddressError::BadPort(port.to_owned()))?),
        None => (authority, default_port(scheme)),
    };
    if host.is_empty() {
        return Err(AddressError::EmptyHost);
    }
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    Ok(Address {
        scheme: scheme.to_ascii_lowercase(),
        host: host.to_ascii_lowercase(),
        port,
        path: unescape(path)?,
        query: query_pairs(query)?,
    })
}

fn default_port(scheme: &str) -> u16 {
    match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "ftp" => 21,
        _ => 0,
    }
}

/// `a=1&b=2` as pairs, in order, both sides unescaped.
pub fn query_pairs(query: &str) -> Result<Vec<(String, String)>, AddressError> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((unescape(key)?, unescape(value)?))
        })
        .collect()
}

/// Turns `%41` and `+` back into what they stand for.
pub fn unescape(text: &str) -> Result<String, AddressError> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = text.get(at + 1..at + 3).ok_or(AddressError::BadEscape(at))?;
                out.push(u8::from_str_radix(digits, 16).map_err(|_| AddressError::BadEscape(at))?);
                at += 2;
            }
            byte => out.push(byte),
        }
        at += 1;
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}
