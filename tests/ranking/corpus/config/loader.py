"""Settings from several places: defaults, file, environment, command line."""

import os
from collections.abc import Mapping
from pathlib import Path


class ConfigError(Exception):
    pass


def parse_lines(text: str, origin: str) -> dict[str, str]:
    """`key = value` lines; `#` starts a comment, quotes keep spaces."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        key, equals, value = line.partition("=")
        if not equals:
            raise ConfigError(f"{origin}:{number}: expected key = value, found {line!r}")
        found[key.strip()] = value.strip().strip('"')
    return found


def from_environment(prefix: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`APP_DB_HOST` becomes `db.host`."""
    start = prefix.upper() + "_"
    return {name[len(start):].lower().replace("_", "."): value for name, value in environ.items() if name.startswith(start)}


def expand(value: str, known: Mapping[str, str], depth: int = 0) -> str:
    """Replaces `${other.key}`; a chain that leads back to itself is an error."""
    if depth > 10:
        raise ConfigError(f"references in {value!r} form a cycle")
    start = value.find("${")
    if start < 0:
        return value
    end = value.find("}", start)
    if end < 0:
        raise ConfigError(f"unclosed ${{ in {value!r}")
    name = value[start + 2 : end]
    if name not in known:
        raise ConfigError(f"{value!r} refers to unknown setting {name!r}")
    return expand(value[:start] + known[name] + value[end + 1 :], known, depth + 1)


def load(defaults: Mapping[str, str], path: Path | None, prefix: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """Later places win: defaults, then the file, then the environment, then what was given explicitly."""
    merged = dict(defaults)
    if path is not None and path.exists():
        merged.update(parse_lines(path.read_text(), str(path)))
    merged.update(from_environment(prefix))
    merged.update(overrides)
    unknown = sorted(set(merged) - set(defaults))
    if unknown:
        raise ConfigError(f"unknown settings: {', '.join(unknown)}")
    return {key: expand(value, merged) for key, value in merged.items()}
