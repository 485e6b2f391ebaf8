/**
 * What the server's own requests take and answer (version 1), as types. Positions are those of the protocol: from 0, in
 * UTF-16 units; `line`, `startLine`, `endLine` and `snippetLine` count from 1. Nothing here knows VS Code.
 */

/** The version of the server's JSON that this extension reads. */
export const PROTOCOL_VERSION = 1;

/** From 0; `character` counts UTF-16 units. */
export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

export interface Location {
  uri: string;
  range: Range;
}

/** Where a name is used; `line` counts from 1, `confidence` lies in [0, 1]. */
export interface Site {
  line: number;
  uri: string;
  range: Range;
  /** The line, without the white space around it. */
  text: string;
  confidence: number;
}

/** One reason for a hit's place in the list. */
export interface Why {
  leg: string;
  rank?: number;
  score?: number;
  note?: string;
}

export interface Hit {
  name: string;
  /** `SymbolKind` of the protocol. */
  kind: number;
  kindName: string;
  containerName: string;
  location: Location;
  selectionRange: Range;
  score: number;
  why: Why[];
  signature: string;
  snippet: string;
  snippetLine: number;
  language: string;
  path: string;
  startLine: number;
  endLine: number;
  sites?: Site[];
}

export interface Answer {
  version: number;
  /** False while something is still being indexed or read again. */
  complete: boolean;
  tookMs: number;
  reading?: string;
  notes?: string[];
  /** What to ask `symseek/refine` for, when a model can reorder the first hits. */
  refine?: string;
  hits: Hit[];
}

/** A second order of an answer that was given before. */
export interface Refinement {
  version: number;
  id: string;
  /** For each new place the place in the first answer, from 0; hits behind the last one stay. */
  order: number[];
  scores: number[];
  tookMs: number;
}

export interface SearchArguments {
  query: string;
  limit?: number;
  mode?: 'full' | 'lexical';
  folders?: string[];
  explain?: boolean;
  /** An unknown filter is taken for a word, as long as somebody types. */
  lenient?: boolean;
}

export interface PlaceArguments {
  uri?: string;
  position?: Position;
  range?: Range;
  text?: string;
  name?: string;
  limit?: number;
}

export interface FolderStatus {
  root: string;
  state: string;
  done: number;
  total: number;
  files: number;
  chunks: number;
  languages: Record<string, number>;
  skipped: Record<string, { count: number; paths: string[] }>;
  store: string;
  directory: string | null;
  bytes: number;
  watching: boolean;
  problems: string[];
}

export interface StatusReport {
  state: string;
  version?: string;
  model?: string | null;
  openDocuments?: number;
  files?: number;
  chunks?: number;
  folders?: FolderStatus[];
  problems?: string[];
}

/** No argument: an empty object, because the client would wrap `null` into a list. */
export type Nothing = Record<string, never>;

/** Each request with its argument and its answer. */
export interface Requests {
  'symseek/search': [SearchArguments, Answer];
  'symseek/refine': [{ id: string }, Refinement];
  'symseek/similar': [PlaceArguments, Answer];
  'symseek/callers': [PlaceArguments, Answer];
  'symseek/callees': [PlaceArguments, Answer];
  'symseek/status': [Nothing, StatusReport];
  'symseek/reindex': [Nothing, { started: boolean }];
}
