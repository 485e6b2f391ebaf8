/** Pinned hits: by query, in order, ticked off, removed, and kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pins } from '../src/pins/model';
import { hit } from './fixtures';

function pins(stored?: unknown) {
  let kept: unknown = stored;
  const made = new Pins(stored, (all) => {
    kept = JSON.parse(JSON.stringify(all));
  });
  return { pins: made, reopened: () => new Pins(kept, () => undefined) };
}

const namesOf = (all: Pins, query: string) => all.of(query).map((pin) => pin.hit.name);

test('hits stay in their order, by query, each once', () => {
  const { pins: all, reopened } = pins();
  all.add('q1', [hit('z', { line: 1 }), hit('a', { line: 2 })]);
  all.add('q2', [hit('a', { line: 2 })]);
  all.add('q1', [hit('a', { line: 2 }), hit('b', { line: 3 })]);
  for (const seen of [all, reopened()]) {
    assert.deepEqual(seen.queries(), ['q1', 'q2']);
    assert.deepEqual(namesOf(seen, 'q1'), ['z', 'a', 'b']);
    assert.deepEqual(namesOf(seen, 'q2'), ['a']);
  }
});

test('a tick stays, also when the hit is pinned again', () => {
  const { pins: all, reopened } = pins();
  all.add('q', [hit('a')]);
  const [pin] = all.of('q');
  assert.ok(pin);
  all.tick(pin, true);
  all.add('q', [hit('a')]);
  assert.deepEqual(reopened().of('q').map(({ done }) => done), [true]);
});

test('one pin, a whole query, everything', () => {
  const { pins: all, reopened } = pins();
  all.add('q1', [hit('a'), hit('b', { line: 3 })]);
  all.add('q2', [hit('c', { line: 5 })]);
  const [first] = all.of('q1');
  assert.ok(first);
  all.remove(first);
  assert.deepEqual(namesOf(all, 'q1'), ['b']);
  all.remove('q1');
  assert.deepEqual(all.queries(), ['q2']);
  all.clear();
  assert.ok(all.empty && reopened().empty);
});

test('what another version stored does no harm', () => {
  assert.ok(pins('text').pins.empty);
  assert.ok(pins([null, { query: 'q' }, { query: 'q', hit: { name: 'a' } }]).pins.empty);
});
