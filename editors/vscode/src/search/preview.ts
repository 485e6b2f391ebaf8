/**
 * Shows hits in the editor while somebody walks through a list, and puts everything back: the tabs of the group, which of
 * them were provisional, the active editor, its selections, and what it had scrolled to.
 *
 * VS Code itself restores the exact view of an editor that it comes back to. Only where a hit lies in the very file that
 * was open is that editor scrolled, and scrolled back here by lines, which is as fine as extensions can see.
 */
import * as vscode from 'vscode';
import type { Hit } from '../protocol';
import { highlight, toRange, toUri } from './hits';

/** Scrolling is reported a moment after it happened, in milliseconds. */
const SETTLE = 40;
/** Corrections of the scroll position before giving up. */
const TRIES = 8;

interface Tab {
  uri: vscode.Uri;
  provisional: boolean;
}

export class Preview {
  private readonly column: vscode.ViewColumn;
  private readonly original:
    | { uri: vscode.Uri; provisional: boolean; selections: readonly vscode.Selection[]; top: number | undefined }
    | undefined;
  private readonly tabs: Tab[];
  private unmark: (() => void) | undefined;
  private touched = false;
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
      top: editor.visibleRanges[0]?.start.line,
    };
  }

  /** Shows a hit, unless another is wanted meanwhile. Rejects when its file cannot be opened. */
  show(hit: Hit): Promise<void> {
    const number = (this.newest += 1);
    const shown = this.turn.then(async () => {
      if (number !== this.newest) return;
      this.touched = true;
      const lines = toRange(hit.location.range);
      const editor = await vscode.window.showTextDocument(toUri(hit.location.uri), {
        viewColumn: this.column,
        preserveFocus: true,
        preview: true,
      });
      this.unmark?.();
      this.unmark = highlight(editor, lines);
      editor.revealRange(lines, vscode.TextEditorRevealType.InCenter);
    });
    this.turn = shown.catch(() => undefined);
    return shown;
  }

  /** Ends the preview where it is. */
  keep(): void {
    this.newest += 1;
    this.unmark?.();
  }

  /** Puts everything back. */
  async restore(): Promise<void> {
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
    if (extra.length > 0) await vscode.window.tabGroups.close(extra);
  }

  private async restoreEditor(): Promise<void> {
    if (!this.original) return;
    const { uri, provisional, selections, top } = this.original;
    const editor = await vscode.window.showTextDocument(uri, { viewColumn: this.column, preview: provisional });
    const equal = selections.length === editor.selections.length && selections.every((one, at) => editor.selections[at]?.isEqual(one));
    if (!equal) editor.selections = selections;
    if (top !== undefined) await scrollTo(editor, top);
  }
}

/** Brings a line to the top of an editor that has the focus, whatever sticky headers and folded regions do. */
async function scrollTo(editor: vscode.TextEditor, top: number): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE));
    const now = editor.visibleRanges[0]?.start.line;
    if (now === undefined || now === top) return;
    if (attempt === 0) {
      editor.revealRange(new vscode.Range(top, 0, top, 0), vscode.TextEditorRevealType.AtTop);
    } else {
      const value = Math.abs(now - top);
      await vscode.commands.executeCommand('editorScroll', { to: now < top ? 'down' : 'up', by: 'line', value, revealCursor: false });
    }
  }
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
