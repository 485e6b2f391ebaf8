"""Writes `../model/synonyms.txt`: for each word of the table the words nearest to it.

    python synonyms.py

Words are the tokens of three letters or more that stand for themselves. Two are near when the cosine of their rows is above 0.45; at
most six are kept, the nearest first. Words with the same beginning (four letters, or all of the shorter) are left out: search knows
inflections and parts of names already. Words that every text has are left out, too.
"""

import json
import os
import pathlib
import re
import struct

import numpy

MODEL = pathlib.Path(__file__).parent.parent / "model"
HEADER = 64
NEAR = 0.45
KEPT = 6
COMMON = set(
    "the for with and from are that this its which where how what when who not one all any each only was has have been into then "
    "than but does can will would should they them their your".split()
)


def rows():
    data = (MODEL / "table.bin").read_bytes()
    n_rows, dims = struct.unpack("<II", data[12:20])
    scale = numpy.frombuffer(data, "<f4", n_rows, HEADER)
    values = numpy.frombuffer(data, "i1", n_rows * dims, HEADER + 4 * n_rows).reshape(n_rows, dims)
    table = values.astype("f4") * scale[:, None]
    return table / numpy.maximum(numpy.linalg.norm(table, axis=1, keepdims=True), 1e-9)


def same_beginning(a, b):
    return len(os.path.commonprefix([a, b])) >= min(4, len(a), len(b))


def main():
    vocabulary = json.loads((MODEL / "tokenizer.json").read_text())["model"]["vocab"]
    words = sorted(token for token in vocabulary if re.fullmatch("[a-z]{3,}", token) and token not in COMMON)
    table = rows()[[vocabulary[word] for word in words]]
    lines = []
    for start in range(0, len(words), 1000):
        likeness = table[start : start + 1000] @ table.T
        for offset, row in enumerate(likeness):
            word = words[start + offset]
            nearest = sorted(numpy.flatnonzero(row > NEAR), key=lambda at: (-row[at], words[at]))[:20]
            found = [words[at] for at in nearest if not same_beginning(words[at], word)][:KEPT]
            if found:
                lines.append(" ".join([word, *found]))
    (MODEL / "synonyms.txt").write_text("\n".join(lines) + "\n")
    print(f"{len(words)} words, {len(lines)} with neighbours, {sum(line.count(' ') for line in lines)} neighbours")


if __name__ == "__main__":
    main()
