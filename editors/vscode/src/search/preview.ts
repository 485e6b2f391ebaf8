/**
 * Shows hits in the editor while somebody walks through a list, and puts everything back: the tabs, which of them
 * were provisional, the active editor, its selections, and what it had scrolled to.
 *
 * VS Code itself restores the exact view of an editor that it comes back to. Only where a hit lies in the very file that
 * was open is that editor scrolled. Extensions see whole lines only, so it is scrolled by a number of whole lines, and back
 * by the same number: that is exact to the pixel. Where folded or wrapped lines spoil the count it is exact to the line.
 */
import * as vscode from 'vscode';
import type { Hit } from '../protocol';
import { highlight, toRange, toUri } from './hits';

/** Scrolling is reported a moment after it happened, sometimes in parts: how long to wait for the first, and after each. */
const REPORTED = 300;
const QUIET = 80;
/** Corrections of the scroll position before giving up. */
const TRIES = 4;

interface Tab {
  uri: vscode.Uri;
  column: vscode.ViewColumn;
  provisional: boolean;
}

export class Preview {
  private static restoring: Promise<void> = Promise.resolve();

  private readonly column: vscode.ViewColumn;
  private readonly original:
    | { uri: vscode.Uri; provisional: boolean; selections: readonly vscode.Selection[]; visible: vscode.Range | undefined }
    | undefined;
  private readonly tabs: Tab[];
  private unmark: (() => void) | undefined;
  /** The files that were shown. */
  private readonly shown = new Set<string>();
  /** How far the original editor was scrolled down, in lines. */
  private scrolled = 0;
  private newest = 0;
  /** Shows happen one after the other. */
  private turn: Promise<void> = Promise.resolve();

  /** Takes note of what is to be restored. */
  constructor() {
    const editor = vscode.window.activeTextEditor;
    const group = vscode.window.tabGroups.activeTabGroup;
    this.column = editor?.viewColumn ?? group.viewColumn;
    this.tabs = textTabs();
    this.original = editor && {
      uri: editor.document.uri,
      provisional: this.tabs.some((tab) => tab.provisional && tab.column === this.column && same(tab.uri, editor.document.uri)),
      selections: editor.selections,
      visible: editor.visibleRanges[0],
    };
  }

  /** Shows a hit, unless another is wanted meanwhile. Rejects when its file cannot be opened. */
  show(hit: Hit): Promise<void> {
    const number = (this.newest += 1);
    const shown = this.turn.then(async () => {
      if (number !== this.newest) return;
      const lines = toRange(hit.location.range);
      const uri = toUri(hit.location.uri);
      this.shown.add(uri.toString());
      const editor = await vscode.window.showTextDocument(uri, { viewColumn: this.column, preserveFocus: true, preview: true });
      this.unmark?.();
      this.unmark = highlight(editor, lines);
      const visible = this.original && same(uri, this.original.uri) ? this.original.visible : undefined;
      if (visible) await this.scrollOriginal(editor, lines, visible);
      else editor.revealRange(lines, vscode.TextEditorRevealType.InCenter);
    });
    this.turn = shown.catch(() => undefined);
    return shown;
  }

  /** Brings lines of the original editor to its middle, by whole lines. `visible` is what it showed at first. */
  private async scrollOriginal(editor: vscode.TextEditor, lines: vscode.Range, visible: vscode.Range): Promise<void> {
    const height = visible.end.line - visible.start.line;
    const middle = Math.min(lines.start.line + Math.floor((lines.end.line - lines.start.line) / 2), lines.start.line + Math.floor(height / 2));
    // Neither end of the file is reached: there fewer lines would be scrolled than asked for, and not as many back. The first
    // and the last line in sight may be cut, so one or two lines stay between.
    const least = Math.min(1, visible.start.line);
    const most = Math.max(visible.start.line, editor.document.lineCount - 3 - height);
    const first = Math.min(Math.max(least, middle - Math.floor(height / 2)), most);
    const distance = first - visible.start.line - this.scrolled;
    this.scrolled += distance;
    await scrollBy(editor, distance);
    const inSight = editor.visibleRanges.some((range) => range.contains(lines.start));
    if (!inSight) editor.revealRange(lines, vscode.TextEditorRevealType.InCenter);
  }

