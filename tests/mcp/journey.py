"""Drives `symseek mcp` with the official Python SDK, a client that shares no code with the server: every tool with good, bad and
hostile input, in both lifecycles of the protocol, schemas validated. Prints a line per check; fails at the first that does not hold."""

import asyncio
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import jsonschema
from mcp import Client, MCPError, StdioServerParameters

SECRET = "hidden_treasure"
FILES = {
    "app/retry.py": '''"""Trying again."""
import time


def backoff_delay(attempt, base=0.5, limit=30.0):
    """Seconds to wait before the next attempt: doubles each time, up to a limit."""
    return min(limit, base * 2 ** attempt)


def call_with_retry(action, attempts=5):
    """Call an action again when the connection drops."""
    for attempt in range(attempts):
        try:
            return action()
        except ConnectionError:
            time.sleep(backoff_delay(attempt))
''',
    "app/client.py": '''from app.retry import call_with_retry


class Client:
    def fetch(self, url):
        """Get a page, again if need be."""
        return call_with_retry(lambda: self.read(url))

    def read(self, url):
        return url.upper()
''',
    "tests/test_client.py": '''from app.client import Client


def test_fetch():
    assert Client().fetch("a") == "A"
''',
}

# What each tool answers to: arguments, and what its text must hold.
GOOD = {
    "search": ({"query": "wait longer after each failed attempt", "code": "full"}, "app/retry.py:5 function backoff_delay"),
    "search_symbols": ({"name": "call_with_re"}, "app/retry.py:10"),
    "find_similar": ({"path": "app/retry.py", "line": 5}, "call_with_retry"),
    "callers": ({"symbol": "backoff_delay"}, "app/retry.py:16: time.sleep(backoff_delay(attempt))"),
    "callees": ({"symbol": "app/retry.py:10"}, "backoff_delay"),
    "call_path": ({"from": "fetch", "to": "backoff_delay"}, "call_with_retry"),
    "impact": ({"symbol": "backoff_delay", "depth": 3}, "call_with_retry"),
    "outline": ({"path": "app/client.py"}, "def fetch(self, url)"),
    "read_symbol": ({"symbol": "Client.fetch"}, "Get a page, again if need be."),
    "grep": ({"pattern": r"def \w+_delay", "regex": True}, "app/retry.py:5: def backoff_delay"),
    "status": ({}, "3 files"),
    "reindex": ({}, "index is being made again"),
}
BAD = {
    "search": ({"query": 7}, "`query`"),
    "search_symbols": ({"name": "a", "kinds": ["banana"]}, "`kinds[0]`"),
    "find_similar": ({"path": "app/retry.py", "line": 999}, "outside of"),
    "callers": ({}, "`symbol`"),
    "callees": ({"symbol": "nowhere.py:3"}, "there is no"),
    "call_path": ({"from": "fetch", "to": "fetch", "max_calls": 0}, "`max_calls`"),
    "impact": ({"symbol": "fetch", "depth": "deep"}, "`depth`"),
    "outline": ({"path": "nowhere"}, "there is no"),
    "read_symbol": ({"symbol": ["a"]}, "`symbol`"),
    "grep": ({"pattern": "(", "regex": True}, "not a regular expression"),
    "status": ({"verbose": True}, "`verbose`"),
    "reindex": ({"force": True}, "`force`"),
}


def check(what, holds, seen=None):
    print(("ok      " if holds else "not ok  ") + what, flush=True)
    if not holds:
        raise SystemExit(f"{what}: {seen!r}")


def text_of(result):
    return result.content[0].text


