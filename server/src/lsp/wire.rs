//! Framing and JSON-RPC: bytes to messages and back.
//!
//! Our own, because tower-lsp's codec is private and unforgiving: it knows `Content-Length` in one spelling only, stops
//! for good after the first malformed body, and never gets past a body that is not UTF-8. Here every bad message becomes
//! [`Inbound::Bad`] and reading goes on. Knows no method of the protocol.

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::io::{BufRead, Read, Write};
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};

/// Larger bodies are skipped and answered with an error.
const MAX_BODY: u64 = 1 << 30;

/// What came in.
#[derive(Debug, PartialEq)]
pub(crate) enum Inbound {
    /// A request or notification.
    Request(Request),
    /// An answer to something we asked.
    Response(Response),
    /// No message; this answer says why.
    Bad(Response),
}

/// Reads one message; `None` at the end of the stream.
pub(crate) fn read(input: &mut impl BufRead) -> std::io::Result<Option<Inbound>> {
    let body = read_body(input)?;
    Ok(body.map(|body| body.map_or_else(Inbound::Bad, |body| parse(&body))))
}

/// Reads the body of one message, or the answer to what is none; `None` at the end of the stream.
pub(crate) fn read_body(
    input: &mut impl BufRead,
) -> std::io::Result<Option<Result<Vec<u8>, Response>>> {
    let mut length = None;
    let mut garbage = false;
    loop {
        let mut line = Vec::new();
        if input.take(1 << 16).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        // Garbage in front of a header (a stray print of a wrapper script) costs nothing but itself.
        let header = text.to_ascii_lowercase().rfind("content-length:");
        if let Some(at) = header {
            let value = text[at + "content-length:".len()..].trim();
            length = value.parse::<u64>().ok();
            garbage |= at > 0 || length.is_none();
        } else if text.is_empty() {
            match length {
                Some(length) => return body(input, length),
                None if garbage => {
                    let error = Error::parse_error();
                    return Ok(Some(Err(Response::from_error(Id::Null, error))));
                }
                None => {}
            }
        } else if !text.to_ascii_lowercase().starts_with("content-type:") {
            garbage = true;
        }
    }
}

fn body(
    input: &mut impl BufRead,
    length: u64,
) -> std::io::Result<Option<Result<Vec<u8>, Response>>> {
    if length > MAX_BODY {
        std::io::copy(&mut input.take(length), &mut std::io::sink())?;
        let mut error = Error::invalid_request();
        error.message = format!("a message of {length} bytes is too large").into();
        return Ok(Some(Err(Response::from_error(Id::Null, error))));
    }
    let mut body = Vec::with_capacity(length.min(1 << 20) as usize);
    input.take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Ok(None);
    }
    Ok(Some(Ok(body)))
}

/// Writes one message.
pub(crate) fn write(output: &mut impl Write, body: &[u8]) -> std::io::Result<()> {
    write!(output, "Content-Length: {}\r\n\r\n", body.len())?;
    output.write_all(body)?;
    output.flush()
}

/// One message from the bytes of its body.
pub(crate) fn parse(body: &[u8]) -> Inbound {
    let parsed = serde_json::from_slice(body).or_else(|_| serde_json::from_slice(&repaired(body)));
    match parsed {
        Ok(Value::Object(map)) => message(map),
        Ok(_) => bad(
            Id::Null,
            explained(
                Error::invalid_request(),
                "a message is one object; batches are not part of the protocol",
            ),
        ),
        Err(error) => bad(
            Id::Null,
            explained(Error::parse_error(), &format!("{:?}", error.classify())),
        ),
    }
}

fn message(mut map: Map<String, Value>) -> Inbound {
    let id = map.remove("id");
    let known = match &id {
        Some(Value::Null) => Some(Id::Null),
        Some(Value::String(text)) => Some(Id::String(text.clone())),
        Some(Value::Number(number)) => number.as_i64().map(Id::Number),
        None | Some(_) => None,
    };
    let invalid = |why: &str| {
        let id = known.clone().unwrap_or(Id::Null);
        bad(id, explained(Error::invalid_request(), why))
    };
    if map.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return invalid("expected \"jsonrpc\": \"2.0\"");
    }
    if id.is_some() && known.is_none() {
        return invalid("an id is a whole number or a string");
    }
    match map.remove("method") {
        Some(Value::String(method)) => {
            let mut request = Request::build(method);
            if let Some(params) = map.remove("params") {
                request = request.params(params);
            }
            if let Some(id) = known {
                request = request.id(id);
            }
            Inbound::Request(request.finish())
        }
        Some(_) => invalid("a method is a string"),
        None => match (known.clone(), map.remove("error"), map.remove("result")) {
            (Some(id), Some(Value::Object(error)), _) => {
                Inbound::Response(Response::from_error(id, error_from(error)))
            }
            (Some(id), None | Some(Value::Null), Some(result)) => {
                Inbound::Response(Response::from_ok(id, result))
            }
            _ => invalid("neither a request nor a response"),
        },
    }
}

