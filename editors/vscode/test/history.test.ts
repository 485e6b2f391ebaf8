/** The last queries: newest first, each once, not too many. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History, MOST } from '../src/search/history';

function history(stored?: unknown) {
  let kept = stored;
  return new History(
    () => kept,
    (queries) => {
      kept = queries;
    },
  );
}

test('the newest query comes first and stands there once', () => {
  const queries = history();
  for (const query of ['a', 'b', '  a ', '', '   ']) queries.add(query);
  assert.deepEqual(queries.queries(), ['a', 'b']);
  queries.remove('a');
  assert.deepEqual(queries.queries(), ['b']);
});

test('the oldest queries are forgotten', () => {
  const queries = history();
  for (let n = 0; n < MOST + 5; n += 1) queries.add(`query ${n}`);
  assert.equal(queries.queries().length, MOST);
  assert.equal(queries.queries()[0], `query ${MOST + 4}`);
  assert.equal(queries.queries()[MOST - 1], 'query 5');
});

test('what another version stored does no harm', () => {
  assert.deepEqual(history({ queries: 1 }).queries(), []);
  assert.deepEqual(history(['a', 7, null]).queries(), ['a']);
});
