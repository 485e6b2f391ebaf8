/**
 * The symbol picker (`#`) asks all language servers and shows a name once for each that knows it. What another server lists
 * at the same place is left out of our answer. The picker waits for all servers anyway, so asking them costs no time.
 */
import * as vscode from 'vscode';
import { known, symbolKey } from './duplicates';

export class Neighbours {
  /** Queries that we ask ourselves: VS Code passes them on to us as well. */
  private readonly own = new Set<string>();

  /** Our answer without what others list too. */
  async without(query: string, ask: () => Promise<vscode.SymbolInformation[]>): Promise<vscode.SymbolInformation[]> {
    if (this.own.has(query)) return [];
    if (!vscode.workspace.getConfiguration('symseek').get<boolean>('workspaceSymbol.deduplicate', true)) return ask();
    this.own.add(query);
    try {
      const [ours, others] = await Promise.all([ask(), this.others(query)]);
      if (others.length === 0) return ours;
      const listed = known(others.map(keyOf));
      return ours.filter((symbol) => !listed(keyOf(symbol)));
    } finally {
      this.own.delete(query);
    }
  }

  private async others(query: string): Promise<vscode.SymbolInformation[]> {
    try {
      return await vscode.commands.executeCommand<vscode.SymbolInformation[]>('vscode.executeWorkspaceSymbolProvider', query);
    } catch {
      // A neighbour that fails must not cost our answer.
      return [];
    }
  }
}

function keyOf({ name, location }: vscode.SymbolInformation) {
  // Some servers give a place without a range until it is asked for.
  const range = location.range as vscode.Range | undefined;
  return symbolKey(name, location.uri.toString(), range?.start.line ?? 0, range?.end.line ?? Number.MAX_SAFE_INTEGER);
}
