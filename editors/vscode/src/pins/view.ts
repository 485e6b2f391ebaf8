/**
 * The view “Results”: pinned hits by query, each with a box to tick off.
 */
import * as vscode from 'vscode';
import type { Hit } from '../protocol';
import { openHit, relative, toIcon } from '../search/hits';
import { row } from '../search/present';
import { Pins, type Pin } from './model';

const OPEN = 'symseek.pins.open';
const STORED = 'symseek.pins';

type Node = { query: string } | { pin: Pin };

export class PinsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly pins: Pins;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Node>;
  private readonly subscriptions: { dispose(): unknown }[];

  constructor(state: vscode.Memento) {
    this.pins = new Pins(state.get(STORED), (pins) => {
      void state.update(STORED, pins);
      this.update();
    });
    this.view = vscode.window.createTreeView<Node>('symseek.pins', { treeDataProvider: this, showCollapseAll: true });
    this.subscriptions = [
      this.view,
      this.changed,
      this.view.onDidChangeCheckboxState(({ items }) => {
        for (const [node, state] of items) {
          if ('pin' in node) this.pins.tick(node.pin, state === vscode.TreeItemCheckboxState.Checked);
        }
      }),
      vscode.commands.registerCommand(OPEN, (hit: Hit) => openHit(hit)),
      vscode.commands.registerCommand('symseek.pins.remove', (node: Node) => this.pins.remove('pin' in node ? node.pin : node.query)),
      vscode.commands.registerCommand('symseek.pins.clear', () => this.pins.clear()),
    ];
    this.update();
  }

  add(query: string, hits: readonly Hit[]): void {
    this.pins.add(query, hits);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ('query' in node) {
      const item = new vscode.TreeItem(node.query, vscode.TreeItemCollapsibleState.Expanded);
      const pins = this.pins.of(node.query);
      item.description = `${pins.filter(({ done }) => done).length} of ${pins.length} done`;
      item.iconPath = new vscode.ThemeIcon('search');
      return item;
    }
    const { hit, done, query } = node.pin;
    const { label, place, description, detail } = row(hit, relative(hit.location.uri), query);
    const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
    // The side bar is narrow: the place alone stands beside the name.
    item.description = place;
    item.tooltip = `${description}\n${detail}`;
    item.iconPath = toIcon(hit);
    item.checkboxState = done ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked;
    item.command = { command: OPEN, title: 'Open', arguments: [hit] };
    return item;
  }

  getChildren(node?: Node): Node[] {
    if (!node) return this.pins.queries().map((query) => ({ query }));
    return 'query' in node ? this.pins.of(node.query).map((pin) => ({ pin })) : [];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private update(): void {
    void vscode.commands.executeCommand('setContext', 'symseek.hasPins', !this.pins.empty);
    this.changed.fire();
  }
}
