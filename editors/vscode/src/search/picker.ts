/**
 * The search box: asks while somebody types, keeps the server's order, previews the hit under the cursor, and offers what
 * can be done with it. The same box shows the hits of “find similar”.
 */
import * as vscode from 'vscode';
import type { Answer, Hit, Refinement } from '../protocol';
import { message, type Server } from '../server/server';
import type { History } from './history';
import { openHit, relative, toIcon } from './hits';
import { Latest } from './latest';
import { Preview } from './preview';
import { key, question, row, summary, unique } from './present';
import { refine } from './refine';

/** Between the last key and the request, in milliseconds. */
const TYPING = 150;
/** Before an answer that was not complete is asked for again, in milliseconds. */
const AGAIN = 1_000;
/** Before the first hit is previewed, and one that was walked to, in milliseconds. */
const SETTLED = 400;
const WALKED = 60;

/** What the box can do beyond itself. */
export interface Actions {
  similar(hit: Hit): void;
  callers(hit: Hit): void;
  pin(hits: readonly Hit[], query: string): void;
}

interface Item extends vscode.QuickPickItem {
  hit?: Hit;
  /** A query of the past. */
  past?: string;
}

const SIDE = button('split-horizontal', 'Open to the Side');
const COPY = button('copy', 'Copy Path');
const SIMILAR = button('search-fuzzy', 'Find Similar Code');
const CALLERS = button('call-incoming', 'Show Callers');
const PIN = button('pin', 'Pin to Results');
const PIN_ALL = button('pinned', 'Pin All to Results');
const FORGET = button('close', 'Remove from History');

function button(icon: string, tooltip: string): vscode.QuickInputButton {
  return { iconPath: new vscode.ThemeIcon(icon), tooltip };
}

/** Opens the box for questions; `value` is what stands in it. */
export async function search(server: Server, history: History, actions: Actions, value = ''): Promise<void> {
  await Preview.settled();
  new Picker(server, actions, { history }).open(value);
}

/** Opens the box with given hits; typing filters them. */
export async function show(server: Server, actions: Actions, title: string, answer: Answer): Promise<void> {
  await Preview.settled();
  new Picker(server, actions, { title, answer }).open('');
}

type Source = { history: History } | { title: string; answer: Answer };

class Picker {
  private readonly pick = vscode.window.createQuickPick<Item>();
  private readonly preview: Preview | undefined;
  private readonly latest: Latest<string, Answer>;
  /** The second order of the answer that is shown, where a model gives one. */
  private readonly refinement: Latest<{ id: string; query: string; answer: Answer }, Refinement>;
  private previewTimer: NodeJS.Timeout | undefined;
  /** What tells the active hit from others. */
  private active: string | undefined;
  /** The list is new: its first row becomes active by itself. */
  private fresh = true;
  /** Somebody went to the active row. */
  private chosen = false;
  private accepted = false;
  private gone = false;

  constructor(
    server: Server,
    private readonly actions: Actions,
    private readonly source: Source,
  ) {
    const configuration = vscode.workspace.getConfiguration('symseek');
    this.preview = configuration.get<boolean>('search.preview', true) ? new Preview() : undefined;
    const mode = configuration.get<'full' | 'lexical'>('search.mode', 'full');
    const limit = configuration.get<number>('search.limit', 50);
    this.latest = new Latest((query, signal) => server.request('symseek/search', question(query, mode, limit), signal), {
      answered: (query, answer) => this.answered(query, answer),
      failed: (_, error) => this.failed(error),
    });
    this.refinement = new Latest(({ id }, signal) => server.request('symseek/refine', { id }, signal), {
      answered: ({ query, answer }, refinement) => this.refined(query, answer, refinement),
      // The first order stands; a model that does not work is told of by the server.
      failed: (_, error) => server.log.debug(`no second order: ${message(error)}`),
    });
  }

