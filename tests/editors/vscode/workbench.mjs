// A workbench to test in: code-server with the extension over a copy of a folder, and a page of a browser that shows it.
// What belongs to the extension is not known here.
import { spawn, execFileSync } from 'node:child_process';
import { createWriteStream, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const { WORKBENCH_TOOLS: tools, WORKBENCH_BROWSER: browserPath, WORKBENCH_OUT: out, WORKBENCH_VSIX: vsix } = process.env;
const { chromium } = createRequire(join(tools, 'playwright/'))('playwright-core');

/** Longest wait for anything, in milliseconds: a machine with other work is slow, and what is waited for is looked for all the time. */
export const PATIENCE = 60_000;

/**
 * Starts everything; `close` ends it. `settings` are the user's, `prefer` adds to them, `equip` sets those of the machine, `configure` those of
 * the workspace; `files` are added to the copy of the folder. `open` opens another window, on what the query of its address names;
 * `windows` are all that are open; `logged` is what was written to an output channel, in all windows.
 */
export async function start(folder, settings, files = {}) {
  const home = mkdtempSync(join(tmpdir(), 'symseek-journey-'));
  const workspace = join(home, 'corpus');
  cpSync(folder, workspace, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  const data = join(home, 'data');
  mkdirSync(join(data, 'User'), { recursive: true });
  const prefer = (more) => writeFileSync(join(data, 'User/settings.json'), JSON.stringify({ ...settings, ...more }));
  prefer({});
  // What belongs to a machine is read from here, because the workbench and the extension could be on two.
  mkdirSync(join(data, 'Machine'));
  const equip = (machine) => writeFileSync(join(data, 'Machine/settings.json'), JSON.stringify(machine));
  equip({});
  mkdirSync(join(workspace, '.vscode'));
  const configure = (more) => writeFileSync(join(workspace, '.vscode/settings.json'), JSON.stringify(more));
  configure({});
  // Nothing of the person who runs this is read or written.
  // The extension sees the PATH of a login shell; its first folder is the test's, and so is what cargo would install to.
  writeFileSync(join(home, '.profile'), `PATH='${join(home, 'bin')}':$PATH\n`);
  const { CARGO_HOME: _, ...own } = process.env;
  const env = { ...own, HOME: home, SHELL: '/bin/bash', XDG_CACHE_HOME: join(home, 'cache'), XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'share') };
  const program = [join(tools, 'node_modules/code-server/out/node/entry.js'), '--user-data-dir', data, '--extensions-dir', join(home, 'extensions')];
  execFileSync(process.execPath, [...program, '--install-extension', vsix], { env, stdio: 'inherit' });
  const port = await freePort();
  const server = spawn(
    process.execPath,
    [...program, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check'],
    { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const log = createWriteStream(join(out, 'code-server.log'));
  server.stdout.pipe(log);
  server.stderr.pipe(log);
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu'] });
  const open = async (query) => {
    const page = await browser.newPage({ viewport: { width: 1180, height: 720 }, permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(`http://127.0.0.1:${port}/?${new URLSearchParams(query).toString()}`);
    await page.locator('.monaco-workbench .statusbar').waitFor({ timeout: 2 * PATIENCE });
    return page;
  };
  await reachable(`http://127.0.0.1:${port}/healthz`);
  const page = await open({ folder: workspace });
  // Each window has a file for each of its channels.
  const logged = (channel) =>
    readdirSync(join(data, 'logs'), { recursive: true }).filter((path) => basename(path) === `${channel}.log`)
      .map((path) => readFileSync(join(data, 'logs', path), 'utf8')).join('');
  const windows = () => browser.contexts().flatMap((context) => context.pages());
  const close = async () => {
    await browser.close();
    // The group: code-server starts processes of its own.
    process.kill(-server.pid, 'SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  return { page, workspace, home, env, open, configure, prefer, equip, windows, logged, close };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function reachable(url) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** The hands and eyes of a person in front of a workbench. */
export class Person {
  constructor(page) {
    this.page = page;
  }

  /** Waits until `look` gives what is wanted; says what was seen last when it does not. */
  async see(what, look, wanted, patience = PATIENCE) {
    const end = Date.now() + patience;
    let seen;
    do {
      seen = await look();
      if (wanted(seen)) {
        console.log(`   ${what}: ${brief(seen)}`);
        return seen;
      }
      await this.page.waitForTimeout(100);
    } while (Date.now() < end);
    throw new Error(`${what}: seen ${brief(seen)}`);
  }

  /** The same, and it stays so for a while: nothing is on its way any more. Gives what was seen. */
  async settled(what, look, wanted) {
    let [last, same] = ['', 0];
    return this.see(what, look, (seen) => {
      const now = JSON.stringify(seen);
      same = now === last ? same + 1 : 0;
      last = now;
      return same >= 5 && wanted(seen);
    });
  }

  shot(name) {
    return this.page.screenshot({ path: join(out, `${name}.png`) });
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  type(text) {
    return this.page.keyboard.type(text, { delay: 25 });
  }

  /** Leaves a box, and waits until it is gone and the editor behind it does not move any more. */
  async leave() {
    await this.press('Escape');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden', timeout: PATIENCE });
    await this.settled('left', async () => ({ tab: await this.tab(), view: await this.view() }), () => true);
  }

  /**
   * Opens one of the workbench's own boxes, once the one before is gone, types, and waits for a row to be active. Does it again when
   * the box is gone meanwhile: what is being shown may take the keyboard a moment later, and boxes go with it.
   */
  async box(key, text, row) {
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden', timeout: PATIENCE });
    const input = this.page.locator('.quick-input-widget input[type="text"]');
    const end = Date.now() + PATIENCE;
    for (;;) {
      try {
        if (!(await input.isVisible())) await this.press(key);
        await input.fill(text, { timeout: 5_000 });
        if (row) await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: row }).waitFor({ timeout: 5_000 });
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  /** Runs a command from the palette. */
  async command(title) {
    await this.box('F1', `>${title}`, title);
    await this.press('Enter');
    // The box goes a moment later, or another one takes its place.
    const gone = (text) => {
      const box = document.querySelector('.quick-input-widget');
      return !box.checkVisibility() || box.querySelector('input[type="text"]').value !== text;
    };
    await this.page.waitForFunction(gone, `>${title}`, { timeout: PATIENCE });
  }

  /** Opens a file by name, as a tab that stays or as a provisional one. */
  async openFile(name, { keep = true } = {}) {
    await this.box('Control+p', name, name);
    await this.press('Enter');
    await this.see(`${name} is open`, () => this.tab(), (tab) => tab?.name === name);
    if (keep) await this.command('View: Keep Editor');
    await this.see('the file is read', () => this.view(), (view) => view !== undefined && view.position !== '');
  }

  async goToLine(line) {
    await this.box('Control+g', `:${line}`);
    await this.press('Enter');
    await this.see(`the cursor is in line ${line}`, () => this.view(), (view) => view?.position.startsWith(`Ln ${line},`));
  }

  /** The active tab: its name, whether it is provisional, whether it has unsaved changes. */
  tab() {
    return this.page.evaluate(() => {
      const tab = document.querySelector('.editor-group-container.active .tab.active');
      if (!tab) return undefined;
      return {
        name: tab.getAttribute('data-resource-name') ?? '',
        provisional: tab.querySelector('.label-name')?.closest('.italic, .monaco-icon-label')?.classList.contains('italic') ?? false,
        dirty: tab.classList.contains('dirty'),
      };
    });
  }

  tabs() {
    return this.page.evaluate(() => [...document.querySelectorAll('.tab')].map((tab) => tab.getAttribute('data-resource-name')));
  }

  /** What the active editor shows: cursor and selection in words, visible lines, scroll offset in pixels, first marked line. */
  view() {
    return this.page.evaluate(() => {
      const editor = document.querySelector('.editor-group-container.active .editor-instance .monaco-editor');
      if (!editor) return undefined;
      const line = (node) => Number(node.querySelector('.line-numbers')?.textContent);
      const top = (node) => node.style.top;
      const lines = new Map([...editor.querySelectorAll('.margin-view-overlays > div')].map((node) => [top(node), line(node)]));
      const marked = [...editor.querySelectorAll('.view-overlays > div')].filter((node) => node.querySelector('[class*="ced-"]'));
      const numbers = [...editor.querySelectorAll('.margin-view-overlays .line-numbers')].map((node) => Number(node.textContent)).filter((n) => n > 0);
      const status = document.querySelector('[id="status.editor.selection"]')?.textContent ?? '';
      return {
        position: status,
        first: Math.min(...numbers),
        last: Math.max(...numbers),
        top: editor.querySelector('.lines-content')?.style.top ?? '',
        // The second row of a wrapped line has no number.
        marked: Math.min(...marked.map((node) => lines.get(top(node))).filter((n) => n > 0)),
      };
    });
  }

  /** The rows of the quick pick that are drawn: label, description, detail, whether it is the focused one. */
  rows() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.quick-input-list .monaco-list-row')].map((row) => ({
        index: Number(row.getAttribute('data-index')),
        label: row.querySelector('.quick-input-list-label .label-name')?.textContent ?? '',
        description: row.querySelector('.quick-input-list-label .label-description')?.textContent ?? '',
        detail: row.querySelector('.quick-input-list-label-meta')?.textContent ?? '',
        focused: row.classList.contains('focused'),
      })).sort((a, b) => a.index - b.index),
    );
  }

  /** Waits until the quick pick holds this text and has been idle for a while: its list is the one for all of the text. */
  async answered(text) {
    let idle = 0;
    const look = () =>
      this.page.evaluate(() => ({
        text: document.querySelector('.quick-input-widget input[type="text"]')?.value,
        busy: document.querySelector('.quick-input-widget .quick-input-progress')?.classList.contains('active') ?? true,
      }));
    await this.see('answered', look, (now) => {
      idle = now.text === text && !now.busy ? idle + 1 : 0;
      return idle > 5;
    });
  }

  /** All text of pages inside the page, such as a preview of Markdown. */
  async inner() {
    const texts = await Promise.all(this.page.frames().map((frame) => frame.locator('body').innerText({ timeout: 1_000 }).catch(() => '')));
    return texts.slice(1).join('\n');
  }

  /** The title of the quick pick and the text in it, where the keyboard is in it. */
  focus() {
    return this.page.evaluate(() => {
      const here = document.activeElement?.closest('.quick-input-widget');
      return { title: here?.querySelector('.quick-input-title')?.textContent ?? '', text: here ? document.activeElement.value : undefined };
    });
  }

  title() {
    return this.page.evaluate(() => document.querySelector('.quick-input-widget .quick-input-title')?.textContent ?? '');
  }

  /** The rows of a view in the side bar: label, description, depth, whether it is open. */
  tree(name) {
    return this.page.evaluate((pane) => {
      const found = [...document.querySelectorAll('.pane')].find((node) => node.querySelector('.pane-header')?.getAttribute('aria-label')?.startsWith(pane));
      return [...(found?.querySelectorAll('.monaco-list-row') ?? [])].map((row) => ({
        label: row.querySelector('.label-name')?.textContent ?? '',
        description: row.querySelector('.label-description')?.textContent ?? '',
        level: Number(row.getAttribute('aria-level')),
        open: row.getAttribute('aria-expanded'),
      }));
    }, name);
  }

  async statusBar(text) {
    const items = await this.page.locator('.statusbar-item', { hasText: text }).allTextContents();
    return items.map((item) => item.replace(/\u00a0/g, ' ').trim()).join(' | ');
  }

  /** Presses a button of a row of the quick pick, named by its icon. */
  async button(index, icon) {
    const row = this.page.locator(`.quick-input-list .monaco-list-row[data-index="${index}"]`);
    await row.hover();
    await row.locator(`.action-label.codicon-${icon}`).click();
  }

  clipboard() {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** The names of the files in sight, one for each group of editors. */
  groups() {
    return this.page.evaluate(() => [...document.querySelectorAll('.editor-group-container .tab.active')].map((tab) => tab.getAttribute('data-resource-name')));
  }

  /** The text of the output channel that is in sight. */
  output() {
    return this.page.evaluate(() => (document.querySelector('.part.panel .monaco-editor .view-lines')?.innerText ?? '').replaceAll('\u00a0', ' '));
  }

  /** The messages that are shown at the moment. */
  messages() {
    return this.page.locator('.notifications-toasts .notification-list-item-message').allTextContents();
  }
}

function brief(value) {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