  /** Ends the preview where it is. */
  keep(): void {
    this.newest += 1;
    this.unmark?.();
  }

  /** Resolves when what the last preview changed is put back: only then is there something to take note of. */
  static async settled(): Promise<void> {
    await Preview.restoring;
  }

  /** Puts everything back. */
  restore(): Promise<void> {
    const restored = this.putBack();
    Preview.restoring = restored.catch(() => undefined);
    return restored;
  }

  private async putBack(): Promise<void> {
    this.keep();
    await this.turn;
    if (this.shown.size === 0) return;
    this.unmark?.();
    const now = textTabs();
    // A provisional tab gave way to the preview.
    const lost = this.tabs.filter((tab) => !now.some((other) => equal(other, tab)));
    for (const tab of lost) await reopen(tab);
    await this.restoreEditor();
    // In all groups: what lies over the editors, such as the settings, is a group that takes no files, and the preview goes to another.
    const extra = vscode.window.tabGroups.all.flatMap(({ viewColumn, tabs }) =>
      tabs.filter(({ input, isDirty }) => {
        if (!(input instanceof vscode.TabInputText) || isDirty || !this.shown.has(input.uri.toString())) return false;
        const opened = { uri: input.uri, column: viewColumn };
        return !this.tabs.some((old) => equal(old, opened));
      }),
    );
    if (extra.length > 0) await vscode.window.tabGroups.close(extra, true);
  }

  private async restoreEditor(): Promise<void> {
    if (!this.original) return;
    const { uri, provisional, selections, visible } = this.original;
    const editor = await vscode.window.showTextDocument(uri, { viewColumn: this.column, preview: provisional });
    const selected = selections.length === editor.selections.length && selections.every((one, at) => editor.selections[at]?.isEqual(one));
    if (!selected) editor.selections = selections;
    await scrollBy(editor, -this.scrolled);
    if (visible) await scrollTo(editor, visible.start.line);
  }
}

/** Scrolls the active editor down by a number of lines, to the pixel, and waits until that is known here. */
async function scrollBy(editor: vscode.TextEditor, lines: number): Promise<void> {
  if (lines === 0) return;
  const moved = reported(editor);
  await vscode.commands.executeCommand('editorScroll', { to: lines > 0 ? 'down' : 'up', by: 'wrappedLine', value: Math.abs(lines), revealCursor: false });
  await moved;
}

/** Brings a line to the top of the active editor, whatever wrapped and folded lines do. Mostly it is there already. */
async function scrollTo(editor: vscode.TextEditor, top: number): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const now = editor.visibleRanges[0]?.start.line ?? top;
    if (now === top) return;
    await scrollBy(editor, top - now);
  }
}

/** Resolves when the editor has said where it was scrolled to, or has had the time to. */
function reported(editor: vscode.TextEditor): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      subscription.dispose();
      resolve();
    };
    let timer = setTimeout(over, REPORTED);
    const subscription = vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
      if (textEditor !== editor) return;
      clearTimeout(timer);
      timer = setTimeout(over, QUIET);
    });
  });
}

async function reopen({ uri, provisional, column }: Tab): Promise<void> {
  try {
    await vscode.window.showTextDocument(uri, { viewColumn: column, preview: provisional, preserveFocus: true });
  } catch {
    // Its file is gone meanwhile: there is nothing to come back to.
  }
}

/** The tabs of files, in all groups. */
function textTabs(): Tab[] {
  return vscode.window.tabGroups.all.flatMap(({ viewColumn, tabs }) =>
    tabs.flatMap((tab) => (tab.input instanceof vscode.TabInputText ? [{ uri: tab.input.uri, column: viewColumn, provisional: tab.isPreview }] : [])),
  );
}

function equal(a: Pick<Tab, 'uri' | 'column'>, b: Pick<Tab, 'uri' | 'column'>): boolean {
  return a.column === b.column && same(a.uri, b.uri);
}

function same(a: vscode.Uri, b: vscode.Uri): boolean {
  return a.toString() === b.toString();
}
