#!/usr/bin/env python3
"""How much a coding agent reads before it sees the code that it asked for: one search over MCP beside ripgrep and reading whole
files. Needs a symseek, `rg`, and a set of judged queries (a JSON file per repository: a list of {query, category, relevant:
[{path, start_line, end_line}], secondary}); prints a Markdown table. A token is 3.5 bytes for all.

The agent with symseek calls `search` as it comes (10 results, 3000 tokens); where nothing relevant is among them, once more with
30 results. It pays for whole answers. `+ source` adds `read_symbol` of the first relevant result, so that it has read the code in
full, as the other agent has. The agent with ripgrep searches for each word of the query, orders files by how many different words
they hold, then by matches, and reads whole files in this order, up to 30, until one holds relevant code. It pays for the list of
these files and for what it reads; that a person would choose better words, or read less of a file, is not modelled."""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

BYTES_PER_TOKEN = 3.5
STOP = set("a an and are as at be by do does for from has have how if in is it its not of on or that the to was what when where which who why with".split())


class Agent:
    """One session of `symseek mcp`."""

    def __init__(self, binary, root, cache):
        command = [binary, "mcp", "--cache-dir", cache, "--index-within", "600000", root]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.last = 0
        about = {"name": "tokens.py", "version": "1"}
        self.request("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": about})
        self.send({"method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def request(self, method, params):
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        answer = json.loads(self.process.stdout.readline())
        assert answer.get("id") == self.last and "result" in answer, answer
        return answer["result"]

    def call(self, tool, **arguments):
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        assert not result.get("isError"), (tool, arguments, result)
        return result["content"][0]["text"], result["structuredContent"]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def tokens(n_bytes):
    return n_bytes / BYTES_PER_TOKEN


def with_symseek(agent, query, targets):
    """Tokens of the answers, and the same with the source of the first relevant result; None when nothing relevant comes."""
    paid = 0
    # A word of the query may look like a filter; then it is none, as no person typed it as one.
    query = re.sub(r"(?<!\S)(-?)(kind|path|lang):", r"\1\2 ", query)
    for limit in (10, 30):
        text, answer = agent.call("search", query=query, limit=limit)
        paid += len(text.encode())
        for hit in answer["results"]:
            overlaps = (it["start_line"] <= hit["end_line"] and hit["line"] <= it["end_line"] for it in targets[hit["path"]])
            if hit["path"] in targets and any(overlaps):
                source, _ = agent.call("read_symbol", symbol=hit["anchor"], limit=1, budget=100_000)
                return tokens(paid), tokens(paid + len(source.encode()))
    return None


def with_rg(rg, root, query, targets):
    """Tokens of the list of files and of the files read; None when none of 30 holds relevant code."""
    found = re.findall(r"[A-Za-z_][A-Za-z0-9_]*", query.lower())
    words = [it for it in dict.fromkeys(found) if it not in STOP and len(it) > 2] or [query]
    distinct, matches = {}, {}
    for word in words:
        command = [rg, "--count", "--ignore-case", "--fixed-strings", "--", word, "."]
        for line in subprocess.run(command, cwd=root, capture_output=True, text=True).stdout.splitlines():
            path, _, count = line.rpartition(":")
            path = path.removeprefix("./")
            distinct[path] = distinct.get(path, 0) + 1
            matches[path] = matches.get(path, 0) + int(count)
    files = sorted(distinct, key=lambda path: (-distinct[path], -matches[path], path))[:30]
    paid = sum(len(f"{path}:{matches[path]}\n".encode()) for path in files)
    for path in files:
        paid += (root / path).stat().st_size
        if path in targets:
            return tokens(paid)
    return None


class Targets(dict):
    """Relevant ranges by path as it stands below the searched folder."""

    def __init__(self, judged, below):
        super().__init__()
        for it in judged["relevant"] + judged.get("secondary", []):
            if it["path"].startswith(below):
                self.setdefault(it["path"].removeprefix(below), []).append(it)

    def __missing__(self, path):
        return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--symseek", required=True, help="the program")
    parser.add_argument("--rg", default="rg", help="ripgrep")
    parser.add_argument("--annotations", required=True, type=pathlib.Path, help="folder of judged queries, REPOSITORY.json")
    parser.add_argument("--specification", required=True, type=pathlib.Path, help="JSON list of {name, benchmark_root}")
    parser.add_argument("--checkouts", required=True, type=pathlib.Path, help="folder of checkouts, one folder per repository")
    parser.add_argument("--only", nargs="*", help="these repositories")
    given = parser.parse_args()
    rows = []
    for spec in json.loads(given.specification.read_text()):
        name = spec["name"]
        if given.only and name not in given.only:
            continue
        below = spec.get("benchmark_root") or ""
        root = given.checkouts / name / below
        with tempfile.TemporaryDirectory() as cache:
            began = time.monotonic()
            agent = Agent(given.symseek, str(root), cache)
            for judged in json.loads((given.annotations / f"{name}.json").read_text()):
                targets = Targets(judged, below.rstrip("/") + "/" if below else "")
                mcp = with_symseek(agent, judged["query"], targets)
                rg = with_rg(given.rg, root, judged["query"], targets)
                rows.append((judged["category"], mcp and mcp[0], mcp and mcp[1], rg))
            agent.end()
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    print(f"\n{len(rows)} queries; of what was found by both, the median and the mean of tokens\n")
    print("| kind | queries | found: search | found: rg | search | + source | rg + whole files |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for category in [*sorted({row[0] for row in rows}), "all"]:
        some = [row for row in rows if category in (row[0], "all")]
        both = [row for row in some if None not in row]
        share = [f"{sum(row[at] is not None for row in some) / len(some):.1%}" for at in (1, 3)]
        cells = []
        for at in (1, 2, 3):
            numbers = [row[at] for row in both] or [0]
            cells.append(f"{statistics.median(numbers):,.0f} / {statistics.mean(numbers):,.0f}")
        print("| " + " | ".join([category, str(len(some)), *share, *cells]) + " |")


if __name__ == "__main__":
    main()
