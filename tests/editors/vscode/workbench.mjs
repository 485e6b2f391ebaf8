// A workbench to test in: code-server with the extension over a copy of a folder, and a page of a browser that shows it.
// What belongs to the extension is not known here.
import { spawn, execFileSync } from 'node:child_process';
import { createWriteStream, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const { WORKBENCH_TOOLS: tools, WORKBENCH_BROWSER: browserPath, WORKBENCH_OUT: out, WORKBENCH_VSIX: vsix } = process.env;
const { chromium } = createRequire(join(tools, 'playwright/'))('playwright-core');

/** Longest wait for anything, in milliseconds: a machine with other work is slow, and what is waited for is looked for all the time. */
export const PATIENCE = 60_000;
/** Longest wait for what is tried again after it, in milliseconds. */
const SOON = 5_000;

/**
 * Starts everything; `close` ends it. `settings` are the user's, `prefer` adds to them, `equip` sets those of the machine, `configure` those of
 * the workspace; `files` are added to the copy of the folder. `open` opens another window, on what the query of its address names;
 * `others` are the windows beside the first; `logged` is what the first window wrote to an output channel.
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
  // A file that stays as it is tells nobody of a change.
  const write = (path, value) => {
    const text = JSON.stringify(value);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  };
  const prefer = (more) => write(join(data, 'User/settings.json'), { ...settings, ...more });
  prefer({});
  // What belongs to a machine is read from here, because the workbench and the extension could be on two.
  mkdirSync(join(data, 'Machine'));
  const equip = (machine) => write(join(data, 'Machine/settings.json'), machine);
  equip({});
  mkdirSync(join(workspace, '.vscode'));
  const configure = (more) => write(join(workspace, '.vscode/settings.json'), more);
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
  // Whoever ends this early ends that, too: its processes are a group of their own.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      process.kill(-server.pid, 'SIGKILL');
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
      process.exit(1);
    });
  }
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
  // Each window has a folder for its channels, numbered as they were opened.
  const logged = (channel) =>
    readdirSync(join(data, 'logs'), { recursive: true }).filter((path) => basename(path) === `${channel}.log` && path.includes('/exthost1/'))
      .map((path) => readFileSync(join(data, 'logs', path), 'utf8')).join('');
  const others = () => browser.contexts().flatMap((context) => context.pages()).filter((one) => one !== page);
  const close = async () => {
    await browser.close();
    // The group: code-server starts processes of its own.
    process.kill(-server.pid, 'SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  return { page, workspace, home, env, open, configure, prefer, equip, others, logged, close };
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

  /** Notes what stands in the editor, so that `leave` can see it restored. */
  async note() {
    this.noted = await this.scene();
  }

  /** Leaves a box, and waits until it is gone and what was noted before it stands there again. */
  async leave() {
    await this.press('Escape');
    await this.closed();
    const { noted } = this;
    this.noted = undefined;
    if (noted) await this.see(`all is as it was, ${brief(noted)}`, () => this.scene(), (now) => JSON.stringify(now) === JSON.stringify(noted));
  }

  closed() {
    return this.page.locator('.quick-input-widget').waitFor({ state: 'hidden', timeout: PATIENCE });
  }

  /**
   * Opens one of the workbench's own boxes, once the one before is gone, writes into it, and gives the row of exactly this label, once
   * it is there. Does it again when the box is gone meanwhile: what is being shown may take the keyboard a moment later, and boxes
   * go with it.
   */
  async box(key, text, label) {
    await this.closed();
    const input = this.page.locator('.quick-input-widget input[type="text"]');
    const row = label && this.row(label);
    await this.until(`the box with ${text}`, async () => {
      if (!(await input.isVisible())) await this.press(key);
      await input.fill(text, { timeout: SOON });
      if (row) await row.waitFor({ timeout: SOON });
    });
    return row;
  }

  /** The row of the box whose label is this text, or fits this pattern. */
  row(label) {
    const exactly = label instanceof RegExp ? label : new RegExp(`^${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ has: this.page.locator('.label-name', { hasText: exactly }) }).first();
  }

  /**
   * Does `work` until it has gone well: for what may be undone by something else that happens at the same time. `work` is given how
   * long it is to wait for one thing.
   */
  async until(what, work) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      try {
        return await work({ timeout: SOON });
      } catch (error) {
        if (Date.now() > end) throw new Error(`${what}: ${error.message}`);
      }
    }
  }

  /** Presses a row with the mouse: a key would go wherever the keyboard is by then. */
  async choose(row, timeout = SOON) {
    await row.click({ timeout });
    // A mouse that rests on the next box would hover over its rows.
    await this.page.mouse.move(1, 1);
  }

  /** Runs a command from the palette. */
  async command(title) {
    const asked = `>${title}`;
    await this.until(title, async () => this.choose(await this.box('F1', asked, title)));
    // The box goes a moment later, or another one takes its place.
    const gone = (text) => {
      const box = document.querySelector('.quick-input-widget');
      return !box.checkVisibility() || box.querySelector('input[type="text"]').value !== text;
    };
    await this.page.waitForFunction(gone, asked, { timeout: PATIENCE });
  }

  /** Waits until keys go to the active editor. */
  inEditor() {
    const there = () => document.activeElement?.closest('.editor-group-container.active .editor-instance') != null;
    return this.page.waitForFunction(there, undefined, { timeout: PATIENCE });
  }

  /** Opens a file by name, as a tab that stays or as a provisional one. */
  async openFile(name, { keep = true } = {}) {
    await this.until(name, async () => this.choose(await this.box('Control+p', name, name)));
    await this.see(`${name} is open`, () => this.tab(), (tab) => tab?.name === name);
    if (keep) await this.command('View: Keep Editor');
    await this.see('it is as it was wanted', () => this.tab(), (tab) => tab?.name === name && tab.provisional === !keep);
    await this.see('the file is read', () => this.view(), (view) => view !== undefined && view.position !== '');
    await this.inEditor();
  }

  async goToLine(line) {
    await this.box('Control+g', `:${line}`);
    await this.press('Enter');
    await this.closed();
    await this.see(`the cursor is in line ${line}`, () => this.view(), (view) => view?.position.startsWith(`Ln ${line},`));
    await this.inEditor();
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

  /** What Escape restores. */
  async scene() {
    const [tab, tabs, view] = [await this.tab(), await this.tabs(), await this.view()];
    return { tab, tabs, view: view && { position: view.position, first: view.first, top: view.top } };
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

  /** Waits until the workbench's own box has been idle for a while: VS Code does not say that its list is complete. */
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

  /** Writes into the quick pick all at once. */
  write(text) {
    return this.page.locator('.quick-input-widget input[type="text"]').fill(text);
  }

  /** What the quick pick in sight says where nothing is typed; nothing where there is none. */
  placeholder() {
    return this.page.evaluate(() => {
      const box = document.querySelector('.quick-input-widget');
      return box?.checkVisibility() ? box.querySelector('input[type="text"]').placeholder : '';
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

  /** Waits for a text that the status bar shows for seconds only, while `work` is done. Looked for in the page, nothing in between is missed. */
  async flashes(text, work) {
    const shown = (wanted) => [...document.querySelectorAll('.statusbar-item')].some((item) => item.textContent.replaceAll('\u00a0', ' ').includes(wanted));
    await Promise.all([this.page.waitForFunction(shown, text, { timeout: PATIENCE }), work()]);
    console.log(`   the status bar has said: ${text}`);
  }

  /** The messages since they were cleared, also those that are out of sight by now. */
  async messages() {
    if (!(await this.page.locator('.notifications-center.visible').isVisible())) {
      await this.command('Notifications: Show Notifications');
      await this.page.locator('.notifications-center.visible').waitFor({ timeout: PATIENCE });
    }
    return this.page.locator('.notifications-center .notification-list-item-message').allTextContents();
  }

  /** Closes whatever stands open: boxes, files without their changes, the panel, messages. */
  async clear() {
    const box = this.page.locator('.quick-input-widget');
    this.noted = undefined;
    await this.until('no box', async () => {
      if (await box.isVisible()) await this.press('Escape');
      await box.waitFor({ state: 'hidden', timeout: SOON });
    });
    if ((await this.tabs()).length > 0) {
      await this.command('View: Close All Editors');
      const question = this.page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Don\'t Save' });
      await this.until('no tabs', async () => {
        if (await question.isVisible()) await question.click({ timeout: SOON });
        await this.page.waitForFunction(() => document.querySelector('.tab') === null, undefined, { timeout: 1_000 });
      });
    }
    if (await this.page.locator('.part.panel').isVisible()) await this.command('View: Hide Panel');
    await this.command('Notifications: Clear All Notifications');
  }
}

function brief(value) {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
