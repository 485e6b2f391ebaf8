#!/usr/bin/env python3
"""Makes languages.toml from Helix's own: every language with its default servers, and symseek behind them.

Helix replaces the list of servers of a language instead of adding to it, so the defaults have to be repeated. Run it with
the languages.toml of the Helix you have (https://github.com/helix-editor/helix, at the tag of your release):

    ./languages.py path/to/helix/languages.toml > languages.toml
"""

import json
import sys
import tomllib

HEAD = '''# Symseek beside the default servers of every language. Made by languages.py from Helix {version}; a language that a
# Helix does not know is an error in its settings, so make it anew for an older one.

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


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        defaults = tomllib.load(file)
    print(HEAD.format(version=sys.argv[2] if len(sys.argv) == 3 else "of yours"), end="")
    for name, servers in languages(defaults):
        listed = ", ".join(map(inline, servers))
        print(f"\n[[language]]\nname = {json.dumps(name)}\nlanguage-servers = [{listed}]")


if __name__ == "__main__":
    main()
