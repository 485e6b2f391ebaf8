/**
 * The status bar item, its menu, and the status page.
 */
import * as vscode from 'vscode';
import { message, type Server } from '../server/server';
import { page, summarize } from './summary';

const SCHEME = 'symseek-status';
const PAGE = vscode.Uri.from({ scheme: SCHEME, path: 'Symseek Status.md' });

export class StatusBar implements vscode.Disposable, vscode.TextDocumentContentProvider {
  private readonly item = vscode.window.createStatusBarItem('symseek.status', vscode.StatusBarAlignment.Right, 100);
  private readonly pageChanged = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.pageChanged.event;
  private readonly subscriptions: { dispose(): unknown }[];

  constructor(private readonly server: Server) {
    this.item.name = 'Symseek';
    this.item.command = 'symseek.showMenu';
    this.subscriptions = [
      this.item,
      this.pageChanged,
      server.onDidChange(() => this.update()),
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.commands.registerCommand('symseek.showMenu', () => this.menu()),
      vscode.commands.registerCommand('symseek.showStatus', () => this.showPage()),
      vscode.commands.registerCommand('symseek.rebuildIndex', () => this.rebuild()),
      vscode.commands.registerCommand('symseek.pause', () => server.pause()),
      vscode.commands.registerCommand('symseek.resume', () => server.restart()),
      vscode.commands.registerCommand('symseek.restartServer', () => server.restart()),
      vscode.commands.registerCommand('symseek.showLog', () => server.log.show()),
    ];
    this.update();
    this.item.show();
  }

  async provideTextDocumentContent(): Promise<string> {
    try {
      return page(await this.server.status());
    } catch (error) {
      return `# Symseek\n\n${message(error)}\n`;
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private update(): void {
    const { text, tooltip, severity } = summarize(this.server.condition());
    this.item.text = text;
    this.item.tooltip = tooltip;
    // An icon alone is read out as nothing.
    this.item.accessibilityInformation = { label: tooltip };
    this.item.backgroundColor = severity === 'none' ? undefined : new vscode.ThemeColor(`statusBarItem.${severity}Background`);
  }

  private async menu(): Promise<void> {
    const { phase } = this.server.condition();
    const { tooltip } = summarize(this.server.condition());
    const entry = (icon: string, label: string, command: string) => ({ label: `$(${icon}) ${label}`, command });
    const chosen = await vscode.window.showQuickPick(
      [
        entry('search', 'Search', 'symseek.openSearch'),
        entry('info', 'Status: what is indexed and what was left out', 'symseek.showStatus'),
        entry('sync', 'Rebuild the index from nothing', 'symseek.rebuildIndex'),
        phase === 'paused' ? entry('debug-start', 'Resume', 'symseek.resume') : entry('debug-pause', 'Pause: stop the server until you resume', 'symseek.pause'),
        entry('debug-restart', 'Restart the server', 'symseek.restartServer'),
        entry('output', 'Log', 'symseek.showLog'),
      ],
      { title: tooltip.split('\n')[0] ?? 'Symseek', placeHolder: 'What is to be done?' },
    );
    if (chosen) await vscode.commands.executeCommand(chosen.command);
  }

  private async showPage(): Promise<void> {
    this.pageChanged.fire(PAGE);
    await vscode.commands.executeCommand('markdown.showPreview', PAGE);
  }

  private async rebuild(): Promise<void> {
    try {
      await this.server.request('symseek/reindex', {});
      await this.server.status();
    } catch (error) {
      void vscode.window.showErrorMessage(`Symseek: the index is not rebuilt: ${message(error)}`);
    }
  }
}
