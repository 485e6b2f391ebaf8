/**
 * Shows hits in the editor while somebody walks through a list, and puts everything back: the tabs of the group, which of
 * them were provisional, the active editor, its selections, and what it had scrolled to.
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
  private touched = false;
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
    this.tabs = textTabs(this.column);
    this.original = editor && {
      uri: editor.document.uri,
      provisional: this.tabs.some((tab) => tab.provisional && same(tab.uri, editor.document.uri)),
      selections: editor.selections,
      visible: editor.visibleRanges[0],
    };
  }

  /** Shows a hit, unless another is wanted meanwhile. Rejects when its file cannot be opened. */
  show(hit: Hit): Promise<void> {
    const number = (this.newest += 1);
    const shown = this.turn.then(async () => {
      if (number !== this.newest) return;
      this.touched = true;
      const lines = toRange(hit.location.range);
      const uri = toUri(hit.location.uri);
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
    if (!this.touched) return;
    this.unmark?.();
    const now = textTabs(this.column);
    // A provisional tab gave way to the preview.
    const lost = this.tabs.filter((tab) => !now.some((other) => same(other.uri, tab.uri)));
    for (const tab of lost) await reopen(tab, this.column);
    await this.restoreEditor();
    const extra = vscode.window.tabGroups.all
      .filter((group) => group.viewColumn === this.column)
      .flatMap((group) => group.tabs)
      .filter((tab) => tab.input instanceof vscode.TabInputText && !tab.isDirty)
      .filter((tab) => !this.tabs.some((old) => same(old.uri, (tab.input as vscode.TabInputText).uri)));
    if (extra.length > 0) await vscode.window.tabGroups.close(extra, true);
  }

  private async restoreEditor(): Promise<void> {
    if (!this.original) return;
    const { uri, provisional, selections, visible } = this.original;
    const editor = await vscode.window.showTextDocument(uri, { viewColumn: this.column, preview: provisional });
    const equal = selections.length === editor.selections.length && selections.every((one, at) => editor.selections[at]?.isEqual(one));
    if (!equal) editor.selections = selections;
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

async function reopen(tab: Tab, viewColumn: vscode.ViewColumn): Promise<void> {
  try {
    await vscode.window.showTextDocument(tab.uri, { viewColumn, preview: tab.provisional, preserveFocus: true });
  } catch {
    // Its file is gone meanwhile: there is nothing to come back to.
  }
}

function textTabs(column: vscode.ViewColumn): Tab[] {
  return vscode.window.tabGroups.all
    .filter((group) => group.viewColumn === column)
    .flatMap((group) => group.tabs)
    .flatMap((tab) => (tab.input instanceof vscode.TabInputText ? [{ uri: tab.input.uri, provisional: tab.isPreview }] : []));
}

function same(a: vscode.Uri, b: vscode.Uri): boolean {
  return a.toString() === b.toString();
}
