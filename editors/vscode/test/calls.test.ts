/** The tree of callers: by file, level by level, with call sites, and never endless. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallTree, describe, type Ask, type Node } from '../src/calls/model';
import type { Answer, PlaceArguments } from '../src/protocol';
import { answer, hit, site } from './fixtures';

/** Answers by the line of the place that is asked for; the root is asked by name. */
function tree(answers: Record<string, Answer>, direction: 'callers' | 'callees' = 'callers', place: PlaceArguments = { name: 'root' }) {
  const asked: string[] = [];
  const ask: Ask = (_, where) => {
    const about = where.position ? `${where.uri ?? ''}:${where.position.line}` : (where.name ?? '');
    asked.push(about);
    return Promise.resolve(answers[about] ?? answer([]));
  };
  return { calls: new CallTree({ label: 'root', place, direction }, ask), asked };
}

function names(nodes: readonly Node[]): string[] {
  return nodes.map((node) => {
    switch (node.kind) {
      case 'file':
        return `${node.uri.split('/').pop() ?? ''}(${names(node.symbols).join(' ')})`;
      case 'symbol':
        return node.hit.name;
      case 'site':
        return `@${node.site.line}`;
      case 'note':
        return node.text;
    }
  });
}

const B = 'file:///w/b.rs';

test('symbols are grouped by file, in the order in which they come', async () => {
  const { calls } = tree({ root: answer([hit('b1', { uri: B }), hit('a', { line: 3 }), hit('b2', { uri: B, line: 9 })]) });
  assert.deepEqual(names(await calls.roots()), ['b.rs(b1 b2)', 'a.rs(a)']);
});

test('a level is asked for only when its symbol is opened, at the name of the symbol', async () => {
  const { calls, asked } = tree({ root: answer([hit('a', { line: 3 })]), 'file:///w/a.rs:3': answer([hit('b', { uri: B, line: 7 })]) });
  const [file] = await calls.roots();
  assert.ok(file);
  const [symbol] = await calls.children(file);
  assert.ok(symbol);
  assert.deepEqual(asked, ['root']);
  assert.deepEqual(names(await calls.children(symbol)), ['b.rs(b)']);
  assert.deepEqual(asked, ['root', 'file:///w/a.rs:3']);
});

test('call sites carry their line and confidence; several are listed', async () => {
  const { calls } = tree({ root: answer([hit('once', { line: 3, sites: [site(5, 0.97)] }), hit('twice', { line: 9, sites: [site(11, 0.5), site(12, 0.6)] })]) });
  const [file] = await calls.roots();
  assert.ok(file?.kind === 'file');
  const [once, twice] = file.symbols;
  assert.ok(once && twice);
  assert.equal(describe(once), '97 % · 5: a.rs line 5;');
  assert.equal(describe(twice), '60 % · 2 places · 11: a.rs line 11;');
  assert.deepEqual(names(await calls.children(twice)), ['@11', '@12', 'Nothing in the index calls twice']);
  assert.deepEqual(names(await calls.children(once)), ['Nothing in the index calls once']);
});

test('a symbol that stands above itself is not opened again', async () => {
  const a = hit('a', { line: 3 });
  const b = hit('b', { line: 9 });
  const { calls } = tree({ root: answer([a]), 'file:///w/a.rs:3': answer([b]), 'file:///w/a.rs:9': answer([a]) });
  const open = async (node: Node | undefined) => {
    assert.ok(node);
    return calls.children(node);
  };
  const [first] = await open((await calls.roots())[0]);
  const [second] = await open((await open(first))[0]);
  const [again] = await open((await open(second))[0]);
  assert.ok(again?.kind === 'symbol');
  assert.equal(again.hit.name, 'a');
  assert.ok(again.recursive && !CallTree.opens(again) && second && CallTree.opens(second));
  assert.match(describe(again), /recursive/);
  assert.deepEqual(await calls.children(again), []);
});

test('callees carry the lines of the calls, which lie in the file that asked', async () => {
  const place = { uri: B, position: { line: 40, character: 4 } };
  const { calls } = tree({ [`${B}:40`]: answer([hit('c', { sites: [site(51, 0.9, B), site(55, 0.9, B)] })]) }, 'callees', place);
  const [file] = await calls.roots();
  assert.ok(file?.kind === 'file' && file.symbols[0]);
  const [symbol] = file.symbols;
  assert.equal(describe(symbol), '90 % · 2 places · 51: b.rs line 51;');
  const [first] = await calls.children(symbol);
  assert.ok(first?.kind === 'site');
  assert.deepEqual([first.site.uri, first.site.line], [B, 51]);
});

test('an empty answer, an incomplete one and text outside of symbols are told', async () => {
  assert.deepEqual(names(await tree({}).calls.roots()), ['Nothing in the index calls root']);
  assert.deepEqual(names(await tree({}, 'callees').calls.roots()), ['root calls nothing in the index']);
  const { calls } = tree({ root: answer([hit('a.md:3', { kindName: 'text' })], { complete: false, notes: ['cut'] }) });
  const [file] = await calls.roots();
  assert.ok(file?.kind === 'file' && file.symbols[0]);
  assert.equal(CallTree.opens(file.symbols[0]), false);
  assert.equal(calls.message, 'cut · Indexing is still going on: more may be found later');
});
