/**
 * Processes: asks a program for its version, and starts the server with its log going to our channel, line by line and
 * level by level.
 */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { LogOutputChannel } from 'vscode';
import type { Probe } from './binary';

/** A program that says nothing for so long is none of ours, in milliseconds. */
const PATIENCE = 10_000;

export const probe: Probe = async (path) => {
  try {
    await access(path);
  } catch {
    return undefined;
  }
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: PATIENCE, windowsHide: true }, (error, stdout) => {
      if (error === null) {
        resolve({ answer: stdout });
        return;
      }
      const ended = error.killed === true ? 'it did not answer in time' : error.message.split('\n')[0];
      resolve({ failure: ended ?? 'it failed' });
    });
  });
};

/** Starts the language server. Rejects when the program cannot be run. */
export function launch(path: string, args: readonly string[], log: LogOutputChannel): Promise<ChildProcessWithoutNullStreams> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { stdio: 'pipe', windowsHide: true });
    child.once('error', reject);
    child.once('spawn', () => {
      log.info(`started ${path} ${args.join(' ')}, process ${child.pid ?? 0}`);
      resolve(child);
    });
    child.once('exit', (code, signal) => log.info(`the server ended with ${signal ?? `code ${code ?? 0}`}`));
    // A write to a process that has just died fails here; its end is noticed where its output closes.
    child.stdin.on('error', (error) => log.debug(`the server does not read any more: ${error.message}`));
    createInterface({ input: child.stderr }).on('line', (line) => write(log, line));
  });
}

/** A line of the server's log, such as `2026-01-01T00:00:00Z  WARN symseek: …`, at its own level. */
function write(log: LogOutputChannel, line: string): void {
  // eslint-disable-next-line no-control-regex -- colours are escape sequences.
  const plain = line.replace(/\u001b\[[0-9;]*m/g, '');
  const parts = /^(?:\S+Z\s+)?(ERROR|WARN|INFO|DEBUG|TRACE)\s+(.*)$/.exec(plain);
  const text = parts?.[2] ?? plain;
  switch (parts?.[1]) {
    case 'ERROR':
      log.error(text);
      break;
    case 'WARN':
      log.warn(text);
      break;
    case 'DEBUG':
      log.debug(text);
      break;
    case 'TRACE':
      log.trace(text);
      break;
    default:
      log.info(text);
  }
}
