/**
 * Which settings go to the server. Those of the extension alone stay here: the server would report them as unknown.
 */

/** Settings that the server knows, below `symseek.`. A test compares them with the server's own schema. */
export const SERVER_SETTINGS = [
  'exclude',
  'maxFileSize',
  'includeGenerated',
  'workspaceSymbol.mode',
  'legs.lexical',
  'legs.vector',
  'embedding.onnx',
  'embedding.runtime',
  'embedding.budget',
  'embedding.warm',
  'languages',
  'queryPacks',
  'cacheDirectory',
  'logLevel',
  'watch',
] as const;

/** Settings that only the extension reads. */
export const CLIENT_SETTINGS = [
  'server.path',
  'server.service',
  'search.limit',
  'search.mode',
  'search.preview',
  'workspaceSymbol.deduplicate',
  'trace.server',
] as const;

/**
 * Settings of the server that the extension decides: VS Code refuses a command id that two clients register, and what
 * the code actions do is here a command of its own.
 */
export const FIXED_SETTINGS = { advertiseCommands: false, codeActions: 'off' } as const;

/** Settings that count from the server's next start. */
export const RESTART_SETTINGS = ['server.path', 'server.service', 'languages', 'queryPacks', 'cacheDirectory'] as const;

/** The server's settings with dotted keys, as `get` finds them. */
export function serverSettings(get: (key: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(SERVER_SETTINGS.map((key) => [key, get(key)]));
}

/** What the program is started with. Nothing is said of the service unless it is unwanted: its environment may say something, too. */
export function serverArguments(service: string): string[] {
  return service === 'off' ? ['lsp', '--service', 'off'] : ['lsp'];
}
