/**
 * When a server that died is started again: at once, then after longer and longer pauses, and after too many deaths in a
 * short time not at all. The clock is given from outside.
 */

/** Pauses before the first, second, … new start, in milliseconds. */
export const PAUSES = [0, 1_000, 4_000, 15_000];
/** A server that lived this long starts a new count, in milliseconds. */
export const HEALTHY = 3 * 60_000;

export interface Decision {
  /** Milliseconds to wait before the next start; undefined: do not start again. */
  pause: number | undefined;
  /** The first death of a series: the user is told of this one only. */
  first: boolean;
}

export class Backoff {
  private deaths = 0;
  private born = 0;

  /** The server was started at this time. */
  started(now: number): void {
    this.born = now;
  }

  /** The server died at this time. */
  died(now: number): Decision {
    if (now - this.born >= HEALTHY) this.deaths = 0;
    const pause = PAUSES[this.deaths];
    this.deaths += 1;
    return { pause, first: this.deaths === 1 };
  }

  /** The user asked for a start: whatever happened before is forgiven. */
  reset(): void {
    this.deaths = 0;
  }
}
