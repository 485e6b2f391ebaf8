/**
 * What the status bar and the status page say about the server's condition, in words.
 */
import type { FolderStatus, StatusReport } from '../protocol';

export interface Condition {
  phase: 'starting' | 'running' | 'paused' | 'failed' | 'waiting';
  /** Why it failed. */
  problem: string;
  /** Of the slowest work under way, in [0, 100]. */
  percentage: number | undefined;
  report: StatusReport | undefined;
}

export interface Summary {
  text: string;
  tooltip: string;
  severity: 'none' | 'warning' | 'error';
}

/** The status bar item. */
export function summarize(condition: Condition): Summary {
  const { report } = condition;
  switch (condition.phase) {
    case 'starting':
      return { text: '$(sync~spin) Symseek', tooltip: 'Symseek is starting', severity: 'none' };
    case 'waiting':
      return { text: '$(sync~spin) Symseek', tooltip: 'Symseek’s server stopped and is being started again', severity: 'warning' };
    case 'paused':
      return { text: '$(debug-pause) Symseek', tooltip: 'Symseek is paused', severity: 'none' };
    case 'failed':
      return { text: '$(error) Symseek', tooltip: `Symseek: ${condition.problem}`, severity: 'error' };
    case 'running':
      break;
  }
  const percentage = condition.percentage ?? scanned(report);
  if (percentage !== undefined) {
    return { text: `$(sync~spin) Symseek ${Math.floor(percentage)} %`, tooltip: 'Symseek is indexing; answers are not complete yet', severity: 'none' };
  }
  if (report === undefined) return { text: '$(search) Symseek', tooltip: 'Symseek', severity: 'none' };
  if (report.state === 'failed') {
    return { text: '$(error) Symseek', tooltip: `Symseek: ${report.problems?.join('; ') ?? 'the index failed'}`, severity: 'error' };
  }
  const problems = report.folders?.flatMap((folder) => folder.problems) ?? [];
  const stopped = report.state === 'stopped';
  const lines = [
    `Symseek: ${count(report.chunks ?? 0, 'chunk')} of ${count(report.files ?? 0, 'file')} are searchable`,
    ...(stopped ? ['Indexing was stopped; rebuild to go on'] : []),
    ...problems,
  ];
  const icon = stopped || problems.length > 0 ? '$(warning)' : '$(search)';
  return { text: `${icon} Symseek ${count(report.chunks ?? 0, 'chunk')}`, tooltip: lines.join('\n'), severity: stopped ? 'warning' : 'none' };
}

/** How far the folders that are being scanned are, when nothing else says so. */
function scanned(report: StatusReport | undefined): number | undefined {
  const folders = report?.folders?.filter((folder) => folder.state === 'indexing') ?? [];
  if (folders.length === 0) return undefined;
  const sum = (of: (folder: FolderStatus) => number) => folders.reduce((all, folder) => all + of(folder), 0);
  const total = sum((folder) => folder.total);
  return total === 0 ? 0 : (sum((folder) => folder.done) * 100) / total;
}

/** `1 chunk`, `1,234 chunks`. */
export function count(n: number, what: string): string {
  return `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
}

/** The status page, in Markdown. */
export function page(report: StatusReport): string {
  const lines = [
    '# Symseek',
    '',
    `The index is **${report.state}**: ${count(report.chunks ?? 0, 'chunk')} of ${count(report.files ?? 0, 'file')} are searchable, ` +
      `${count(report.openDocuments ?? 0, 'open document')} among them.`,
    '',
    `Server ${report.version ?? 'of unknown version'}, model ${report.model ?? 'none: no search by meaning'}.`,
    ...(report.problems ?? []).map((problem) => `\n- ${problem}`),
  ];
  for (const folder of report.folders ?? []) lines.push('', ...section(folder));
  return `${lines.join('\n')}\n`;
}

function section(folder: FolderStatus): string[] {
  const languages = Object.entries(folder.languages).sort(([, a], [, b]) => b - a).map(([name, n]) => `${name} ${n}`);
  const skipped = Object.entries(folder.skipped);
  return [
    `## ${folder.root}`,
    '',
    `- state: ${folder.state}${folder.state === 'indexing' ? `, ${folder.done} of ${folder.total} files` : ''}`,
    `- searchable: ${count(folder.files, 'file')}, ${count(folder.chunks, 'chunk')}`,
    ...(languages.length > 0 ? [`- languages: ${languages.join(', ')}`] : []),
    `- index: ${folder.directory ?? 'in memory'}, ${(folder.bytes / 1e6).toFixed(1)} MB (${folder.store})`,
    `- changes on the disk are ${folder.watching ? 'followed' : 'not followed'}`,
    ...folder.problems.map((problem) => `- problem: ${problem}`),
    ...skipped.flatMap(([reason, { count: n, paths }]) => [
      `- left out, ${reason}: ${count(n, 'file')}`,
      ...paths.map((path) => `  - ${path}`),
      ...(n > paths.length ? [`  - and ${n - paths.length} more`] : []),
    ]),
  ];
}
