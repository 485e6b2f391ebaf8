"""Checks of the Helix settings, and the journey in Helix itself where one is at hand. Prints `ok`/`not ok` lines."""

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time
import tomllib
import traceback

RETRY = '''"""Keep trying."""
import time


def backoff_delay(attempt, base=0.5, limit=30.0):
    """Seconds to wait before the next attempt: doubles each time, up to a limit."""
    return min(limit, base * 2 ** attempt)


def call_with_retry(action, attempts=5):
    """Call an action again when the connection drops, waiting longer after each failure."""
    for attempt in range(attempts):
        try:
            return action()
        except ConnectionError:
            time.sleep(backoff_delay(attempt))
    raise ConnectionError("gave up")
'''
CART = '''"""The shopping cart."""
from retry import call_with_retry


def checkout(cart, gateway):
    """Charge the customer's card through the payment gateway."""
    return call_with_retry(lambda: gateway.charge(cart.total(gateway.prices)))
'''


# Since this version keys can give arguments to a server's command.
ARGUMENTS = (25, 7)


class Server:
    """The server as Helix starts it: the settings as initialization options, commands by workspace/executeCommand."""

    def __init__(self, settings, root):
        entry = settings["language-server"]["symseek"]
        self.process = subprocess.Popen(
            [entry["command"], *entry["args"]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        self.shown = []
        self.next = 0
        answer = self.ask("initialize", {
            "processId": None, "rootUri": root.as_uri(), "initializationOptions": entry["config"],
            "capabilities": {"window": {"showDocument": {"support": True}}},
        })
        self.capabilities = answer["capabilities"]
        self.send({"method": "initialized", "params": {}})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def read(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.process.stdout.read(length))

    def ask(self, method, params):
        self.next += 1
        self.send({"id": self.next, "method": method, "params": params})
        while True:
            message = self.read()
            if "method" in message:
                if message["method"] == "window/showDocument":
                    self.shown.append(message["params"]["uri"])
                if "id" in message:
                    self.send({"id": message["id"], "result": {"success": True}})
            elif message["id"] == self.next:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]

    def documents(self, command, arguments):
        """Runs a command and gives the text of the document that the server has shown."""
        self.shown.clear()
        self.ask("workspace/executeCommand", {"command": command, "arguments": arguments})
        deadline = time.monotonic() + 10
        while not self.shown and time.monotonic() < deadline:
            self.ask("symseek/status", None)
            time.sleep(0.05)
        assert len(self.shown) == 1, f"documents shown: {self.shown}"
        return pathlib.Path(self.shown[0].removeprefix("file://")).read_text()

    def indexed(self):
        for _ in range(400):
            folders = self.ask("symseek/status", None)["folders"]
            if folders and all(folder["state"] == "ready" for folder in folders):
                return
            time.sleep(0.05)
        raise AssertionError("the index is never ready")

    def close(self):
        self.process.kill()
        self.process.wait()


def project(work):
    root = work / "shop"
    root.mkdir()
    (root / "retry.py").write_text(RETRY)
    (root / "cart.py").write_text(CART)
    (root / ".git").mkdir()
    return root


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def bindings(config):
    """Every key with its command or commands, one pair for each command."""
    for mode in config["keys"]:
        for key, commands in config["keys"][mode]["space"]["l"].items():
            for command in commands if isinstance(commands, list) else [commands]:
                yield mode, key, command


def workspace_command(binding, selection):
    """Name and arguments as Helix reads them: variables are expanded first, then the rest of the line is JSON values."""
    line = re.search(r"lsp-workspace-command (.*?)(<ret>|<left>)?$", binding).group(1)
    name, _, rest = line.partition(" ")
    decoder, arguments, rest = json.JSONDecoder(), [], rest.replace("%{selection}", selection)
    while rest.strip():
        value, end = decoder.raw_decode(rest.strip())
        arguments.append(value)
        rest = rest.strip()[end:]
    return name, arguments


def check_languages(settings):
    languages = load(settings / "languages.toml")
    assert set(languages) == {"language-server", "language"}
    assert set(languages["language-server"]["symseek"]) == {"command", "args", "config"}
    names = [language["name"] for language in languages["language"]]
    assert len(names) == len(set(names)) > 200, len(names)
    for language in languages["language"]:
        assert set(language) == {"name", "language-servers"}, language
        *others, last = language["language-servers"]
        assert last == {"name": "symseek", "only-features": ["workspace-symbols", "workspace-command", "code-action"]}, language
        for other in others:
            name = other if isinstance(other, str) else other["name"]
            assert name != "symseek" and set(other if isinstance(other, dict) else []) <= {
                "name", "only-features", "except-features"}, language
    servers = {language["name"]: language["language-servers"][:-1] for language in languages["language"]}
    assert servers["rust"] == ["rust-analyzer"] and "ruff" in servers["python"], servers["python"]


def check_languages_script(settings, work):
    defaults = work / "defaults.toml"
    defaults.write_text(
        '[language-server]\nx = { command = "x" }\n'
        '[[language]]\nname = "a\\"b"\nfile-types = ["ab"]\n'
        'language-servers = ["x", { name = "y", except-features = ["format"] }]\n'
        '[[language]]\nname = "alone"\nshebangs = ["sh"]\n'
        '[[language]]\nname = "injected"\nfile-types = []\n')
    made = subprocess.run([settings / "languages.py", defaults], capture_output=True, text=True, check=True).stdout
    symseek = {"name": "symseek", "only-features": ["workspace-symbols", "workspace-command", "code-action"]}
    assert tomllib.loads(made)["language"] == [
        {"name": 'a"b', "language-servers": ["x", {"name": "y", "except-features": ["format"]}, symseek]},
        {"name": "alone", "language-servers": [symseek]},
    ], made


def check_keys(settings, server):
    found = 0
    for mode, key, binding in bindings(load(settings / "config.toml")):
        assert binding[0] in ":@" or re.fullmatch("[a-z_]+", binding), binding
        if "lsp-workspace-command" in binding:
            name, arguments = workspace_command(binding, "call_with_retry")
            offered = server.capabilities["executeCommandProvider"]["commands"]
            assert name in offered and len(arguments) == 1 and isinstance(arguments[0], str), (mode, key, binding)
            found += 1
    assert found >= 5, found


def key(settings, name, mode="normal"):
    commands = load(settings / "config.toml")["keys"][mode]["space"]["l"][name]
    return commands if isinstance(commands, str) else commands[0]


def check_search(settings, server, root):
    name, _ = workspace_command(key(settings, "q"), "")
    text = server.documents(name, ["wait longer when the network fails"])
    first = re.search(r"^(/.*):(\d+)$", text, re.M)
    assert first and first.group(1) == str(root / "retry.py"), text


def check_relations(settings, server, root):
    text = server.documents(*workspace_command(key(settings, "c"), "call_with_retry"))
    assert re.search(rf"^{re.escape(str(root / 'cart.py'))}:\d+$", text, re.M) and "checkout" in text, text
    text = server.documents(*workspace_command(key(settings, "e"), "call_with_retry"))
    assert "backoff_delay" in text, text


def check_similar(settings, root):
    for mode in ("normal", "select"):
        command = key(settings, "s", mode).removeprefix(":pipe-to ")
        selection = "def pause(n):\n    return min(60, 2 ** n)  # it's \"quoted\" $(touch injected) `touch injected`\n"
        subprocess.run(["sh", "-c", command], input=selection, text=True, cwd=root, check=True)
        text = (pathlib.Path.home() / ".cache/symseek/similar.txt").read_text()
        # A place stands alone on its line, so that the key `o` can open it.
        assert re.search(r"^retry\.py:\d+$", text, re.M), text
        assert not (root / "injected").exists()


def check_code_actions(server, root):
    uri = (root / "retry.py").as_uri()
    document = {"uri": uri, "languageId": "python", "version": 1, "text": RETRY.replace("gave up", "not saved")}
    server.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
    at = {"line": 9, "character": 6}
    actions = server.ask("textDocument/codeAction", {
        "textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}})
    assert [action["title"] for action in actions] == ["Find similar code", "Show callers", "Show callees"], actions
    for action, expected in zip(actions, ["# similar code", "cart.py:7\n    return call_with_retry(", "backoff_delay"]):
        command = action["command"]
        text = server.documents(command["command"], command["arguments"])
        assert expected in text, text


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Helix:
    """Helix inside a tmux of its own, with the settings as its README has them installed."""

    def __init__(self, hx, settings, root):
        self.hx = hx
        self.tmux = ["tmux", "-L", f"symseek-{os.getpid()}", "-f", "/dev/null"]
        # As in `helix 25.07.1 (a05c151b)`.
        self.version = tuple(map(int, re.match(r"helix (\d+)\.(\d+)", output(hx, "--version")).groups()))
        config = pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "helix"
        config.mkdir(parents=True, exist_ok=True)
        (config / "config.toml").write_text((settings / "config.toml").read_text())
        (config / "languages.toml").write_text(output(settings / "languages.py", "--hx", hx))
        self.run("new-session", "-d", "-x", "180", "-y", "50", "-c", str(root), shlex.join([hx, "retry.py"]))

    def run(self, *arguments):
        return subprocess.run([*self.tmux, *arguments], capture_output=True, text=True, check=True).stdout

    def keys(self, *keys):
        for one in keys:
            self.run("send-keys", *(["-l", one] if len(one) > 1 and one not in ("Enter", "Escape", "Space", "Down") else [one]))
            # An Escape that is read together with what follows would be an Alt key: what it does is waited for.
            time.sleep(0.15)

    def screen(self):
        return self.run("capture-pane", "-p")

    def eventually(self, pattern, seconds=15):
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.screen(), re.M):
            if time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} is never on the screen:\n{self.screen()}")
            time.sleep(0.1)

    def close(self):
        subprocess.run([*self.tmux, "kill-server"], capture_output=True)


def journey(helix, settings):
    """The tests in Helix; they share it, as the steps of a session do. Each with the Helix that can do it."""

    def accepts():
        # In colours, and without a terminal.
        said = re.sub(r"\x1b\[[0-9;]*m", "", output(helix.hx, "--health", "python"))
        assert re.search(r"✓ symseek: .*/bin/symseek$", said, re.M), said
        assert "basedpyright" in said or "ruff" in said, f"its own servers stand beside it:\n{said}"
        if helix.version == (25, 7):
            assert output(settings / "languages.py", "--hx", helix.hx).splitlines()[5:] == (
                settings / "languages.toml").read_text().splitlines()[5:], "the file that is shipped is for this version"

    def opens():
        helix.eventually("backoff_delay")

    def picker():
        # Helix asks once for what is typed; an index that was not complete then is asked again by a person.
        deadline = time.monotonic() + 30
        while True:
            helix.keys("Space", "S")
            helix.keys("wait longer when the network fails")
            try:
                helix.eventually(r"> function +call_with_retry", 5)
                break
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                helix.keys("Escape")
        helix.keys("Escape")
        helix.eventually(r"^   17 +raise ConnectionError")

    def picked():
        helix.keys("Space", "S")
        helix.keys("payment gateway charge")
        helix.eventually(r"> function +checkout")
        helix.keys("Enter")
        helix.eventually(r"def checkout\(")
        helix.eventually(r"^ NOR +cart\.py ")

    def question():
        helix.keys("Space", "l", "q")
        helix.keys("payment gateway charge")
        helix.keys("Enter")
        helix.eventually(r"^ *\d+ +# payment gateway charge")
        helix.eventually(r"/shop/cart\.py:\d+")

    def goes_there():
        helix.keys("/")
        helix.keys("cart.py:")
        helix.keys("Enter", "Space", "l", "o")
        helix.eventually(r"cart\.py\s+\d+ sel|cart\.py .*\d+:\d+")
        helix.eventually(r"def checkout")

    def unsaved():
        helix.keys("g", "e", "o")
        helix.keys("def gift_wrap(parcel, ribbon): return parcel.cover(ribbon)  # decorate a present with a bow")
        helix.eventually(r"with a bow$")
        helix.keys("Escape")
        helix.eventually(r"^ NOR ")
        helix.keys("Space", "l", "q")
        helix.keys("decorate a present with a bow")
        helix.keys("Enter")
        helix.eventually(r"^ *\d+ +# decorate a present with a bow")
        # Helix has indented it into the function above, whose snippet now holds it.
        helix.eventually(r"## 1\. checkout \(function\)")
        helix.eventually(r"def gift_wrap")

    def callers():
        helix.keys(":")
        helix.keys("open retry.py:10:6")
        helix.keys("Enter", "Space", "l", "c")
        helix.eventually(r"^ *\d+ +# callers of call_with_retry")
        helix.eventually(r"/shop/cart\.py:\d+")

    def code_action():
        helix.keys(":")
        helix.keys("open retry.py:10:6")
        helix.keys("Enter", "Space", "a")
        helix.eventually(r"Show callers")
        helix.keys("Down", "Enter")
        helix.eventually(r"^ *\d+ +# callers of")
        helix.eventually(r"return call_with_retry\(")

    def similar():
        helix.keys(":")
        helix.keys("open retry.py:5")
        helix.keys("Enter", "x", "x", "x", "Space", "l", "s")
        helix.eventually(r"^ *(\d+ +)?retry\.py:\d+$")

    for step, since in [
        (accepts, (25, 1)), (opens, (25, 1)), (picker, (25, 1)), (picked, (25, 1)), (question, ARGUMENTS), (goes_there, ARGUMENTS),
        (unsaved, ARGUMENTS), (callers, ARGUMENTS), (code_action, (25, 1)), (similar, (25, 1)),
    ]:
        name = step.__name__.replace("_", " ")
        if helix.version >= since:
            yield f"in Helix: {name}", step
        else:
            print(f"Helix {helix.version[0]}.{helix.version[1]:02} cannot: {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--hx")
    given = parser.parse_args()
    root = project(given.work)
    server = Server(load(given.settings / "languages.toml"), root)
    server.indexed()
    tests = [
        ("languages.toml has the expected shape", lambda: check_languages(given.settings)),
        ("languages.py keeps the defaults", lambda: check_languages_script(given.settings, given.work)),
        ("every key sends a command that the server offers", lambda: check_keys(given.settings, server)),
        ("a question ends in a shown document", lambda: check_search(given.settings, server, root)),
        ("callers and callees end in a shown document", lambda: check_relations(given.settings, server, root)),
        ("code actions end in a shown document", lambda: check_code_actions(server, root)),
        ("similar code ends in a file, whatever is selected", lambda: check_similar(given.settings, root)),
    ]
    counts = [0, 0]

    def run(name, test):
        try:
            test()
        except Exception:
            counts[1] += 1
            print(f"not ok {name}\n{traceback.format_exc()}")
        else:
            counts[0] += 1
            print(f"ok {name}")

    for name, test in tests:
        run(name, test)
    server.close()
    if given.hx:
        helix = Helix(given.hx, given.settings, root)
        try:
            for name, test in journey(helix, given.settings):
                run(name, test)
        finally:
            helix.close()
    print(f"{counts[0]} passed, {counts[1]} failed")
    sys.exit(1 if counts[1] else 0)


if __name__ == "__main__":
    main()
