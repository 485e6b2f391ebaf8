"""table.bin and tokenizer.json: writing, reading, and the reference embedding the Rust side must equal.

table.bin, little-endian: magic "SYMSTAT1" | u32 version = 1 | u32 rows | u32 dims | u32 flags | u64 xxh3-64 of the payload
| 32 zero bytes | payload: rows x f32 scale, then rows x dims x i8. Row vector = scale * i8, the token's weight multiplied in.
Flags: bit 0 = a token that occurs n times in a text counts sqrt(n) times (else n times); no other bit is known."""
import os, struct

import numpy as np
import xxhash
from tokenizers import Tokenizer

from words import joined

MAGIC, VERSION, MAX_TOKENS = b"SYMSTAT1", 1, 512
SQRT_COUNTS = 1


def quantise(t):
    scale = (np.abs(t).max(1) / 127).astype("<f4")
    q = np.rint(t / np.where(scale > 0, scale, 1)[:, None]).clip(-127, 127).astype(np.int8)
    return scale, q


def write(folder, t, flags=0):
    scale, q = quantise(t.astype(np.float32))
    payload = scale.tobytes() + q.tobytes()
    head = MAGIC + struct.pack("<IIIIQ", VERSION, t.shape[0], t.shape[1], flags, xxhash.xxh3_64_intdigest(payload)) + bytes(32)
    with open(os.path.join(folder, "table.bin.part"), "wb") as f:
        f.write(head + payload)
    os.replace(os.path.join(folder, "table.bin.part"), os.path.join(folder, "table.bin"))


def read(folder):
    b = open(os.path.join(folder, "table.bin"), "rb").read()
    version, rows, dims, flags, digest = struct.unpack_from("<IIIIQ", b, 8)
    if b[:8] != MAGIC or version != VERSION or flags & ~SQRT_COUNTS or xxhash.xxh3_64_intdigest(b[64:]) != digest:
        raise ValueError("table.bin: wrong magic, version, flags or checksum")
    scale = np.frombuffer(b, "<f4", rows, 64)
    return scale, np.frombuffer(b, np.int8, rows * dims, 64 + 4 * rows).reshape(rows, dims), flags


class Table:
    def __init__(self, folder):
        scale, q, self.flags = read(folder)
        self.rows = scale[:, None] * q.astype(np.float32)
        self.tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.max_tokens = MAX_TOKENS

    def ids(self, texts):
        return [e.ids[:self.max_tokens] for e in self.tokenizer.encode_batch([joined(t) for t in texts], add_special_tokens=False)]

    def embed(self, texts):
        """f32[n, dims], L2-normalised; all zeros where no token is known."""
        out = np.zeros((len(texts), self.rows.shape[1]), np.float32)
        for i, ids in enumerate(self.ids(texts)):
            if ids:
                counts = {}   # in order of first appearance
                for x in ids:
                    counts[x] = counts.get(x, 0) + 1
                weights = np.fromiter(counts.values(), np.float32)
                v = (np.sqrt(weights) if self.flags & SQRT_COUNTS else weights) @ self.rows[list(counts)]
                n = np.sqrt((v * v).sum())
                if n > 0:
                    out[i] = v / n
        return out
