/**
 * How a hit reads in a list: icon, name, where it is, and one line that says why it may be the right one.
 */
import type { Hit, SearchArguments } from '../protocol';

/** The parts of a row. */
export interface Row {
  /** Name of a product icon. */
  icon: string;
  /** Id of the theme colour that goes with it. */
  color: string;
  label: string;
  /** File and line. */
  place: string;
  /** Container and place. */
  description: string;
  detail: string;
}

/** Icon and colour by `SymbolKind` of the protocol; the theme names both alike. */
const ICONS: Record<number, string> = {
  1: 'file', 2: 'module', 3: 'namespace', 4: 'package', 5: 'class', 6: 'method', 7: 'property', 8: 'field',
  9: 'constructor', 10: 'enumerator', 11: 'interface', 12: 'function', 13: 'variable', 14: 'constant', 15: 'string',
  16: 'number', 17: 'boolean', 18: 'array', 19: 'object', 20: 'key', 21: 'null', 22: 'enumeratorMember', 23: 'struct',
  24: 'event', 25: 'operator', 26: 'typeParameter',
};

/** Product icons whose names differ from those of the colours. */
const ICON_NAMES: Record<string, string> = {
  enumerator: 'enum', enumeratorMember: 'enum-member', typeParameter: 'type-parameter',
};

/** A longer line is cut. */
const MAX_DETAIL = 160;

/** The product icon of a hit; text outside of symbols gets its own. */
export function icon(hit: Pick<Hit, 'kind' | 'kindName'>): { icon: string; color: string } {
  const name = hit.kindName === 'text' ? undefined : ICONS[hit.kind];
  if (name === undefined) return { icon: 'symbol-file', color: 'symbolIcon.fileForeground' };
  return { icon: `symbol-${ICON_NAMES[name] ?? name}`, color: `symbolIcon.${name}Foreground` };
}

/** The row of a hit; `path` is the hit's path as people read it (relative to its workspace folder). */
export function row(hit: Hit, path: string, query: string): Row {
  const place = `${path}:${hit.startLine}`;
  return {
    ...icon(hit),
    label: hit.name,
    place,
    description: hit.containerName === '' ? place : `${hit.containerName}  ·  ${place}`,
    detail: detail(hit, query),
  };
}

/** Rows for hits, in the server's order and without the same hit twice. */
export function unique(hits: readonly Hit[]): Hit[] {
  const seen = new Set<string>();
  return hits.filter((hit) => {
    const known = seen.has(key(hit));
    seen.add(key(hit));
    return !known;
  });
}

/** What tells one hit from another. */
export function key(hit: Hit): string {
  const { start } = hit.selectionRange;
  return `${hit.location.uri}#${start.line}:${start.character}:${hit.name}`;
}

/** The first sentence of documentation, else the line that has most of the query's words, else the signature. */
export function detail(hit: Hit, query: string): string {
  const lines = hit.snippet.split('\n').map((line) => line.trim());
  return cut(documentation(lines) ?? matching(lines, query) ?? (hit.signature || lines.find((line) => line !== '') || ''));
}

/** The first line of a comment at the beginning of a snippet, without its marks. */
function documentation(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const comment = /^(?:\/\/[/!]?|\/\*\*?|\*(?!\/)|#(?![![])|--|;+|"""|''')\s*(.*?)(?:\*\/|"""|''')?$/.exec(line);
    if (comment === null) {
      // An opening line may come before the documentation; code may not.
      if (line === '' || /^(?:def|class|async def)\b.*:$/.test(line)) continue;
      return undefined;
    }
    const text = comment[1]?.trim() ?? '';
    // A row of dashes is an ornament, and a commented-out line of code says nothing.
    if (/\p{L}{2}/u.test(text)) return text;
  }
  return undefined;
}

function matching(lines: readonly string[], query: string): string | undefined {
  const words = (query.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? []).map((word) => word.replace(/(?:ing|ed|es|s)$/, ''));
  let best: string | undefined;
  let most = 0;
  for (const line of lines) {
    const text = line.toLowerCase();
    const found = words.filter((word) => text.includes(word)).length;
    if (found > most) [best, most] = [line, found];
  }
  return best;
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL)}…` : line;
}

/** What stands above the list about an answer as a whole. */
export function summary(hits: number, complete: boolean, notes: readonly string[] = []): string {
  const count = hits === 1 ? '1 hit' : `${hits} hits`;
  return [complete ? count : `${count} so far, still indexing`, ...notes].join(' · ');
}

/** A search as the picker sends it: while somebody types, an unknown filter is a word. */
export function question(query: string, mode: 'full' | 'lexical', limit: number): SearchArguments {
  return { query, mode, limit, lenient: true };
}
