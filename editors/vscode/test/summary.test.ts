/** What the status bar says in each condition. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FolderStatus, StatusReport } from '../src/protocol';
import { count, page, summarize, type Condition } from '../src/status/summary';

const folder: FolderStatus = {
  root: '/w', state: 'ready', done: 26, total: 26, files: 26, chunks: 1228, languages: { python: 12, rust: 13 },
  skipped: { 'too large': { count: 3, paths: ['big.json', 'huge.csv'] } }, store: 'writer', directory: '/cache/w', bytes: 227_640,
  watching: false, problems: [],
};
const report: StatusReport = { state: 'ready', version: '0.1.0', model: 'static', openDocuments: 1, files: 26, chunks: 1228, folders: [folder] };

function text(changes: Partial<Condition>): string {
  return summarize({ phase: 'running', problem: '', percentage: undefined, report, ...changes }).text;
}

test('a percentage while indexing, then the number of chunks', () => {
  assert.equal(text({ percentage: 45.9 }), '$(sync~spin) Symseek 45 %');
  assert.equal(text({ report: { ...report, folders: [{ ...folder, state: 'indexing', done: 1, total: 4 }] } }), '$(sync~spin) Symseek 25 %');
  assert.equal(text({ report: { ...report, folders: [{ ...folder, state: 'indexing', done: 0, total: 0 }] } }), '$(sync~spin) Symseek 0 %');
  assert.equal(text({}), '$(search) Symseek 1,228 chunks');
  assert.equal(text({ report: undefined }), '$(search) Symseek');
});

test('failures, pauses and problems are seen', () => {
  assert.equal(text({ phase: 'paused' }), '$(debug-pause) Symseek');
  const failed = summarize({ phase: 'failed', problem: 'no program', percentage: undefined, report: undefined });
  assert.deepEqual(failed, { text: '$(error) Symseek', tooltip: 'Symseek: no program', severity: 'error' });
  assert.equal(summarize({ phase: 'waiting', problem: '', percentage: undefined, report }).severity, 'warning');
  assert.equal(text({ report: { state: 'failed', problems: ['disk'] } }), '$(error) Symseek');
  assert.equal(text({ report: { ...report, folders: [{ ...folder, problems: ['read-only'] }] } }), '$(warning) Symseek 1,228 chunks');
  assert.equal(text({ report: { ...report, state: 'stopped' } }), '$(warning) Symseek 1,228 chunks');
});

test('the page says what is indexed and what was left out, and why', () => {
  const markdown = page(report);
  for (const part of ['**ready**', '1,228 chunks of 26 files', '1 open document among', '## /w', 'rust 13, python 12', '0.2 MB (writer)', 'not followed', 'too large: 3 files', '  - huge.csv', 'and 1 more']) {
    assert.ok(markdown.includes(part), `${part} in\n${markdown}`);
  }
  assert.ok(page({ state: 'failed', problems: ['disk full'] }).includes('- disk full'));
});

test('numbers have thousands separators', () => {
  assert.equal(count(1, 'chunk'), '1 chunk');
  assert.equal(count(1234567, 'chunk'), '1,234,567 chunks');
});
