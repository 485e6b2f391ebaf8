"""Messages as they come over the wire."""

import re
from dataclasses import dataclass, field

ADDRESS = re.compile(r"^(?:\"?(?P<name>[^\"<]*)\"?\s*)?<?(?P<mailbox>[^\s<>@]+@[^\s<>@]+)>?$")


class MalformedMessage(ValueError):
    pass


@dataclass
class Message:
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: str = ""

    def header(self, name: str) -> str | None:
        values = self.headers.get(name.lower())
        return values[0] if values else None


def unfold(raw: str) -> list[str]:
    """Joins header lines that were continued with leading white space."""
    lines: list[str] = []
    for line in raw.splitlines():
        if line[:1] in " \t" and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return lines


def parse_message(raw: str) -> Message:
    """Splits at the first blank line; header names are compared without case."""
    head, _, body = raw.replace("\r\n", "\n").partition("\n\n")
    message = Message(body=body)
    for line in unfold(head):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise MalformedMessage(f"header line without a colon: {line[:40]!r}")
        message.headers.setdefault(name.strip().lower(), []).append(value.strip())
    return message


def parse_address(text: str) -> tuple[str, str]:
    """Display name and mailbox of `"Ada" <ada@example.org>`."""
    found = ADDRESS.match(text.strip())
    if found is None:
        raise MalformedMessage(f"not a mail address: {text!r}")
    return (found["name"] or "").strip(), found["mailbox"].lower()


def recipients(message: Message) -> list[str]:
    """Everybody in To and Cc, each once, in order."""
    seen: dict[str, None] = {}
    for name in ("to", "cc"):
        for value in message.headers.get(name, []):
            for part in value.split(","):
                seen.setdefault(parse_address(part)[1])
    return list(seen)


def is_auto_reply(message: Message) -> bool:
    """Out-of-office answers must not be answered, or two of them talk forever."""
    if message.header("Auto-Submitted") not in (None, "no"):
        return True
    return (message.header("Precedence") or "").lower() in {"bulk", "junk", "list"}
