/** Only the newest question is asked and answered. */
import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { Latest } from '../src/search/latest';

/** A `Latest` whose requests are answered by hand. */
function setup(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const asked: { question: string; signal: AbortSignal; reply: (text: string) => void; fail: (error: Error) => void }[] = [];
  const answered = mock.fn();
  const failed = mock.fn();
  const latest = new Latest<string, string>(
    (question, signal) => new Promise((reply, fail) => asked.push({ question, signal, reply, fail })),
    { answered, failed },
  );
  const tick = async (time: number) => {
    context.mock.timers.tick(time);
    await settle();
  };
  return { latest, asked, answered, failed, tick };
}

/** Lets every promise that is due run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

function calls(fn: ReturnType<typeof mock.fn>): unknown[][] {
  return fn.mock.calls.map((call) => call.arguments);
}

test('a question is asked only after the pause, and keys in between start it anew', async (context) => {
  const { latest, asked, tick } = setup(context);
  latest.ask('w', 150);
  await tick(149);
  assert.equal(asked.length, 0);
  latest.ask('wa', 150);
  await tick(149);
  assert.equal(asked.length, 0);
  await tick(1);
  assert.deepEqual(asked.map(({ question }) => question), ['wa']);
});

test('a newer question cancels the running one, whose answer and failure are never delivered', async (context) => {
  const { latest, asked, answered, failed, tick } = setup(context);
  latest.ask('old', 0);
  await tick(0);
  latest.ask('new', 150);
  assert.equal(asked[0]?.signal.aborted, true);
  asked[0].reply('answer to old');
  await tick(150);
  latest.ask('newest', 150);
  asked[1]?.fail(new Error('cancelled'));
  await tick(150);
  asked[2]?.reply('answer to newest');
  await settle();
  assert.deepEqual(calls(answered), [['newest', 'answer to newest']]);
  assert.deepEqual(calls(failed), []);
});

test('the failure of the newest question is told', async (context) => {
  const { latest, asked, failed, tick } = setup(context);
  latest.ask('q', 0);
  await tick(0);
  const error = new Error('paused');
  asked[0]?.fail(error);
  await settle();
  assert.deepEqual(calls(failed), [['q', error]]);
});

test('cancelling drops what waits and what runs', async (context) => {
  const { latest, asked, answered, tick } = setup(context);
  latest.ask('waits', 150);
  latest.cancel();
  await tick(1_000);
  assert.equal(asked.length, 0);
  latest.ask('runs', 0);
  await tick(0);
  latest.cancel();
  asked[0]?.reply('late');
  await settle();
  assert.equal(asked[0]?.signal.aborted, true);
  assert.deepEqual(calls(answered), []);
});
