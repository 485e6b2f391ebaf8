"""table.bin and tokenizer.json: writing, reading, and the reference embedding the Rust side must equal.

table.bin, little-endian: magic "SYMSTAT1" | u32 version = 1 | u32 rows | u32 dims | u32 flags = 0 | u64 xxh3-64 of the payload
| 32 zero bytes | payload: rows x f32 scale, then rows x dims x i8. Row vector = scale * i8, the token's weight multiplied in."""
import os, struct

import numpy as np
import xxhash
from tokenizers import Tokenizer

from words import joined

MAGIC, VERSION, MAX_TOKENS = b"SYMSTAT1", 1, 512


def quantise(t):
    scale = (np.abs(t).max(1) / 127).astype("<f4")
    q = np.rint(t / np.where(scale > 0, scale, 1)[:, None]).clip(-127, 127).astype(np.int8)
    return scale, q


def write(folder, t):
    scale, q = quantise(t.astype(np.float32))
    payload = scale.tobytes() + q.tobytes()
    head = MAGIC + struct.pack("<IIIIQ", VERSION, t.shape[0], t.shape[1], 0, xxhash.xxh3_64_intdigest(payload)) + bytes(32)
    with open(os.path.join(folder, "table.bin.part"), "wb") as f:
        f.write(head + payload)
    os.replace(os.path.join(folder, "table.bin.part"), os.path.join(folder, "table.bin"))


def read(folder):
    b = open(os.path.join(folder, "table.bin"), "rb").read()
    version, rows, dims, flags, digest = struct.unpack_from("<IIIIQ", b, 8)
    if b[:8] != MAGIC or version != VERSION or flags or xxhash.xxh3_64_intdigest(b[64:]) != digest:
        raise ValueError("table.bin: wrong magic, version, flags or checksum")
    scale = np.frombuffer(b, "<f4", rows, 64)
    return scale, np.frombuffer(b, np.int8, rows * dims, 64 + 4 * rows).reshape(rows, dims)


class Table:
    def __init__(self, folder):
        scale, q = read(folder)
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
                v = self.rows[ids].sum(0)
                n = np.sqrt((v * v).sum())
                if n > 0:
                    out[i] = v / n
        return out
