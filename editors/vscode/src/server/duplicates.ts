/**
 * When two language servers mean the same symbol: the same bare name in the same file, and places that overlap (one may
 * give the name, the other the whole definition with its documentation).
 */

export interface SymbolKey {
  name: string;
  uri: string;
  /** First and last line, from 0. */
  start: number;
  end: number;
}

/** Some servers add parameters or an owner to a name: `run(int)`, `Policy::run`, `Policy.run`. */
export function symbolKey(name: string, uri: string, start: number, end: number): SymbolKey {
  const bare = name.replace(/\(.*$/s, '').split(/::|[.#]/).filter((part) => part !== '').pop() ?? name;
  return { name: bare, uri, start, end };
}

/** Tells whether a symbol is among those given. */
export function known(symbols: readonly SymbolKey[]): (symbol: SymbolKey) => boolean {
  const places = new Map<string, SymbolKey[]>();
  const index = (symbol: SymbolKey) => `${symbol.uri}\n${symbol.name}`;
  for (const symbol of symbols) {
    const same = places.get(index(symbol));
    if (same) same.push(symbol);
    else places.set(index(symbol), [symbol]);
  }
  return (symbol) => (places.get(index(symbol)) ?? []).some((other) => other.start <= symbol.end && symbol.start <= other.end);
}
