/**
 * The view “Calls”: callers or callees of a symbol as a tree in the side bar.
 */
import * as vscode from 'vscode';
import type { Hit, PlaceArguments } from '../protocol';
import { open, relative, toIcon, toRange, toUri } from '../search/hits';
import { message, type Server } from '../server/server';
import { CallTree, describe, percent, type Direction, type Node } from './model';

const OPEN = 'symseek.calls.open';

export class CallsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private tree: CallTree | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Node>;
  private readonly subscriptions: { dispose(): unknown }[];

  constructor(private readonly server: Server) {
    this.view = vscode.window.createTreeView<Node>('symseek.calls', { treeDataProvider: this, showCollapseAll: true });
    this.subscriptions = [
      this.view,
      this.changed,
      vscode.commands.registerCommand(OPEN, (uri: string, range: vscode.Range) => open(toUri(uri), range, range.start)),
      vscode.commands.registerCommand('symseek.calls.refresh', () => this.changed.fire()),
      vscode.commands.registerCommand('symseek.calls.clear', () => this.begin(undefined)),
      vscode.commands.registerCommand('symseek.calls.swap', () => this.swap()),
    ];
  }

  /** Shows the callers or callees of what stands at the cursor. */
  async atCursor(direction: Direction): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (!editor) {
      void vscode.window.showInformationMessage('Symseek: put the cursor on a name first.');
      return;
    }
    const { document, selection } = editor;
    const { active } = selection;
    const word = document.getWordRangeAtPosition(active);
    const label = word ? document.getText(word) : `${relative(document.uri.toString())}:${active.line + 1}`;
    const position = { line: active.line, character: active.character };
    await this.show(label, { uri: document.uri.toString(), position }, direction);
  }

  async ofHit(hit: Hit, direction: Direction): Promise<void> {
    await this.show(hit.name, { uri: hit.location.uri, position: hit.selectionRange.start }, direction);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const item = new vscode.TreeItem('', CallTree.opens(node) ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None);
    switch (node.kind) {
      case 'file':
        item.resourceUri = toUri(node.uri);
        item.iconPath = vscode.ThemeIcon.File;
        item.label = relative(node.uri);
        item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
        break;
      case 'symbol': {
        const [first] = node.sites;
        const { hit } = node;
        item.label = hit.name;
        item.description = describe(node);
        item.iconPath = toIcon(hit);
        item.tooltip = new vscode.MarkdownString().appendCodeblock(hit.signature || hit.name, hit.language).appendText(hit.containerName);
        // Callers open where they call, callees where they are defined.
        const atCall = first && this.tree?.root.direction === 'callers';
        item.command = atCall ? command(first.uri, toRange(first.range)) : command(hit.location.uri, toRange(hit.selectionRange));
        break;
      }
      case 'site':
        item.label = `${node.site.line}: ${node.site.text}`;
        item.description = percent(node.site.confidence);
        item.iconPath = new vscode.ThemeIcon('arrow-small-right');
        item.command = command(node.site.uri, toRange(node.site.range));
        break;
      case 'note':
        item.label = node.text;
        item.iconPath = new vscode.ThemeIcon('info');
        break;
    }
    return item;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    const { tree } = this;
    if (!tree) return [];
    try {
      const nodes = node ? await tree.children(node) : await tree.roots();
      if (!node && tree === this.tree) this.view.message = tree.message;
      return nodes;
    } catch (error) {
      return [{ kind: 'note', text: message(error) }];
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async show(label: string, place: PlaceArguments, direction: Direction): Promise<void> {
    const limit = vscode.workspace.getConfiguration('symseek').get<number>('search.limit', 50);
    const tree = new CallTree({ label, place, direction }, (wanted, where) =>
      this.server.request(wanted === 'callers' ? 'symseek/callers' : 'symseek/callees', { ...where, limit }),
    );
    this.begin(tree);
    await vscode.commands.executeCommand('symseek.calls.focus');
  }

  private begin(tree: CallTree | undefined): void {
    this.tree = tree;
    this.view.title = tree ? (tree.root.direction === 'callers' ? 'Callers' : 'Callees') : 'Calls';
    this.view.description = tree?.root.label ?? '';
    this.view.message = '';
    void vscode.commands.executeCommand('setContext', 'symseek.hasCalls', tree !== undefined);
    this.changed.fire();
  }

  private async swap(): Promise<void> {
    if (!this.tree) return;
    const { label, place, direction } = this.tree.root;
    await this.show(label, place, direction === 'callers' ? 'callees' : 'callers');
  }
}

function command(uri: string, range: vscode.Range): vscode.Command {
  return { command: OPEN, title: 'Open', arguments: [uri, range] };
}
