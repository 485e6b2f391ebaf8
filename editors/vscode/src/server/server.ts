/**
 * The server's life in this window: found, started, restarted with growing pauses when it dies, paused by the user, and
 * asked. Everybody else sees one state and one `request`.
 */
import * as vscode from 'vscode';
import type { ChildProcess } from 'node:child_process';
import { homedir } from 'node:os';
import { CloseAction, ErrorAction, State, type ErrorHandler, type LanguageClient } from 'vscode-languageclient/node';
import { PROTOCOL_VERSION, type Requests, type StatusReport } from '../protocol';
import type { Condition } from '../status/summary';
import { Backoff } from './backoff';
import { find, INSTALL_COMMAND } from './binary';
import { createClient, traceLevel, type Progress } from './client';
import { launch, probe } from './launch';
import { RESTART_SETTINGS, serverArguments } from './settings';

/** Between a change and the next look at the server's status, in milliseconds. */
const STATUS_DELAY = 1_500;
/** Between looks while it is indexing. */
const INDEXING_DELAY = 500;
/** Milliseconds between two looks at an index that is said to be stopped. */
const STOPPED_DELAY = 5000;
/** A server that was asked to end and did not is killed after this time, in milliseconds. */
const FAREWELL = 3_000;
/** How long the end of a process may take to be known, in milliseconds. */
const DYING = 500;

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private child: ChildProcess | undefined;
  private readonly backoff = new Backoff();
  /** Percentages of the works under way, by token. */
  private readonly works = new Map<string, number>();
  private report: StatusReport | undefined;
  private phase: 'starting' | 'running' | 'paused' | 'failed' | 'waiting' = 'starting';
  private problem = '';
  private statusTimer: NodeJS.Timeout | undefined;
  private restartTimer: { timer: NodeJS.Timeout; cancel: () => void } | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly traceLevels = new vscode.EventEmitter<vscode.LogLevel>();
  private readonly subscriptions: { dispose(): unknown }[] = [this.changed, this.traceLevels];
  /** Starts and stops happen one after the other. */
  private turn: Promise<void> = Promise.resolve();

  /** Something that the status bar shows has changed. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
    private readonly trace: vscode.LogOutputChannel,
  ) {
    this.subscriptions.push(
      vscode.workspace.onDidChangeConfiguration((event) => void this.configured(event)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        // Our own channels are documents too: looking at the status must not lead to looking again.
        if (document.uri.scheme === 'file' || document.isUntitled) this.lookSoon(STATUS_DELAY);
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.lookSoon(STATUS_DELAY)),
    );
  }

  /** What the status bar shows. */
  condition(): Condition {
    const works = [...this.works.values()];
    const percentage = works.length === 0 ? undefined : Math.min(...works);
    return { phase: this.phase, problem: this.problem, percentage, report: this.knows() ? this.report : undefined };
  }

  /** Asks the server. Rejects with a readable reason when it does not run. */
  async request<M extends keyof Requests>(
    method: M,
    argument: Requests[M][0],
    signal?: AbortSignal,
  ): Promise<Requests[M][1]> {
    if (this.phase === 'starting') await this.turn;
    const { client } = this;
    if (!client || client.state !== State.Running) throw new Error(this.whyNot());
    const source = new vscode.CancellationTokenSource();
    const cancel = () => source.cancel();
    signal?.addEventListener('abort', cancel);
    try {
      return await client.sendRequest<Requests[M][1]>(method, argument, source.token);
    } finally {
      signal?.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  start(): Promise<void> {
    return this.next(() => this.begin());
  }

  /** Stops the server until `resume`; its index stays on the disk. */
  pause(): Promise<void> {
    return this.next(async () => {
      await this.end();
      this.become('paused');
    });
  }

  restart(): Promise<void> {
    this.backoff.reset();
    return this.next(async () => {
      await this.end();
      await this.begin();
    });
  }

  /** The newest status, asked now. */
  async status(): Promise<StatusReport> {
    const report = await this.request('symseek/status', {});
    this.report = report;
    this.changed.fire();
    return report;
  }

  dispose(): void {
    this.restartTimer?.cancel();
    clearTimeout(this.statusTimer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Ends the server for good, with the window. */
  async shutdown(): Promise<void> {
    this.restartTimer?.cancel();
    await this.next(() => this.end());
  }

  private next(work: () => Promise<void>): Promise<void> {
    this.restartTimer?.cancel();
    this.turn = this.turn.then(work, work);
    return this.turn;
  }

  private async begin(): Promise<void> {
    if (this.client) return;
    this.become('starting');
    const configuration = vscode.workspace.getConfiguration('symseek');
    const { found, ...rest } = await find(
      {
        platform: process.platform,
        setting: configuration.get<string | null>('server.path', null),
        extension: this.context.extensionPath,
        home: homedir(),
        variables: process.env,
      },
      probe,
    );
    if (!found) {
      this.missing('problems' in rest ? rest.problems : []);
      return;
    }
    this.log.info(`found symseek ${found.version} (${found.source}): ${found.path}`);
    const client = createClient({
      server: async () => {
        this.backoff.started(Date.now());
        this.child = undefined;
        const child = await launch(found.path, serverArguments(configuration.get<string>('server.service', 'auto')), this.log);
        this.child = child;
        return { reader: child.stdout, writer: child.stdin };
      },
      log: this.log,
      trace: this.trace,
      onTraceLevel: this.traceLevels.event,
      errors: this.errors(),
      onProgress: (token, progress) => this.progressed(token, progress),
    });
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) this.running(client);
    });
    try {
      await client.start();
    } catch (error) {
      // A server that died at its start is the business of the handler of closed connections.
      if (await this.alive(client)) this.fail(`the server does not start: ${message(error)}`);
    }
  }

  /** After a start that failed: whether nobody else will say so, because the program never ran or still runs. */
  private async alive(client: LanguageClient): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, DYING));
    const { child } = this;
    return this.client === client && this.phase === 'starting' && (child === undefined || (child.exitCode === null && child.signalCode === null));
  }

  private async end(): Promise<void> {
    const { client, child } = this;
    this.client = undefined;
    this.child = undefined;
    this.works.clear();
    this.report = undefined;
    clearTimeout(this.statusTimer);
    if (!client) return;
    const killer = setTimeout(() => child?.kill('SIGKILL'), FAREWELL);
    if (child?.exitCode === null && child.signalCode === null) child.once('exit', () => clearTimeout(killer));
    else clearTimeout(killer);
    try {
      if (client.state !== State.Stopped) await client.stop();
      await client.dispose();
    } catch (error) {
      this.log.debug(`stopping: ${message(error)}`);
    }
  }

  private running(client: LanguageClient): void {
    const offered: unknown = client.initializeResult?.capabilities.experimental;
    const version = (offered as { symseek?: { version?: number } } | undefined)?.symseek?.version;
    if (version !== PROTOCOL_VERSION) {
      this.fail(`the server speaks version ${version ?? 0} of the protocol, this extension version ${PROTOCOL_VERSION}`);
      void this.next(() => this.end());
      return;
    }
    this.become('running');
    this.lookSoon(0);
    // The client listens once its start is over; who started it says when that fails.
    client.start().then(() => this.traceLevels.fire(traceLevel()), () => undefined);
  }

  private errors(): ErrorHandler {
    return {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: async () => {
        this.works.clear();
        this.report = undefined;
        const { pause, first } = this.backoff.died(Date.now());
        if (pause === undefined) {
          this.fail('the server stopped again and again');
          return { action: CloseAction.DoNotRestart, handled: true };
        }
        this.become('waiting');
        this.log.warn(`the server stopped by itself; it is started again in ${pause / 1000} s`);
        if (first) this.offer('Symseek’s server stopped and is being started again.', ['Show Log']);
        const wanted = await this.wait(pause);
        return { action: wanted ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  /** Waits, unless the user starts, stops or pauses in the meantime. */
  private wait(pause: number): Promise<boolean> {
    return new Promise((resolve) => {
      const over = (wanted: boolean) => {
        clearTimeout(timer);
        this.restartTimer = undefined;
        resolve(wanted);
      };
      const timer = setTimeout(() => over(true), pause);
      this.restartTimer = { timer, cancel: () => over(false) };
    });
  }

  private progressed(token: string, progress: Progress): void {
    if (progress.kind === 'end') {
      this.works.delete(token);
      if (progress.message !== undefined) this.log.info(progress.message);
      this.lookSoon(0);
    } else {
      this.works.set(token, progress.percentage ?? this.works.get(token) ?? 0);
    }
    this.changed.fire();
  }

  /** Looks at the status after `delay` milliseconds, and again while something is being indexed. */
  private lookSoon(delay: number): void {
    clearTimeout(this.statusTimer);
    if (this.phase !== 'running') return;
    this.statusTimer = setTimeout(() => {
      this.status().then(
        (report) => {
          if (report.state === 'indexing' || !this.knows()) this.lookSoon(INDEXING_DELAY);
          // A scan that another one replaced looks like one that was stopped, for a moment.
          else if (report.state === 'stopped') this.lookSoon(STOPPED_DELAY);
        },
        (error: unknown) => this.log.warn(`status: ${message(error)}`),
      );
    }, delay);
  }

  /** Whether the last report is about the folders of this window: the server takes them up a moment after its start. */
  private knows(): boolean {
    const wanted = vscode.workspace.workspaceFolders?.length ?? 0;
    return wanted === 0 || (this.report?.folders?.length ?? 0) > 0 || this.report?.state === 'failed';
  }

  private async configured(event: vscode.ConfigurationChangeEvent): Promise<void> {
    if (event.affectsConfiguration('symseek.trace.server')) this.traceLevels.fire(traceLevel());
    const restart = RESTART_SETTINGS.some((key) => event.affectsConfiguration(`symseek.${key}`));
    if (restart && this.phase !== 'paused') await this.restart();
    else if (event.affectsConfiguration('symseek')) this.lookSoon(STATUS_DELAY);
  }

  private missing(problems: readonly string[]): void {
    const why = problems.length === 0 ? '' : ` ${problems.join('; ')}.`;
    this.phase = 'failed';
    this.problem = problems[0] ?? 'the program symseek was not found';
    this.changed.fire();
    this.log.error(`the program symseek was not found.${why} To install it, in a checkout of Symseek: ${INSTALL_COMMAND}`);
    this.offer(`Symseek’s server was not found.${why} Install it with “${INSTALL_COMMAND}” in a checkout of Symseek, or set symseek.server.path.`, [
      'Copy Install Command',
      'Open Settings',
      'Try Again',
    ]);
  }

  private fail(problem: string): void {
    this.become('failed', problem);
    this.log.error(problem);
    this.offer(`Symseek: ${problem}.`, ['Restart', 'Show Log']);
  }

  private become(phase: Server['phase'], problem = ''): void {
    this.phase = phase;
    this.problem = problem;
    void vscode.commands.executeCommand('setContext', 'symseek.paused', phase === 'paused');
    this.changed.fire();
  }

  private whyNot(): string {
    switch (this.phase) {
      case 'paused':
        return 'Symseek is paused';
      case 'failed':
        return this.problem;
      default:
        return 'Symseek’s server is starting';
    }
  }

  /** Shows a message with actions; nobody waits for the answer. */
  private offer(text: string, actions: Action[]): void {
    const show = this.phase === 'failed' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
    void show(text, ...actions).then((action) => {
      switch (action) {
        case 'Copy Install Command':
          return vscode.env.clipboard.writeText(INSTALL_COMMAND);
        case 'Open Settings':
          return vscode.commands.executeCommand('workbench.action.openSettings', 'symseek.server.path');
        case 'Try Again':
        case 'Restart':
          return this.restart();
        case 'Show Log':
          this.log.show();
          return undefined;
        case undefined:
          return undefined;
      }
    });
  }
}

type Action = 'Copy Install Command' | 'Open Settings' | 'Try Again' | 'Restart' | 'Show Log';

/** The text of whatever was thrown. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