  open(value: string): void {
    const { pick, source } = this;
    // Without this VS Code sorts by where the query stands in the label. It is no part of the published interface, but of
    // every version there is; where it should be missing the order of the server holds for questions of several words.
    (pick as { sortByLabel?: boolean }).sortByLabel = false;
    pick.onDidChangeValue((text) => this.typed(text));
    pick.onDidChangeActive(([item]) => this.walked(item));
    pick.onDidAccept(() => this.accept());
    pick.onDidTriggerItemButton(({ button: pressed, item }) => this.pressed(pressed, item));
    pick.onDidTriggerButton((pressed) => {
      if (pressed === PIN_ALL) this.pin(this.hits());
    });
    pick.onDidHide(() => void this.hidden());
    if ('answer' in source) {
      pick.placeholder = 'Type to narrow the list down';
      pick.matchOnDescription = true;
      this.list(source.answer, '', source.title);
    } else {
      pick.title = 'Symseek: Search';
      pick.placeholder = 'What does the code do? Words, a name or an error message; kind: path: lang: -word narrow it down';
      pick.value = value;
      this.typed(value);
    }
    pick.show();
  }

  private typed(text: string): void {
    if ('answer' in this.source) return;
    this.chosen = false;
    this.refinement.cancel();
    if (text.trim() === '') {
      this.latest.cancel();
      this.pick.busy = false;
      this.offerHistory(this.source.history);
      return;
    }
    this.pick.busy = true;
    this.latest.ask(text, TYPING);
  }

  private offerHistory(history: History): void {
    this.pick.buttons = [];
    this.pick.title = 'Symseek: Search';
    this.pick.items = history.queries().map((past) => ({
      label: past,
      past,
      iconPath: new vscode.ThemeIcon('history'),
      alwaysShow: true,
      buttons: [FORGET],
    }));
  }

  private answered(query: string, answer: Answer): void {
    this.pick.busy = !answer.complete;
    this.list(answer, query, 'Symseek: Search');
    // What is still being indexed is looked for again, as long as the question stands.
    if (!answer.complete) this.latest.ask(query, AGAIN);
    else if (answer.refine !== undefined) this.refinement.ask({ id: answer.refine, query, answer }, 0);
  }

  /** Reorders what stands below the active row, which keeps its place, its preview and its place on the screen. */
  private refined(query: string, answer: Answer, refinement: Refinement): void {
    const { pick } = this;
    const [active] = pick.activeItems;
    const hits = unique(refine(answer.hits, refinement, active?.hit));
    if (hits.every((hit, at) => hit === pick.items[at]?.hit)) return;
    const items = hits.map((hit) => this.item(hit, query, true));
    pick.keepScrollPosition = true;
    pick.items = items;
    const same = items.find(({ hit }) => hit === active?.hit);
    if (same) pick.activeItems = [same];
    pick.keepScrollPosition = false;
  }

  private list(answer: Answer, query: string, title: string): void {
    const { pick } = this;
    const given = 'answer' in this.source;
    const before = pick.activeItems[0]?.hit;
    const items = unique(answer.hits).map((hit) => this.item(hit, query, !given));
    // An answer that was completed must not move the row that somebody went to.
    const kept = this.chosen && before ? items.find(({ hit }) => hit !== undefined && key(hit) === key(before)) : undefined;
    pick.title = `${title} — ${summary(items.length, answer.complete, answer.notes)}`;
    pick.buttons = items.length > 0 ? [PIN_ALL] : [];
    this.fresh = kept === undefined;
    if (this.fresh) this.active = undefined;
    this.chosen = kept !== undefined;
    pick.items = items.length > 0 ? items : [{ label: 'Nothing was found', detail: hint(answer), alwaysShow: true }];
    if (kept) pick.activeItems = [kept];
  }

  private item(hit: Hit, query: string, alwaysShow: boolean): Item {
    const { label, description, detail } = row(hit, relative(hit.location.uri), query);
    return { hit, label, description, detail, alwaysShow, iconPath: toIcon(hit), buttons: [SIDE, COPY, SIMILAR, CALLERS, PIN] };
  }

