"""Latencies without keeping every one of them."""

import math


class Histogram:
    """Buckets that grow by a constant factor, so that the relative error is bounded."""

    def __init__(self, lowest: float = 0.001, growth: float = 1.1) -> None:
        if growth <= 1:
            raise ValueError("growth must be above 1, or buckets never get larger")
        self._lowest = lowest
        self._log_growth = math.log(growth)
        self._counts: dict[int, int] = {}
        self.count = 0
        self.total = 0.0

    def observe(self, value: float) -> None:
        bucket = max(0, math.ceil(math.log(max(value, self._lowest) / self._lowest) / self._log_growth))
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        self.count += 1
        self.total += value

    def quantile(self, share: float) -> float:
        """An upper bound of the value below which `share` of all observations lie."""
        if not 0 <= share <= 1:
            raise ValueError(f"share {share} is not between 0 and 1")
        wanted = share * self.count
        seen = 0
        for bucket in sorted(self._counts):
            seen += self._counts[bucket]
            if seen >= wanted:
                return self._lowest * math.exp(bucket * self._log_growth)
        return 0.0

    def merge(self, other: "Histogram") -> None:
        """Adds what another process observed."""
        if (self._lowest, self._log_growth) != (other._lowest, other._log_growth):
            raise ValueError("histograms with different buckets cannot be merged")
        for bucket, count in other._counts.items():
            self._counts[bucket] = self._counts.get(bucket, 0) + count
        self.count += other.count
        self.total += other.total

    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0


class RateMeter:
    """Events per second, smoothed: old ones fade out with the given half-life."""

    def __init__(self, half_life: float = 30.0) -> None:
        self._decay = math.log(2) / half_life
        self._rate = 0.0
        self._last: float | None = None

    def mark(self, now: float, events: int = 1) -> None:
        if self._last is not None:
            self._rate *= math.exp(-self._decay * (now - self._last))
        self._rate += events * self._decay
        self._last = now

    def per_second(self, now: float) -> float:
        if self._last is None:
            return 0.0
        return self._rate * math.exp(-self._decay * (now - self._last))
