"""golden.jsonl: 300 texts with their token ids and the first 16 numbers of their vector, from the table as written."""
import json, os, random

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
