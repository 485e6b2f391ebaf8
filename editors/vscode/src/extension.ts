/**
 * Puts the parts together: one server for the window, the search box, the two views, and the status bar.
 */
import * as vscode from 'vscode';
import { CallsView } from './calls/view';
import { PinsView } from './pins/view';
import type { Hit, PlaceArguments } from './protocol';
import { History } from './search/history';
import { search, show, type Actions } from './search/picker';
import { message, Server } from './server/server';
import { StatusBar } from './status/bar';

const HISTORY = 'symseek.history';

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Symseek', { log: true });
  const trace = vscode.window.createOutputChannel('Symseek Trace', { log: true });
  const own = new Server(context, log, trace);
  server = own;
  const calls = new CallsView(own);
  const pins = new PinsView(context.workspaceState);
  const history = new History(
    () => context.workspaceState.get(HISTORY),
    (queries) => void context.workspaceState.update(HISTORY, queries),
  );
  const actions: Actions = {
    similar: (hit) => void similarToHit(own, actions, hit),
    callers: (hit) => void calls.ofHit(hit, 'callers'),
    pin: (hits, query) => pins.add(query, hits),
  };
  context.subscriptions.push(
    log,
    trace,
    own,
    calls,
    pins,
    new StatusBar(own),
    vscode.commands.registerCommand('symseek.openSearch', (query?: unknown) => search(own, history, actions, typeof query === 'string' ? query : '')),
    vscode.commands.registerCommand('symseek.findSimilar', () => similarToSelection(own, actions)),
    vscode.commands.registerCommand('symseek.showCallers', () => calls.atCursor('callers')),
    vscode.commands.registerCommand('symseek.showCallees', () => calls.atCursor('callees')),
  );
  void own.start();
}

export async function deactivate(): Promise<void> {
  await server?.shutdown();
}

async function similarToSelection(own: Server, actions: Actions): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    void vscode.window.showInformationMessage('Symseek: select the code to compare with first.');
    return;
  }
  const { document, selection } = editor;
  const { start, end } = selection;
  const lines = start.line === end.line ? `line ${start.line + 1}` : `lines ${start.line + 1}–${end.line + 1}`;
  const name = document.uri.path.split('/').pop() ?? '';
  const range = { start: { line: start.line, character: start.character }, end: { line: end.line, character: end.character } };
  await similar(own, actions, `Similar to ${name}, ${lines}`, { uri: document.uri.toString(), range });
}

function similarToHit(own: Server, actions: Actions, hit: Hit): Promise<void> {
  return similar(own, actions, `Similar to ${hit.name}`, { uri: hit.location.uri, range: hit.location.range });
}

async function similar(own: Server, actions: Actions, title: string, place: PlaceArguments): Promise<void> {
  const limit = vscode.workspace.getConfiguration('symseek').get<number>('search.limit', 50);
  try {
    const answer = await own.request('symseek/similar', { ...place, limit });
    await show(own, actions, title, answer);
  } catch (error) {
    void vscode.window.showErrorMessage(`Symseek: ${message(error)}`);
  }
}
