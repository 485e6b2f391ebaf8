"""Drives symseek.exe under Wine: `journey.py FOLDER WINE PROGRAM`. The command line, the service behind its named pipe, a language server
with a text that was never saved, the service killed under it, and the end of all of them. A line per check; fails at the first.

What the service starts with it holds open, so output goes to files, not to pipes that would never end."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

FOLDER = pathlib.Path(sys.argv[1])
PROGRAM = sys.argv[2:4]
URI = f"file:///Z:{FOLDER}"


def check(what, holds, seen=None):
    print(f"{'ok     ' if holds else 'FAILED '} {what}", flush=True)
    if not holds:
        raise SystemExit(f"{what}: {seen!r}")


def run(*arguments, service="auto"):
    """The exit code and what was written."""
    with tempfile.TemporaryFile() as output:
        command = [*PROGRAM, *arguments, "--service", service]
        code = subprocess.run(command, cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=120).returncode
        output.seek(0)
        return code, output.read().decode(errors="replace")


class LanguageServer:
    def __init__(self):
        command = [*PROGRAM, "lsp", "--service", "auto"]
        self.process = subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.number = 0
        folders = [{"uri": URI, "name": "corpus"}]
        self.ask("initialize", {"processId": None, "rootUri": URI, "capabilities": {}, "workspaceFolders": folders})
        self.tell("initialized", {})

    def write(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self):
        length = 0
        while (line := self.process.stdout.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.process.stdout.read(length))

    def tell(self, method, parameters):
        self.write({"method": method, "params": parameters})

    def ask(self, method, parameters):
        self.number += 1
        self.write({"id": self.number, "method": method, "params": parameters})
        while True:
            message = self.read()
            if "method" not in message and message["id"] == self.number:
                return message.get("result")
            if "method" in message and "id" in message:
                self.write({"id": message["id"], "result": None})

    def names(self, query):
        found = self.ask("workspace/executeCommand", {"command": "symseek.search", "arguments": [{"query": query, "limit": 5}]})
        return [hit["name"] for hit in found["hits"]]

    def soon(self, query, name):
        until = time.monotonic() + 20
        while (names := self.names(query))[:1] != [name] and time.monotonic() < until:
            time.sleep(0.1)
        return names


def kill_service():
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"symseek.exe") and b"serve" in words:
            os.kill(int(process.name), signal.SIGKILL)


def main():
    # Wine makes its own folders at first, and says so.
    run("--version")
    code, text = run("--version")
    check("it starts", code == 0 and text.startswith("symseek "), text)
    question = "wait longer after each failure"
    code, alone = run("search", question, "--limit", "3", service="off")
    check("a folder is indexed and searched without a service", code == 0 and "retry.rs" in alone, alone)
    code, attached = run("search", question, "--limit", "3")
    check("the service that a search starts gives the same answer", (code, attached) == (0, alone), attached)
    code, text = run("doctor")
    check("the doctor finds it, and nothing wrong", code == 0 and "0 with errors" in text and "1 folder open" in text, text)
    code, text = run("serve")
    check("there is one service", code != 0 and "is the service already" in text, text)

    editor = LanguageServer()
    new = {"uri": f"{URI}/new.rs", "languageId": "rust", "version": 1, "text": "/// Waters every plant of a greenhouse.\nfn sprinkle() {}\n"}
    editor.tell("textDocument/didOpen", {"textDocument": new})
    found = editor.soon("water the plants of the greenhouse", "sprinkle")
    check("an editor finds what it has not saved", found[:1] == ["sprinkle"], found)
    other = LanguageServer()
    found = other.names("water the plants of the greenhouse")
    check("another editor does not", "sprinkle" not in found, found)
    kill_service()
    found = editor.soon("water the plants of the greenhouse", "sprinkle")
    check("the service is killed, and the editor finds it still", found[:1] == ["sprinkle"], found)
    for each in (editor, other):
        each.ask("shutdown", None)
        each.tell("exit", None)
        each.process.stdin.close()
        check("an editor's server ends when it is told", each.process.wait(timeout=20) == 0)
    code, text = run("serve", "--stop")
    check("the service ends when it is told", code == 0, text)
    code, text = run("serve", "--stop")
    check("and is gone", code != 0 and "no service runs" in text, text)
    print("the journey is complete")


main()
