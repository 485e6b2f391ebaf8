/**
 * Hits that somebody put aside, by the query that found them, until they are ticked off and removed. Kept as plain data, so
 * that they outlive the window. Nothing here knows VS Code.
 */
import type { Hit } from '../protocol';
import { key } from '../search/present';

/** A hit that was pinned, with what is needed to show and open it. */
export interface Pin {
  query: string;
  hit: Hit;
  done: boolean;
}

export class Pins {
  private pins: Pin[];

  constructor(
    stored: unknown,
    private readonly store: (pins: readonly Pin[]) => void,
  ) {
    this.pins = Array.isArray(stored) ? stored.filter(isPin) : [];
  }

  /** Queries in the order in which they were first pinned. */
  queries(): string[] {
    return [...new Set(this.pins.map(({ query }) => query))];
  }

  of(query: string): Pin[] {
    return this.pins.filter((pin) => pin.query === query);
  }

  get empty(): boolean {
    return this.pins.length === 0;
  }

  /** Adds hits in their order; what is pinned for this query already stays as it is. */
  add(query: string, hits: readonly Hit[]): void {
    const known = new Set(this.of(query).map(({ hit }) => key(hit)));
    const fresh = hits.filter((hit) => !known.has(key(hit)));
    this.change([...this.pins, ...fresh.map((hit) => ({ query, hit, done: false }))]);
  }

  tick(pin: Pin, done: boolean): void {
    this.change(this.pins.map((other) => (other === pin ? { ...pin, done } : other)));
  }

  remove(gone: Pin | string): void {
    this.change(this.pins.filter((pin) => (typeof gone === 'string' ? pin.query !== gone : pin !== gone)));
  }

  clear(): void {
    this.change([]);
  }

  private change(pins: Pin[]): void {
    this.pins = pins;
    this.store(pins);
  }
}

/** Whether something that was stored, perhaps by another version, can be shown. */
function isPin(value: unknown): value is Pin {
  const pin = value as { query?: unknown; hit?: { name?: unknown; location?: { uri?: unknown }; selectionRange?: unknown } } | null;
  return typeof pin?.query === 'string' && typeof pin.hit?.name === 'string' && typeof pin.hit.location?.uri === 'string' && pin.hit.selectionRange !== undefined;
}
