/**
 * The tree of callers or callees: files, the symbols in them, the lines where they call, and below each symbol the next
 * level, asked for when it is opened. A symbol that stands above itself is not opened again. Nothing here knows VS Code.
 */
import type { Answer, Hit, PlaceArguments, Site } from '../protocol';
import { key, unique } from '../search/present';

export type Direction = 'callers' | 'callees';

export interface FileNode {
  kind: 'file';
  uri: string;
  symbols: SymbolNode[];
}

export interface SymbolNode {
  kind: 'symbol';
  hit: Hit;
  sites: Site[];
  /** Stands above itself: opening it would never end. */
  recursive: boolean;
  /** Keys of what stands above, itself included. */
  path: readonly string[];
}

export interface SiteNode {
  kind: 'site';
  site: Site;
}

export interface NoteNode {
  kind: 'note';
  text: string;
}

export type Node = FileNode | SymbolNode | SiteNode | NoteNode;

/** What the tree starts from. */
export interface Root {
  label: string;
  place: PlaceArguments;
  direction: Direction;
}

/** Asks the server. */
export type Ask = (direction: Direction, place: PlaceArguments) => Promise<Answer>;

export class CallTree {
  /** Said above the tree: what the first answer noted, or that it is not complete. */
  message = '';

  constructor(
    readonly root: Root,
    private readonly ask: Ask,
  ) {}

  /** The first level. */
  async roots(): Promise<Node[]> {
    const answer = await this.ask(this.root.direction, this.root.place);
    this.message = [...(answer.notes ?? []), ...(answer.complete ? [] : ['Indexing is still going on: more may be found later'])].join(' · ');
    const files = CallTree.files(answer, undefined);
    return files.length > 0 ? files : [this.nothing(this.root.label)];
  }

  async children(node: Node): Promise<Node[]> {
    switch (node.kind) {
      case 'file':
        return node.symbols;
      case 'symbol':
        return this.below(node);
      default:
        return [];
    }
  }

  /** Whether a node may have something below it. */
  static opens(node: Node): boolean {
    return node.kind === 'file' || (node.kind === 'symbol' && (node.sites.length > 1 || (!node.recursive && isSymbol(node.hit))));
  }

  private async below(node: SymbolNode): Promise<Node[]> {
    const sites: SiteNode[] = node.sites.length > 1 ? node.sites.map((site) => ({ kind: 'site', site })) : [];
    if (node.recursive || !isSymbol(node.hit)) return sites;
    const { location, selectionRange } = node.hit;
    const answer = await this.ask(this.root.direction, { uri: location.uri, position: selectionRange.start });
    const files = CallTree.files(answer, node);
    return [...sites, ...(files.length > 0 ? files : [this.nothing(node.hit.name)])];
  }

  /** Hits by file; files and hits stay in the order in which they come. */
  private static files(answer: Answer, above: SymbolNode | undefined): FileNode[] {
    const files = new Map<string, FileNode>();
    for (const hit of unique(answer.hits)) {
      const path = above?.path ?? [];
      const symbol: SymbolNode = { kind: 'symbol', hit, sites: hit.sites ?? [], recursive: path.includes(key(hit)), path: [...path, key(hit)] };
      const { uri } = hit.location;
      const file = files.get(uri);
      if (file) file.symbols.push(symbol);
      else files.set(uri, { kind: 'file', uri, symbols: [symbol] });
    }
    return [...files.values()];
  }

  private nothing(name: string): NoteNode {
    const text = this.root.direction === 'callers' ? `Nothing in the index calls ${name}` : `${name} calls nothing in the index`;
    return { kind: 'note', text };
  }
}

/** Text outside of symbols has no callers. */
function isSymbol(hit: Hit): boolean {
  return hit.kindName !== 'text';
}

/** `97 %`. */
export function percent(confidence: number): string {
  return `${Math.round(confidence * 100)} %`;
}

/** What stands beside a symbol: confidence in the best call, which a narrow side bar must not cut, and the first call. */
export function describe({ sites, recursive }: Pick<SymbolNode, 'sites' | 'recursive'>): string {
  const [first] = sites;
  return [
    ...(first ? [percent(Math.max(...sites.map(({ confidence }) => confidence)))] : []),
    ...(sites.length > 1 ? [`${sites.length} places`] : []),
    ...(recursive ? ['recursive'] : []),
    ...(first ? [`${first.line}: ${first.text}`.trimEnd()] : []),
  ].join(' · ');
}
