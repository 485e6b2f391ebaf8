#!/usr/bin/env python3
"""Makes languages.toml from Helix's own: every language with its default servers, and symseek behind them.

Helix replaces the list of servers of a language instead of adding to it, so the defaults have to be repeated, and one
language that it does not know makes it refuse the whole file. So there are two ways. From the languages.toml of the Helix that
you have (https://github.com/helix-editor/helix, at the tag of your release):

    ./languages.py path/to/helix/languages.toml > languages.toml

Or from the languages.toml beside this script, without the languages that your Helix does not know:

    ./languages.py --hx hx > languages.toml
"""

import json
import pathlib
import subprocess
import sys
import tomllib

HEAD = '''# Symseek beside the default servers of every language. Made by languages.py from Helix {version}; a language that a
# Helix does not know is an error in its settings, so make it anew for an older one: ./languages.py --hx hx

[language-server.symseek]
command = "symseek"
args = ["lsp"]
# Beside another server names would be listed twice: nl answers questions of two words or more, and what begins with ?.
# Code actions (space a) end in a command, whose answer Helix shows as a document.
config = {{ symseek = {{ workspaceSymbol = {{ mode = "nl" }}, codeActions = "command" }} }}
'''

SYMSEEK = {"name": "symseek", "only-features": ["workspace-symbols", "workspace-command", "code-action"]}


def inline(server):
    """One entry of a list of servers, as TOML. Strings of JSON and of TOML are written alike."""
    if isinstance(server, str):
        return json.dumps(server, ensure_ascii=False)
    pairs = ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in server.items())
    return f"{{ {pairs} }}"


def languages(defaults):
    """Name and servers of each language that has files of its own."""
    for language in defaults["language"]:
        if language.get("file-types") or language.get("shebangs"):
            yield language["name"], [*language.get("language-servers", []), SYMSEEK]


def known(name, hx):
    """Whether a Helix knows a language. Its table of all languages cuts long names off, so each is asked for."""
    answer = subprocess.run([hx, "--health", name], capture_output=True, text=True, check=True)
    return f"Language '{name}' not found" not in answer.stdout + answer.stderr


def version(hx):
    return subprocess.run([hx, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


def main():
    match sys.argv[1:]:
        case ["--hx", hx]:
            with open(pathlib.Path(__file__).parent / "languages.toml", "rb") as file:
                ours = tomllib.load(file)["language"]
            found = [(one["name"], one["language-servers"]) for one in ours if known(one["name"], hx)]
            made_from = version(hx)
        case [path, *rest] if len(rest) < 2 and not path.startswith("-"):
            with open(path, "rb") as file:
                found = list(languages(tomllib.load(file)))
            made_from = rest[0] if rest else "of yours"
        case _:
            sys.exit(__doc__)
    print(HEAD.format(version=made_from), end="")
    for name, servers in found:
        listed = ", ".join(map(inline, servers))
        print(f"\n[[language]]\nname = {json.dumps(name)}\nlanguage-servers = [{listed}]")


if __name__ == "__main__":
    main()