async def journey(binary, work, mode):
    root = work / "project"
    environment = environment_in(work)
    server = StdioServerParameters(command=binary, args=["mcp", str(root)], env=environment, cwd=str(root))
    async with Client(server, mode=mode) as client:
        check(f"[{mode}] it speaks {client.protocol_version}", client.server_info.name == "symseek", client.server_info)
        check(f"[{mode}] it says how it is used", "search" in (client.instructions or ""))
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        check(f"[{mode}] the tools are those that are tested", tools.keys() == GOOD.keys() == BAD.keys(), tools.keys())
        for tool in tools.values():
            for schema in (tool.input_schema, tool.output_schema):
                jsonschema.Draft202012Validator.check_schema(schema)
            jsonschema.validate(GOOD[tool.name][0], tool.input_schema)
            try:
                jsonschema.validate({"qurey": 1}, tool.input_schema)
                check(f"{tool.name}: the schema refuses unknown fields", False)
            except jsonschema.ValidationError:
                pass
        check(f"[{mode}] all schemas are schemas, and refuse unknown fields", True)

        for name, (arguments, expected) in GOOD.items():
            result = await client.call_tool(name, arguments)
            check(f"[{mode}] {name} answers", not result.is_error and expected in text_of(result), text_of(result))
            jsonschema.validate(result.structured_content, tools[name].output_schema)
        while text_of(await client.call_tool("status", {})).split(",")[0].endswith("indexing"):
            await asyncio.sleep(0.05)
        for name, (arguments, expected) in BAD.items():
            result = await client.call_tool(name, arguments)
            check(f"[{mode}] {name} says what is wrong", result.is_error and expected in text_of(result), text_of(result))
        for name in tools:
            result = await client.call_tool(name, {"qurey": 1})
            check(f"[{mode}] {name} names an unknown field", result.is_error and "`qurey`" in text_of(result), text_of(result))

        outside = ["../secret.py", "app/../../secret.py", str(work / "secret.py"), "/etc/passwd", "link.py", "up/secret.py"]
        for path in outside:
            calls = [("outline", {"path": path}), ("find_similar", {"path": path, "line": 1})]
            for name in ("callers", "callees", "impact", "read_symbol"):
                calls.append((name, {"symbol": f"{path}:1"}))
            for name, arguments in calls:
                result = await client.call_tool(name, arguments)
                if not (result.is_error and "leaves the workspace" in text_of(result)):
                    check(f"{name} stays inside: {path}", False, text_of(result))
        found = await client.call_tool("grep", {"pattern": SECRET})
        check(f"[{mode}] nothing leaves the workspace", found.structured_content["matches"] == [], found)

        megabyte = "backoff delay " * 75_000
        result = await client.call_tool("search", {"query": megabyte})
        check(f"[{mode}] a query of a megabyte is cut, and answered", "was cut" in text_of(result), text_of(result)[:200])
        for name in ("callers", "grep"):
            field = "pattern" if name == "grep" else "symbol"
            result = await client.call_tool(name, {field: megabyte})
            check(f"[{mode}] {name} refuses a megabyte", result.is_error and "bytes" in text_of(result), text_of(result)[:200])
        try:
            await client.call_tool("exec", {"command": "true"})
            check(f"[{mode}] an unknown tool is an error", False)
        except MCPError as error:
            check(f"[{mode}] an unknown tool is an error that names those there are", "read_symbol" in str(error), error)

        templates = (await client.list_resource_templates()).resource_templates
        check(f"[{mode}] outlines are resources", [it.uri_template for it in templates] == ["symseek://outline/{+path}"], templates)
        read = await client.read_resource("symseek://outline/app/client.py")
        check(f"[{mode}] an outline is read", "def fetch(self, url)" in read.contents[0].text, read)
        try:
            await client.read_resource("symseek://outline/../secret.py")
            check(f"[{mode}] an outline outside is refused", False)
        except MCPError as error:
            check(f"[{mode}] an outline outside is refused", "leaves the workspace" in str(error), error)


def environment_in(work):
    """A cache of its own, and so a service of its own."""
    return {**os.environ, "XDG_CACHE_HOME": str(work / "cache"), "XDG_DATA_HOME": str(work / "data")}


async def cancelled(binary, work):
    """A call that waits for an index which takes long is withdrawn; the server answers others at once."""
    root = work / "large"
    root.mkdir()
    text = "value = compute(value, other)  # and on it goes\n" * 20_000
    for at in range(12):
        (root / f"big_{at}.py").write_text(text)
    environment = environment_in(work)
    arguments = ["mcp", "--index-within", "600000", str(root)]
    server = StdioServerParameters(command=binary, args=arguments, env=environment, cwd=str(root))
    async with Client(server, mode="legacy") as client:
        call = asyncio.create_task(client.call_tool("grep", {"pattern": "nowhere"}))
        await asyncio.sleep(0.2)
        check("a call waits for the index", not call.done())
        call.cancel()
        try:
            await call
            check("a cancelled call has no answer", False)
        except asyncio.CancelledError:
            began = time.monotonic()
            await client.send_ping()
            took = time.monotonic() - began
            check("a cancelled call holds nothing up", took < 5, took)


async def main():
    binary = sys.argv[1]
    # The service that the clients share may take a moment more to end, and still write.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        work = pathlib.Path(scratch).resolve()
        root = work / "project"
        for path, text in FILES.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (work / "secret.py").write_text(f"def {SECRET}(): pass\n")
        (root / "link.py").symlink_to(work / "secret.py")
        (root / "up").symlink_to(work)
        for mode in ("legacy", "auto"):
            await journey(binary, work, mode)
        await cancelled(binary, work)
        subprocess.run([binary, "serve", "--stop"], env=environment_in(work), stderr=subprocess.DEVNULL)
        check("nothing was run or written", {it.name for it in root.iterdir()} == {"app", "tests", "link.py", "up"})


asyncio.run(main())
