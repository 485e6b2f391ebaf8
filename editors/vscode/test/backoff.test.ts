/** A server that dies comes back with growing pauses, is told of once, and not for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff, HEALTHY, PAUSES } from '../src/server/backoff';

test('pauses grow, the first death of a series is told, and then it ends', () => {
  const backoff = new Backoff();
  const decisions = [...PAUSES, undefined].map(() => {
    backoff.started(1_000);
    return backoff.died(2_000);
  });
  assert.deepEqual(decisions.map(({ pause }) => pause), [...PAUSES, undefined]);
  assert.deepEqual(decisions.map(({ first }) => first), [true, ...PAUSES.map(() => false)]);
  assert.deepEqual([...PAUSES].sort((a, b) => a - b), PAUSES);
});

test('a server that lived long enough, or that the user started, begins a new series', () => {
  const backoff = new Backoff();
  backoff.started(0);
  backoff.died(10);
  backoff.started(20);
  assert.deepEqual(backoff.died(20 + HEALTHY - 1), { pause: PAUSES[1], first: false });
  backoff.started(0);
  assert.deepEqual(backoff.died(HEALTHY), { pause: PAUSES[0], first: true });
  backoff.started(0);
  backoff.reset();
  assert.deepEqual(backoff.died(1), { pause: PAUSES[0], first: true });
});
