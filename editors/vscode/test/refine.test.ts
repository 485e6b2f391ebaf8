/** The second order moves only what stands below the selection, and is believed only when it is an order of these hits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refine } from '../src/search/refine';
import { hit } from './fixtures';

const hits = ['a', 'b', 'c', 'd', 'e'].map((name, line) => hit(name, { line }));

function names(order: number[], selected?: string): string {
  return refine(hits, { order }, hits.find(({ name }) => name === selected)).map(({ name }) => name).join('');
}

test('without a selection all of the order counts, and hits behind its last one stay', () => {
  assert.equal(names([2, 0, 1]), 'cabde');
  assert.equal(names([4, 3, 2, 1, 0]), 'edcba');
});

test('the selected hit and what stands above it keep their places', () => {
  assert.equal(names([4, 3, 2, 1, 0], 'a'), 'aedcb');
  assert.equal(names([4, 3, 2, 1, 0], 'c'), 'abced');
  assert.equal(names([4, 3, 2, 1, 0], 'e'), 'abcde');
  assert.equal(names([2, 1, 0], 'b'), 'abcde');
});

test('a selection that is not among the hits holds nothing', () => {
  const stranger = hit('stranger', { line: 99 });
  assert.deepEqual(refine(hits, { order: [1, 0] }, stranger).map(({ name }) => name), ['b', 'a', 'c', 'd', 'e']);
});

test('the selection is known again when it is another object for the same hit', () => {
  const again = hit('b', { line: 1, score: 7 });
  assert.deepEqual(refine(hits, { order: [4, 3, 2, 1, 0] }, again).map(({ name }) => name), ['a', 'b', 'e', 'd', 'c']);
});

test('what is no order of these hits changes nothing and loses nothing', () => {
  for (const order of [[0, 0], [1], [5, 0], [0, 1, 2, 3, 4, 5], [-1, 0], [0.5], []]) assert.equal(names(order), 'abcde', JSON.stringify(order));
});
