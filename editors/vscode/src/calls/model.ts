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
  sites: Call[];
  /** Stands above itself: opening it would never end. */
  recursive: boolean;
  /** Keys of what stands above, itself included. */
  path: readonly string[];
}

export interface SiteNode {
  kind: 'site';
  call: Call;
}

export interface NoteNode {
  kind: 'note';
  text: string;
}

export type Node = FileNode | SymbolNode | SiteNode | NoteNode;

/** One use: where, its line as text, and how sure the binding is (undefined: the server does not say). */
export interface Call {
  uri: string;
  site: Omit<Site, 'uri' | 'confidence'>;
  confidence: number | undefined;
  text: string;
}

/** What the tree starts from. */
export interface Root {
  label: string;
  place: PlaceArguments;
  direction: Direction;
}

/** Asks the server, and reads lines of files: numbers count from 0; undefined where there is no such line. */
export interface Sources {
  ask(direction: Direction, place: PlaceArguments): Promise<Answer>;
  line(uri: string, line: number): Promise<string | undefined>;
}

export class CallTree {
  /** Said above the tree: what the first answer noted, or that it is not complete. */
  message = '';

  constructor(
    readonly root: Root,
    private readonly sources: Sources,
  ) {}

  /** The first level. */
  async roots(): Promise<Node[]> {
    const answer = await this.sources.ask(this.root.direction, this.root.place);
    this.message = [...(answer.notes ?? []), ...(answer.complete ? [] : ['Indexing is still going on: more may be found later'])].join(' · ');
    const files = await this.files(answer, undefined);
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
    const sites: SiteNode[] = node.sites.length > 1 ? node.sites.map((call) => ({ kind: 'site', call })) : [];
    if (node.recursive || !isSymbol(node.hit)) return sites;
    const { location, selectionRange } = node.hit;
    const answer = await this.sources.ask(this.root.direction, { uri: location.uri, position: selectionRange.start });
    const files = await this.files(answer, node);
    return [...sites, ...(files.length > 0 ? files : [this.nothing(node.hit.name)])];
  }

  /** Hits by file; files and hits stay in the order in which they come. */
  private async files(answer: Answer, above: SymbolNode | undefined): Promise<FileNode[]> {
    const files = new Map<string, FileNode>();
    const symbols = await Promise.all(unique(answer.hits).map((hit) => this.symbol(hit, above)));
    for (const symbol of symbols) {
      const { uri } = symbol.hit.location;
      const file = files.get(uri);
      if (file) file.symbols.push(symbol);
      else files.set(uri, { kind: 'file', uri, symbols: [symbol] });
    }
    return [...files.values()];
  }

  private async symbol(hit: Hit, above: SymbolNode | undefined): Promise<SymbolNode> {
    const path = above?.path ?? [];
    const sites = await Promise.all(sitesOf(hit, above?.hit.location.uri ?? this.root.place.uri).map((site) => this.call(site)));
    return { kind: 'symbol', hit, sites, recursive: path.includes(key(hit)), path: [...path, key(hit)] };
  }

  private async call({ uri, site, confidence }: Omit<Call, 'text'>): Promise<Call> {
    const text = await this.sources.line(uri, site.line - 1);
    return { uri, site, confidence, text: text?.trim() ?? '' };
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

/**
 * Where the call stands. The server gives places for callers; for callees it names the lines in a reason only (“called
 * from line 51, 55”), which lie in the file that the question came from.
 */
function sitesOf(hit: Hit, asking: string | undefined): Omit<Call, 'text'>[] {
  if (hit.sites && hit.sites.length > 0) {
    return hit.sites.map(({ uri, line, range, confidence }) => ({ uri, site: { line, range }, confidence }));
  }
  const note = hit.why.find(({ leg }) => leg === 'graph')?.note;
  const lines = / from line ([\d, ]+)$/.exec(note ?? '')?.[1]?.split(',').map(Number) ?? [];
  if (asking === undefined) return [];
  return [...new Set(lines)].map((line) => {
    const start = { line: line - 1, character: 0 };
    return { uri: asking, site: { line, range: { start, end: start } }, confidence: undefined };
  });
}

/** `97 %`; nothing when the server does not say. */
export function percent(confidence: number | undefined): string {
  return confidence === undefined ? '' : `${Math.round(confidence * 100)} %`;
}

/** What stands beside a symbol: confidence in the best call, which a narrow side bar must not cut, and the first call. */
export function describe({ sites, recursive }: Pick<SymbolNode, 'sites' | 'recursive'>): string {
  const [first] = sites;
  const best = sites.reduce<number | undefined>((most, { confidence }) => (confidence !== undefined && confidence > (most ?? -1) ? confidence : most), undefined);
  return [
    ...(best === undefined ? [] : [percent(best)]),
    ...(sites.length > 1 ? [`${sites.length} places`] : []),
    ...(recursive ? ['recursive'] : []),
    ...(first ? [`${first.site.line}: ${first.text}`.trimEnd()] : []),
  ].join(' · ');
}
