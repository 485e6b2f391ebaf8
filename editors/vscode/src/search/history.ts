/**
 * The last queries that led somewhere, newest first, without repetitions. Kept by whoever gives the two functions.
 */

/** More are not kept. */
export const MOST = 20;

export class History {
  constructor(
    private readonly load: () => unknown,
    private readonly store: (queries: string[]) => void,
  ) {}

  /** Newest first. What an older version stored in another form is dropped. */
  queries(): string[] {
    const stored = this.load();
    return Array.isArray(stored) ? stored.filter((query) => typeof query === 'string') : [];
  }

  /** Notes a query that was of use. */
  add(query: string): void {
    const text = query.trim();
    if (text === '') return;
    this.store([text, ...this.queries().filter((other) => other !== text)].slice(0, MOST));
  }

  remove(query: string): void {
    this.store(this.queries().filter((other) => other !== query));
  }
}
