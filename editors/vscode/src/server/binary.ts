/**
 * Which program is the server: the one in the settings, the one inside the extension, one on PATH, one in cargo's folder,
 * in this order. Each is asked for its version before it is trusted. The file system and processes are given from outside.
 */
import { posix, win32 } from 'node:path';

/** The oldest server whose answers this extension reads. */
export const MINIMUM_VERSION = '0.1.0';

/** How to get the server, in a checkout of Symseek. */
export const INSTALL_COMMAND = 'cargo install --path server';

export type Source = 'setting' | 'bundle' | 'PATH' | 'cargo';

export interface Candidate {
  source: Source;
  path: string;
}

export interface Surroundings {
  platform: string;
  /** The setting `symseek.server.path`. */
  setting: string | null;
  /** The extension's own folder. */
  extension: string;
  home: string;
  /** Environment variables. */
  variables: Record<string, string | undefined>;
}

/** What a program answered to `--version`, or why it did not; undefined when there is no such file. */
export type Probe = (path: string) => Promise<{ answer: string } | { failure: string } | undefined>;

export type Found =
  | { found: Candidate & { version: string } }
  | { found: undefined; problems: string[] };

/** Where the server may be, in order. A setting stands alone: what the user asked for is never replaced in silence. */
export function candidates(around: Surroundings): Candidate[] {
  const windows = around.platform === 'win32';
  const paths = windows ? win32 : posix;
  const name = windows ? 'symseek.exe' : 'symseek';
  const setting = around.setting?.trim();
  if (setting) {
    const path = setting === '~' || setting.startsWith('~/') ? paths.join(around.home, setting.slice(1)) : setting;
    return [{ source: 'setting', path }];
  }
  const folders = (around.variables['PATH'] ?? around.variables['Path'] ?? '').split(paths.delimiter);
  const cargo = around.variables['CARGO_HOME'] ?? paths.join(around.home, '.cargo');
  const all: Candidate[] = [
    { source: 'bundle', path: paths.join(around.extension, 'server', name) },
    // A relative folder would mean another program in every workspace.
    ...folders.filter((folder) => paths.isAbsolute(folder)).map((folder) => ({ source: 'PATH' as const, path: paths.join(folder, name) })),
    { source: 'cargo', path: paths.join(cargo, 'bin', name) },
  ];
  return all.filter((candidate, at) => all.findIndex((other) => other.path === candidate.path) === at);
}

/** The first candidate that is a server we can talk to; else what was wrong with each. */
export async function find(around: Surroundings, probe: Probe): Promise<Found> {
  const problems: string[] = [];
  for (const candidate of candidates(around)) {
    const result = await probe(candidate.path);
    if (result === undefined) {
      if (candidate.source === 'setting') {
        problems.push(`${candidate.path} (from the setting symseek.server.path) does not exist`);
      }
      continue;
    }
    if ('failure' in result) {
      problems.push(`${candidate.path} cannot be run: ${result.failure}`);
      continue;
    }
    const version = versionOf(result.answer);
    if (version === undefined) {
      problems.push(`${candidate.path} is another program: it says “${result.answer.trim().slice(0, 80)}”`);
    } else if (isOlder(version, MINIMUM_VERSION)) {
      problems.push(`${candidate.path} has version ${version}; this extension needs ${MINIMUM_VERSION} or newer`);
    } else {
      return { found: { ...candidate, version } };
    }
  }
  return { found: undefined, problems };
}

/** The version in the answer `symseek 0.1.0`. */
export function versionOf(answer: string): string | undefined {
  return /^symseek (\d+\.\d+\.\d+\S*)/.exec(answer.trim())?.[1];
}

/** Whether `a` comes before `b`; what stands behind the three numbers does not count. */
export function isOlder(a: string, b: string): boolean {
  const numbers = (version: string) => version.split(/[.+-]/, 3).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
