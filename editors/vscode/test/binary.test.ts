/** Which program is taken for the server, and what is said when there is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidates, find, isOlder, versionOf, type Probe, type Surroundings } from '../src/server/binary';

const AROUND: Surroundings = {
  platform: 'linux',
  setting: null,
  extension: '/ext',
  home: '/home/me',
  variables: { PATH: '/usr/bin:relative::/opt/bin:/usr/bin' },
};

/** A disk that holds these programs, with their answers. */
function disk(programs: Record<string, string | Error>): Probe {
  return (path) => {
    const answer = programs[path];
    if (answer === undefined) return Promise.resolve(undefined);
    return Promise.resolve(answer instanceof Error ? { failure: answer.message } : { answer });
  };
}

test('bundle, PATH, cargo: in this order', async () => {
  const places = ['/ext/server/symseek', '/usr/bin/symseek', '/opt/bin/symseek', '/home/me/.cargo/bin/symseek'];
  assert.deepEqual(candidates(AROUND).map(({ path }) => path), places);
  assert.deepEqual(candidates(AROUND).map(({ source }) => source), ['bundle', 'PATH', 'PATH', 'cargo']);
  for (const [at, place] of places.entries()) {
    const programs = Object.fromEntries(places.slice(at).map((path) => [path, 'symseek 0.1.0\n']));
    assert.equal((await find(AROUND, disk(programs))).found?.path, place);
  }
  assert.deepEqual(await find(AROUND, disk({})), { found: undefined, problems: [] });
});

test('a setting stands alone, even when it is wrong', async () => {
  const around = { ...AROUND, setting: '~/bin/symseek' };
  const programs = { '/home/me/bin/symseek': 'symseek 0.2.0', '/usr/bin/symseek': 'symseek 0.1.0' };
  assert.deepEqual((await find(around, disk(programs))).found, { source: 'setting', path: '/home/me/bin/symseek', version: '0.2.0' });
  const missing = await find({ ...AROUND, setting: '/gone' }, disk(programs));
  assert.equal(missing.found, undefined);
  assert.match('problems' in missing ? (missing.problems[0] ?? '') : '', /\/gone \(from the setting symseek\.server\.path\) does not exist/);
  assert.equal((await find({ ...AROUND, setting: '  ' }, disk(programs))).found?.path, '/usr/bin/symseek');
});

test('what cannot be run, is something else or is too old is passed over and named', async () => {
  const programs = {
    '/ext/server/symseek': new Error('wrong format'),
    '/usr/bin/symseek': 'hello 1.0.0',
    '/opt/bin/symseek': 'symseek 0.0.9',
  };
  const result = await find(AROUND, disk(programs));
  assert.equal(result.found, undefined);
  const problems = 'problems' in result ? result.problems : [];
  assert.deepEqual(problems.map((problem) => problem.split(' ')[0]), Object.keys(programs));
  assert.match(problems[0] ?? '', /wrong format/);
  assert.match(problems[1] ?? '', /another program/);
  assert.match(problems[2] ?? '', /0\.0\.9; this extension needs 0\.1\.0/);
  const mended = await find(AROUND, disk({ ...programs, '/home/me/.cargo/bin/symseek': 'symseek 0.1.0' }));
  assert.equal(mended.found?.source, 'cargo');
});

test('Windows has its own names and separators, and cargo may live elsewhere', () => {
  const around = { ...AROUND, platform: 'win32', extension: 'C:\\ext', home: 'C:\\me', variables: { Path: 'C:\\a;C:\\b' } };
  assert.deepEqual(candidates(around).map(({ path }) => path), [
    'C:\\ext\\server\\symseek.exe', 'C:\\a\\symseek.exe', 'C:\\b\\symseek.exe', 'C:\\me\\.cargo\\bin\\symseek.exe',
  ]);
  const moved = candidates({ ...AROUND, variables: { CARGO_HOME: '/cargo' } });
  assert.equal(moved.at(-1)?.path, '/cargo/bin/symseek');
});

test('versions are compared by number', () => {
  assert.equal(versionOf('symseek 0.10.2-rc.1\n'), '0.10.2-rc.1');
  assert.equal(versionOf('ripgrep 14.1.0'), undefined);
  assert.ok(isOlder('0.9.9', '0.10.0') && isOlder('0.1.0', '1.0.0') && isOlder('0.1.1', '0.1.2'));
  assert.ok(!isOlder('0.1.0', '0.1.0') && !isOlder('0.10.0', '0.9.0') && !isOlder('0.1.0-rc.1', '0.1.0'));
});
