"""Text to words: the half of the tokeniser that is code on both sides (the other half is tokenizer.json).

The rules, exactly; the Rust side must follow them byte for byte (golden.jsonl proves it):

1. Every character has one class, by code point alone:
   space  U+0000-U+0020, U+007F, '_', and U+0085 U+00A0 U+1680 U+2000-U+200A U+2028 U+2029 U+202F U+205F U+3000
   upper  A-Z     digit  0-9     lower  a-z and every other character from U+0080 up     mark  the remaining ASCII
2. A word is, at each position, the longest of:
   upper+ that is not followed by lower (of "HTTPServer": "HTTP", because the S belongs to "Server")
   upper? lower+        digit+
   (an upper alone before a non-lower falls under the first). Spaces and marks end words and are dropped.
3. A word keeps its first 64 characters.
4. A-Z become a-z. Nothing else changes here: Unicode is folded inside tokenizer.json (NFKD, accents off, lower case).
"""
import re

MAX_WORD = 64
SPACE = "\u0000-\u0020\u007f_\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
LOWER = f"(?:[a-z]|(?![{SPACE}])[\u0080-\U0010ffff])"
WORD = re.compile(f"[A-Z]+(?!{LOWER})|[A-Z]?{LOWER}+|[0-9]+")
LOWERED = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def words(text):
    return [w[:MAX_WORD].translate(LOWERED) for w in WORD.findall(text)]


def joined(text):
    """What the tokenizers library is given: the words with one blank between them."""
    return " ".join(words(text))
