/** Rows of the list: the server's order, where a hit is, and the line that says why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detail, icon, question, row, summary, unique } from '../src/search/present';
import { hit } from './fixtures';

test('the order of the server is kept, whatever the names and scores', () => {
  const hits = [hit('zeta', { line: 1, score: 0.1 }), hit('alpha', { line: 9, score: 3 }), hit('Mid', { uri: 'file:///w/b.rs', score: 2 })];
  assert.deepEqual(unique(hits).map(({ name }) => name), ['zeta', 'alpha', 'Mid']);
});

test('the same hit is listed once, two symbols of one name twice', () => {
  const hits = [hit('run', { line: 1 }), hit('run', { line: 1 }), hit('run', { line: 5 }), hit('run', { line: 1, uri: 'file:///w/b.rs' })];
  assert.deepEqual(unique(hits), [hits[0], hits[2], hits[3]]);
});

test('a row names icon, symbol, container and place', () => {
  const found = hit('checkout', { kind: 6, kindName: 'method', containerName: 'net::Pool', line: 36 });
  assert.deepEqual(row(found, 'net/pool.rs', 'connection'), {
    icon: 'symbol-method',
    color: 'symbolIcon.methodForeground',
    label: 'checkout',
    place: 'net/pool.rs:37',
    description: 'net::Pool  ·  net/pool.rs:37',
    detail: 'fn checkout()',
  });
  assert.equal(row(hit('x', { containerName: '' }), 'a.rs', '').description, 'a.rs:1');
});

test('icons are those of the theme', () => {
  assert.deepEqual(icon({ kind: 22, kindName: 'enum member' }), { icon: 'symbol-enum-member', color: 'symbolIcon.enumeratorMemberForeground' });
  assert.deepEqual(icon({ kind: 2, kindName: 'text' }), { icon: 'symbol-file', color: 'symbolIcon.fileForeground' });
  assert.equal(icon({ kind: 99, kindName: 'of a later server' }).icon, 'symbol-file');
});

test('the first line of documentation is the detail, in any language', () => {
  const of = (snippet: string) => detail(hit('f', { snippet, signature: 'SIGNATURE' }), 'nothing');
  assert.equal(of('/// Takes an address apart.\npub fn f() {}'), 'Takes an address apart.');
  assert.equal(of('/**\n * Takes it apart.\n */\nvoid f()'), 'Takes it apart.');
  assert.equal(of('def f():\n    """Take it apart."""\n    return 1'), 'Take it apart.');
  assert.equal(of('# Take it apart\nf() { :; }'), 'Take it apart');
  assert.equal(of('-- Takes it apart\nfunction f()'), 'Takes it apart');
  assert.equal(of('// ----\n// Takes it apart\nint f()'), 'Takes it apart');
});

test('attributes, hidden preprocessor lines and code are no documentation', () => {
  const of = (snippet: string) => detail(hit('f', { snippet, signature: 'SIGNATURE' }), 'nothing');
  assert.equal(of('#[derive(Debug)]\npub struct F;'), 'SIGNATURE');
  assert.equal(of('let x = 1;\n// a remark inside'), 'SIGNATURE');
});

test('without documentation the line with most of the words of the query is the detail', () => {
  const snippet = 'let left = deadline - now;\nif left.is_zero() { return Err("timed out waiting for a connection") }\nwaits += 1;';
  assert.equal(detail(hit('f', { snippet }), 'waiting for connections'), 'if left.is_zero() { return Err("timed out waiting for a connection") }');
});

test('long details are cut', () => {
  assert.equal(detail(hit('f', { snippet: 'x', signature: 'y'.repeat(500) }), '').length, 161);
});

test('an answer that is not complete says so', () => {
  assert.equal(summary(1, true), '1 hit');
  assert.equal(summary(12, false, ['no vectors']), '12 hits so far, still indexing · no vectors');
});

test('while somebody types an unknown filter is a word', () => {
  assert.deepEqual(question('kind:banana', 'full', 50), { query: 'kind:banana', mode: 'full', limit: 50, lenient: true });
});