  private failed(error: unknown): void {
    this.pick.busy = false;
    this.pick.buttons = [];
    this.pick.items = [{ label: '$(error) No answer', detail: message(error), alwaysShow: true }];
  }

  /** The active row changed: by itself when a list is new, else because somebody walks. */
  private walked(item: Item | undefined): void {
    // A list that is written anew around the active row tells of it again.
    if (item?.hit !== undefined && key(item.hit) === this.active) return;
    this.active = item?.hit && key(item.hit);
    clearTimeout(this.previewTimer);
    const { preview } = this;
    if (!preview || !item?.hit) return;
    const { hit } = item;
    const delay = this.fresh ? SETTLED : WALKED;
    this.chosen ||= !this.fresh;
    this.fresh = false;
    this.previewTimer = setTimeout(() => {
      preview.show(hit).catch((error: unknown) => {
        this.pick.title = `${relative(hit.location.uri)} cannot be shown: ${message(error)}`;
      });
    }, delay);
  }

  private accept(): void {
    const [item] = this.pick.selectedItems;
    if (item?.past !== undefined) {
      this.pick.value = item.past;
      this.typed(item.past);
    } else if (item?.hit) {
      const { hit } = item;
      this.leave();
      void attempt(() => openHit(hit));
    }
  }

  private pressed(pressed: vscode.QuickInputButton, { hit, past }: Item): void {
    if (pressed === FORGET && past !== undefined && 'history' in this.source) {
      this.source.history.remove(past);
      this.offerHistory(this.source.history);
    }
    if (!hit) return;
    switch (pressed) {
      case SIDE: {
        const preview = this.preview;
        this.leave();
        // The preview goes, the hit stays beside what was there before.
        void attempt(async () => {
          await preview?.restore();
          await openHit(hit, vscode.ViewColumn.Beside);
        });
        break;
      }
      case COPY:
        this.remember();
        void vscode.env.clipboard.writeText(`${hit.path}:${hit.startLine}`);
        vscode.window.setStatusBarMessage(`Copied ${relative(hit.location.uri)}:${hit.startLine}`, 3_000);
        break;
      case SIMILAR:
        this.leave();
        this.actions.similar(hit);
        break;
      case CALLERS:
        this.leave();
        this.actions.callers(hit);
        break;
      case PIN:
        this.pin([hit]);
        break;
    }
  }

  private pin(hits: readonly Hit[]): void {
    this.remember();
    this.actions.pin(hits, 'answer' in this.source ? this.source.title : this.pick.value.trim());
    vscode.window.setStatusBarMessage(hits.length === 1 ? 'Pinned 1 hit' : `Pinned ${hits.length} hits`, 3_000);
  }

  private hits(): Hit[] {
    return this.pick.items.flatMap(({ hit }) => (hit ? [hit] : []));
  }

  /** Closes the box with the preview left where it is. */
  private leave(): void {
    this.accepted = true;
    this.remember();
    this.pick.hide();
  }

  private remember(): void {
    if ('history' in this.source) this.source.history.add(this.pick.value);
  }

  private async hidden(): Promise<void> {
    // Disposing of the box hides it once more.
    if (this.gone) return;
    this.gone = true;
    this.latest.cancel();
    this.refinement.cancel();
    clearTimeout(this.previewTimer);
    this.pick.dispose();
    if (this.accepted) this.preview?.keep();
    else await attempt(async () => this.preview?.restore());
  }
}

function hint(answer: Answer): string {
  if (!answer.complete) return 'Indexing is still going on; the list fills as it advances.';
  return answer.reading === undefined ? '' : `Read as: ${answer.reading}`;
}

/** Says what failed instead of losing it. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    void vscode.window.showWarningMessage(`Symseek: ${message(error)}`);
  }
}
