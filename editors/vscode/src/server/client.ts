/**
 * The language client with what VS Code's users need around it: one for all folders of the window, no registration of
 * commands, settings of the server only, its own trace, and no duplicates in the symbol picker.
 */
import * as vscode from 'vscode';
import {
  DidChangeConfigurationNotification,
  LanguageClient,
  RevealOutputChannelOn,
  Trace,
  type DynamicFeature,
  type ErrorHandler,
  type LanguageClientOptions,
  type ServerOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { FIXED_SETTINGS, serverSettings } from './settings';
import { Neighbours } from './neighbours';

/** Notes about long work of the server: `$/progress` with one of our tokens. */
export interface Progress {
  kind: 'begin' | 'report' | 'end';
  title?: string;
  message?: string;
  percentage?: number;
}

export interface ClientParts {
  server: ServerOptions;
  log: vscode.LogOutputChannel;
  trace: vscode.LogOutputChannel;
  /** Tells the trace's level when it may be another one than at the start. */
  onTraceLevel: vscode.Event<vscode.LogLevel>;
  errors: ErrorHandler;
  onProgress(token: string, progress: Progress): void;
}

/** A client that registers no commands, because an id that two clients register would stop the second, and that only logs. */
class Client extends LanguageClient {
  /** The user is told of what went wrong by us, once; the client would tell of each attempt. */
  override error(text: string, data?: unknown): void {
    super.error(text, data, false);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the type of the method that is overridden.
  override registerFeature(feature: StaticFeature | DynamicFeature<any>): void {
    if ('registrationType' in feature && feature.registrationType.method === 'workspace/executeCommand') return;
    super.registerFeature(feature);
  }
}

export function createClient(parts: ClientParts): LanguageClient {
  const neighbours = new Neighbours();
  const options: LanguageClientOptions = {
    // Every text is searchable, whatever its language.
    documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
    outputChannel: parts.log,
    traceOutputChannel: traced(parts),
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    errorHandler: parts.errors,
    initializationOptions: { ...currentSettings(), ...FIXED_SETTINGS },
    // The caller says what failed, once.
    initializationFailedHandler: () => false,
    middleware: {
      provideWorkspaceSymbols: async (query, token, next) => neighbours.without(query, async () => (await next(query, token)) ?? []),
      handleWorkDoneProgress: (token, params, next) => {
        if (typeof token === 'string' && token.startsWith('symseek/')) parts.onProgress(token, params);
        else next(token, params);
      },
      workspace: {
        configuration: async (params, token, next) => {
          const asked = params.items.every((item) => item.section === 'symseek');
          return asked ? params.items.map(() => currentSettings()) : next(params, token);
        },
        didChangeConfiguration: () => client.sendNotification(DidChangeConfigurationNotification.type, { settings: { symseek: currentSettings() } }),
      },
    },
  };
  const client: LanguageClient = new Client('symseek', 'Symseek', parts.server, options);
  return client;
}

/** The level of the trace's channel for which the client does what the setting `symseek.trace.server` asks for. */
export function traceLevel(): vscode.LogLevel {
  const asked = Trace.fromString(vscode.workspace.getConfiguration('symseek').get('trace.server', 'off'));
  return asked === Trace.Off ? vscode.LogLevel.Info : vscode.LogLevel.Trace;
}

function currentSettings(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration('symseek');
  return serverSettings((key) => configuration.get(key));
}

/**
 * The channel of the trace, so that the setting alone decides: the client would trace only where the channel's own log
 * level is the lowest too. It asks for that level once, and then only listens.
 */
function traced({ trace, onTraceLevel }: ClientParts): vscode.LogOutputChannel {
  return new Proxy(trace, {
    get(target, key) {
      if (key === 'trace') return target.info.bind(target);
      if (key === 'logLevel') return traceLevel();
      if (key === 'onDidChangeLogLevel') return onTraceLevel;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
