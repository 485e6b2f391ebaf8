/** When a neighbour's symbol and ours are one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { known, symbolKey } from '../src/server/duplicates';

test('the same name at overlapping lines of one file is one symbol', () => {
  const listed = known([symbolKey('Policy::run', 'file:///a', 10, 10), symbolKey('size(int)', 'file:///a', 30, 35)]);
  assert.ok(listed(symbolKey('run', 'file:///a', 8, 20)));
  assert.ok(listed(symbolKey('Vec.size', 'file:///a', 35, 36)));
  assert.ok(!listed(symbolKey('run', 'file:///b', 8, 20)), 'another file');
  assert.ok(!listed(symbolKey('run', 'file:///a', 11, 20)), 'a later place');
  assert.ok(!listed(symbolKey('run', 'file:///a', 1, 9)), 'an earlier place');
  assert.ok(!listed(symbolKey('runs', 'file:///a', 8, 20)), 'another name');
});
