"""What the Rust side is held against. golden.jsonl: 300 texts with their token ids and the first 16 numbers of their vector, from the table as written.
parity.txt: checksums of the ids of a million lines that both sides make by the same rule out of golden.jsonl's texts, so that no line need be stored.

  python golden.py [MODEL]      writes parity.txt again"""
import json, os, random, struct, sys

import xxhash

from table import Table

ODD = ["", " ", "\n\t", "_", "___", "==", "-> :: ;", "{}[]()", "a", "A", "1", "A1b2C3", "HTTPServer", "parseXMLDoc2json", "snake_case_name", "SCREAMING_SNAKE_CASE",
       "__init__", "x_1_y2", "getURLForHTTPRequestV2", "ABc", "aB", "AbC", "iOS", "größe", "Größe ÄNDERN", "ÉCOLE École école", "naïve café", "e\u0301cole", "İstanbul", "ﬁnd ﬂow", "x² + y³",
       "Ⅷ chapters", "１２３ fullwidth ＡＢＣ", "中文字符", "如何打开文件 open file", "日本語のコメント", "ファイルを開く", "привет мир", "ПарсерФайлов", "ελληνικά ΣΊΣΥΦΟΣ", "שלום עולם", "مرحبا بالعالم", "नमस्ते दुनिया",
       "한국어 검색", "a\u00a0b\u2003c\u3000d\u202fe", "zero\u200bwidth", "bom\ufefftext", "soft\u00adhyphen", "a→b ⇒ c", "“quoted” — dash…", "emoji 🚀 rocket", "👩‍👩‍👧 family", "🇩🇪", "\u0000nul\u0001ctl\u007fdel",
       "tab\tnew\nline\r\nend", "\u0085next\u2028line\u2029para", "¨ ´ ¸", "½ cup", "µs Å K", "ß ẞ SS", "ǅ ǆ", "𝒳 𝓎 math", "\U0010ffff", "a" * 63, "a" * 64, "a" * 65, "A" * 70 + "b", "é" * 70, "0" * 80, "word " * 600,
       "0xDEADBEEF", "1e-9f32", "v1.2.3-rc.4+build5", "foo::bar<Baz>()", "self.assertEqual(a, b)", "fn main() {}", "#include <stdio.h>", "SELECT * FROM users WHERE id = ?;", "<div class=\"a-b\">", "C:\\Users\\x", "/usr/local/lib",
       "how do I open a file and read it line by line", "where is the retry with exponential back-off", "Error: connection refused (os error 111)", "callers of parse_header", "thread 'main' panicked at src/main.rs:12:5",
       "what happens when the connection pool is exhausted?", "The quick brown fox jumps over the lazy dog.", "func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {", "public static void main(String[] args)",
       "const fetchData = async () => { await fetch(url) }", "defmodule Foo do\n  def bar, do: :ok\nend", "let rec fib n = if n < 2 then n else fib (n-1) + fib (n-2)", "if [[ -z \"$1\" ]]; then echo usage; fi"]


def texts(sets, n=300, seed=11):
    rng, out = random.Random(seed), list(ODD)
    pool = [t for s in sets.values() for t in rng.sample(s["queries"], min(150, len(s["queries"]))) + rng.sample(s["codes"], 150)]
    rng.shuffle(pool)
    return out + pool[:n - len(out)]


def write(folder, sets):
    chosen, t = texts(sets), Table(folder)
    vectors, ids = t.embed(chosen), t.ids(chosen)
    with open(os.path.join(folder, "golden.jsonl"), "w") as f:
        for text, i, v in zip(chosen, ids, vectors):
            f.write(json.dumps(dict(text=text, ids=i, vector=[float(x) for x in v[:16]])) + "\n")
    write_parity(folder)


BLOCKS, BLOCK = 100, 10_000
UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def parity_lines(golden):
    """A million lines of one to three pieces of code, prose and odd texts, with a letter of any script or a sign between some, and some in capitals.
    The generator is Knuth's MMIX one, its upper 31 bits; `../src/static_embedder.rs` has the same rule."""
    lines = [x for text in golden for x in text.split("\n") if x]
    state = 1

    def draw(n):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return (state >> 33) % n
    for _ in range(BLOCKS * BLOCK):
        out = ""
        for _ in range(1 + draw(3)):
            line = lines[draw(len(lines))]
            start, length = draw(len(line) + 1), draw(40)
            piece = line[start:start + length]
            out += piece.translate(UPPER) if draw(8) == 0 else piece
            kind = draw(16)
            if kind < 4:
                out += chr(1 + draw(0x2FFF))
            elif kind == 4:
                out += chr(0x1F000 + draw(0x1000))
        yield out


def write_parity(folder):
    """One checksum per ten thousand lines: XXH3 of every line's ids as u32, little-endian, with u32::MAX behind each line."""
    table = Table(folder)
    lines = parity_lines([json.loads(x)["text"] for x in open(os.path.join(folder, "golden.jsonl"))])
    with open(os.path.join(folder, "parity.txt"), "w") as f:
        for _ in range(BLOCKS):
            ids = table.ids([next(lines) for _ in range(BLOCK)])
            f.write(f"{xxhash.xxh3_64_intdigest(b''.join(struct.pack(f'<{len(x) + 1}I', *x, 0xFFFFFFFF) for x in ids)):016x}\n")


if __name__ == "__main__":
    write_parity(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "model"))
