/**
 * Hits for tests, with what does not matter filled in.
 */
import type { Answer, Hit, Site } from '../src/protocol';

export function hit(name: string, changes: Partial<Hit> & { line?: number; uri?: string } = {}): Hit {
  const { line = 0, uri = 'file:///w/a.rs', ...rest } = changes;
  const start = { line, character: 4 };
  return {
    name,
    kind: 12,
    kindName: 'function',
    containerName: 'net',
    location: { uri, range: { start: { line, character: 0 }, end: { line: line + 3, character: 1 } } },
    selectionRange: { start, end: { line, character: 4 + name.length } },
    score: 1,
    why: [],
    signature: `fn ${name}()`,
    snippet: `fn ${name}() {\n}`,
    snippetLine: line + 1,
    language: 'rust',
    path: uri.replace('file://', ''),
    startLine: line + 1,
    endLine: line + 4,
    ...rest,
  };
}

export function site(line: number, confidence: number, uri = 'file:///w/a.rs'): Site {
  return { line, uri, confidence, text: `${uri.split('/').pop() ?? ''} line ${line};`, range: { start: { line: line - 1, character: 2 }, end: { line: line - 1, character: 6 } } };
}

export function answer(hits: Hit[], changes: Partial<Answer> = {}): Answer {
  return { version: 1, complete: true, tookMs: 1, hits, ...changes };
}
