"""Words into pieces: byte pair encoding, trained and applied."""

from collections import Counter
from collections.abc import Iterable

END = "</w>"
Pair = tuple[str, str]


def count_pairs(words: dict[tuple[str, ...], int]) -> Counter[Pair]:
    """How often two pieces stand side by side, weighted by how often the word occurs."""
    pairs: Counter[Pair] = Counter()
    for pieces, times in words.items():
        for left, right in zip(pieces, pieces[1:]):
            pairs[left, right] += times
    return pairs


def join_pair(pieces: tuple[str, ...], pair: Pair) -> tuple[str, ...]:
    joined: list[str] = []
    at = 0
    while at < len(pieces):
        if pieces[at : at + 2] == pair:
            joined.append(pieces[at] + pieces[at + 1])
            at += 2
        else:
            joined.append(pieces[at])
            at += 1
    return tuple(joined)


def learn_merges(corpus: Iterable[str], n_merges: int) -> list[Pair]:
    """The most frequent neighbours, again and again. Ties go to the alphabet, so that training repeats."""
    counts = Counter(word for line in corpus for word in line.split())
    words = {(*word, END): times for word, times in counts.items()}
    merges: list[Pair] = []
    for _ in range(n_merges):
        pairs = count_pairs(words)
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = {join_pair(pieces, best): times for pieces, times in words.items()}
    return merges


class Tokenizer:
    def __init__(self, merges: list[Pair]) -> None:
        self._rank = {pair: rank for rank, pair in enumerate(merges)}
        self._cache: dict[str, tuple[str, ...]] = {}

    def split_word(self, word: str) -> tuple[str, ...]:
        if word in self._cache:
            return self._cache[word]
        pieces: tuple[str, ...] = (*word, END)
        while len(pieces) > 1:
            best = min(zip(pieces, pieces[1:]), key=lambda pair: self._rank.get(pair, len(self._rank)))
            if best not in self._rank:
                break
            pieces = join_pair(pieces, best)
        self._cache[word] = pieces
        return pieces

    def encode(self, text: str) -> list[str]:
        return [piece for word in text.split() for piece in self.split_word(word)]

    @staticmethod
    def decode(pieces: Iterable[str]) -> str:
        return "".join(pieces).replace(END, " ").strip()