fn error_from(mut map: Map<String, Value>) -> Error {
    let code = map.get("code").and_then(Value::as_i64).unwrap_or(-32603);
    let message = match map.remove("message") {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    Error {
        code: ErrorCode::from(code),
        message: Cow::Owned(message),
        data: map.remove("data"),
    }
}

fn bad(id: Id, error: Error) -> Inbound {
    Inbound::Bad(Response::from_error(id, error))
}

fn explained(mut error: Error, why: &str) -> Error {
    error.message = Cow::Owned(format!("{}: {why}", error.message));
    error
}

/// Invalid UTF-8 and unpaired surrogate escapes (`"\ud83d"`, which JavaScript writes for half an emoji) become U+FFFD:
/// one UTF-16 unit for one, so that columns stay right. Losing the whole message would lose the document.
fn repaired(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let bytes = text.as_bytes();
    let unit = |at: usize| -> Option<u16> {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let high = unit(at);
        let low = unit(at + 6);
        let step = match (high, low) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.extend_from_slice(b"\\ufffd");
                at += 6;
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
        let end = (at + step).min(bytes.len());
        out.extend_from_slice(&bytes[at..end]);
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(mut input: &[u8]) -> Vec<Inbound> {
        std::iter::from_fn(|| read(&mut input).unwrap()).collect()
    }

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    const HELLO: &str = r#"{"jsonrpc":"2.0","method":"hello","id":1,"params":null}"#;

    fn hello() -> Inbound {
        Inbound::Request(Request::build("hello").params(Value::Null).id(1).finish())
    }

    fn code(inbound: &Inbound) -> (Id, i64) {
        let Inbound::Bad(response) = inbound else {
            panic!("{inbound:?} is no error")
        };
        (response.id().clone(), response.error().unwrap().code.code())
    }

    #[test]
    fn reading_goes_on_after_anything() {
        let frames = [
            frame(HELLO),
            format!(
                "content-length: {}\r\nX-More: 1\r\nContent-Type: a/b; charset=utf-8\r\n\r\n{HELLO}",
                HELLO.len()
            ),
            frame("{\"jsonrpc\":"),
            frame("[1]"),
            "junk\r\n\r\n".to_owned(),
            format!("noise {}", frame(HELLO)),
            frame(r#"{"jsonrpc":"2.0","id":[1],"method":"x"}"#),
            frame(r#"{"jsonrpc":"1.0","id":7,"method":"x"}"#),
            frame(r#"{"jsonrpc":"2.0","id":8}"#),
            "Content-Length: zero\r\n\r\n".to_owned(),
            frame(HELLO),
            "Content-Length: 400\r\n\r\n{".to_owned(),
        ];
        let got = all(frames.concat().as_bytes());
        assert_eq!(got.len(), 11, "{got:#?}");
        for at in [0, 1, 5, 10] {
            assert_eq!(got[at], hello(), "{at}");
        }
        let codes: Vec<_> = [2, 3, 4, 6, 7, 8, 9].map(|at| code(&got[at])).into();
        assert_eq!(
            codes,
            [
                (Id::Null, -32700),
                (Id::Null, -32600),
                (Id::Null, -32700),
                (Id::Null, -32600),
                (Id::Number(7), -32600),
                (Id::Number(8), -32600),
                (Id::Null, -32700),
            ]
        );
    }

    #[test]
    fn half_an_emoji_and_invalid_utf8_keep_their_width() {
        let text = |body: &[u8]| match parse(body) {
            Inbound::Request(request) => {
                request.params().unwrap()["t"].as_str().unwrap().to_owned()
            }
            other => panic!("{other:?}"),
        };
        let with = |raw: &[u8]| {
            [
                br#"{"jsonrpc":"2.0","method":"m","params":{"t":""#.as_slice(),
                raw,
                br#""}}"#,
            ]
            .concat()
        };
        assert_eq!(text(&with(br"a\ud83db\\ud83d")), "a\u{fffd}b\\ud83d");
        assert_eq!(text(&with(br"\ude00\ud83d\ude00")), "\u{fffd}\u{1F600}");
        assert_eq!(text(&with(b"a\xffb")), "a\u{fffd}b");
    }

    #[test]
    fn answers_of_clients_are_taken_as_they_come() {
        let parse = |value: Value| parse(value.to_string().as_bytes());
        let Inbound::Response(response) =
            parse(json!({"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"no","extra":1}}))
        else {
            panic!()
        };
        assert_eq!(response.error().unwrap().code.code(), -1);
        let Inbound::Response(response) = parse(json!({"jsonrpc":"2.0","id":3,"result":null}))
        else {
            panic!()
        };
        assert!(response.is_ok());
    }
}
