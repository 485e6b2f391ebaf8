/**
 * Hits as VS Code shows and opens them: places, icons, paths relative to the workspace, and opening with the hit in sight.
 */
import * as vscode from 'vscode';
import type { Hit, Range } from '../protocol';
import { icon } from './present';

export function toRange({ start, end }: Range): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/** `uri` as the protocol writes it. */
export function toUri(uri: string): vscode.Uri {
  return vscode.Uri.parse(uri, true);
}

export function toIcon(hit: Pick<Hit, 'kind' | 'kindName'>): vscode.ThemeIcon {
  const { icon: id, color } = icon(hit);
  return new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
}

/** Relative to its workspace folder, whose name is put before it when there are several. */
export function relative(uri: string): string {
  return vscode.workspace.asRelativePath(toUri(uri));
}

/** Opens a place with the cursor at its beginning, and its lines marked for a moment. */
export async function open(uri: vscode.Uri, lines: vscode.Range, cursor: vscode.Position, column?: vscode.ViewColumn): Promise<void> {
  const editor = await vscode.window.showTextDocument(uri, {
    viewColumn: column ?? vscode.ViewColumn.Active,
    selection: new vscode.Range(cursor, cursor),
  });
  editor.revealRange(lines, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  mark(editor, lines);
}

/** Opens a hit with the cursor on its name. */
export function openHit(hit: Hit, column?: vscode.ViewColumn): Promise<void> {
  return open(toUri(hit.location.uri), toRange(hit.location.range), toRange(hit.selectionRange).start, column);
}

const decoration = vscode.window.createTextEditorDecorationType({
  isWholeLine: true,
  backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
  overviewRulerColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
  overviewRulerLane: vscode.OverviewRulerLane.Full,
});

/** How long an opened place stays marked, in milliseconds. */
const MARKED = 1_500;

/** Marks lines until the function that is given back is called. */
export function highlight(editor: vscode.TextEditor, lines: vscode.Range): () => void {
  editor.setDecorations(decoration, [wholeLines(lines)]);
  return () => editor.setDecorations(decoration, []);
}

function mark(editor: vscode.TextEditor, lines: vscode.Range): void {
  setTimeout(highlight(editor, lines), MARKED);
}

/** A range that ends at the beginning of a line does not hold that line. */
function wholeLines(lines: vscode.Range): vscode.Range {
  const { start, end } = lines;
  return end.character === 0 && end.line > start.line ? new vscode.Range(start, new vscode.Position(end.line - 1, 0)) : lines;
}
