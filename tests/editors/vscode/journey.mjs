// What a person does with the extension, in a real workbench, and what must be seen. Started by `run`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PATIENCE, Person, start } from './workbench.mjs';

const corpus = join(dirname(fileURLToPath(import.meta.url)), '../../ranking/corpus');
const settings = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'window.commandCenter': false,
  'editor.minimap.enabled': false,
  'editor.fontFamily': 'DejaVu Sans Mono',
  'files.autoSave': 'off',
  'git.enabled': false,
};

const { page, workspace, home, open, configure, close } = await start(corpus, settings, {
  'web/cart.ts': 'export function totalWithShipping(prices: number[]): number {\n  return prices.reduce((sum, price) => sum + price, 5);\n}\n',
});
const person = new Person(page);
const only = (view) => ({ position: view.position, first: view.first, top: view.top });

/** What failed; the journey goes on, so that one run tells everything. */
const failures = [];

async function step(name, work) {
  // For work on one step: JOURNEY_ONLY names a part of its name. Most steps stand alone.
  if (!name.includes(process.env.JOURNEY_ONLY ?? '')) return;
  console.log(`-- ${name}`);
  try {
    await work();
  } catch (error) {
    console.log(`   FAILED: ${error.message}`);
    failures.push(name);
    await person.shot(`failed-${failures.length}`);
    if (await page.locator('.quick-input-widget').isVisible()) await person.press('Escape');
  }
}

/** Opens the search box, asks, and waits for the answer to exactly this question. */
async function ask(query, who = person) {
  await who.press('Control+Alt+s');
  await who.page.locator('.quick-input-widget', { hasText: 'Symseek: Search' }).waitFor();
  await who.type(query);
  await who.answered(query);
  await who.see('the answer is there', () => who.title(), (title) => /\d+ hits?$/.test(title));
  return who.rows();
}

/** Process ids of the running servers. */
function running() {
  try {
    return execFileSync('pgrep', ['-f', `${home}/extensions/.*/server/symseek lsp`], { encoding: 'utf8' }).trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

/** Another window, once its server is ready, and how many servers it has brought. */
async function another(query) {
  const before = running().length;
  const who = new Person(await open(query));
  await who.see('status bar', () => who.statusBar('Symseek'), (text) => /Symseek [1-9][\d,]* chunks/.test(text), 60_000);
  return { who, servers: running().length - before };
}

/** Walks to the next row and waits until the editor shows it; gives the row with its file and line. */
async function walk() {
  const row = async () => {
    const focused = (await person.rows()).find((one) => one.focused);
    const [, file, line] = /([^/ ]+):(\d+)$/.exec(focused?.description ?? '') ?? [];
    return { ...focused, file, line: Number(line) };
  };
  const from = await row();
  await person.press('ArrowDown');
  await person.see('the next row', row, (now) => now.index === from.index + 1 && now.file !== undefined);
  const look = async () => ({ row: await row(), tab: await person.tab(), view: await person.view() });
  const shown = await person.see('the preview follows, and marks the hit', look, ({ row: now, tab, view }) =>
    tab?.name === now.file && view?.marked === now.line);
  return shown.row;
}

try {
  await step('the index is ready', async () => {
    const patience = 60_000;
    await person.see('status bar', () => person.statusBar('Symseek'), (text) => /Symseek [1-9][\d,]* chunks/.test(text), patience);
  });

  let before;
  await step('a file is open, scrolled, with a selection', async () => {
    await person.openFile('parser.py');
    await person.goToLine(40);
    await person.press('Shift+ArrowDown', 'Shift+ArrowDown', 'Control+ArrowUp', 'Control+ArrowUp', 'Control+ArrowUp');
    before = await person.see('view', () => person.view(), (view) => /selected/.test(view?.position));
  });

  await step('a question in words, in the order of the server', async () => {
    const query = 'wait longer after each failure';
    const rows = await ask(query);
    const program = join(home, 'extensions', execFileSync('ls', [join(home, 'extensions')], { encoding: 'utf8' }).split('\n').find((name) => name.startsWith('symseek')), 'server/symseek');
    const told = JSON.parse(execFileSync(program, ['search', query, workspace, '--json', '-n', '50', '--cache-dir', join(home, 'other-cache')], { encoding: 'utf8' }));
    const expected = (told.hits ?? told).map(({ name }) => name);
    const seen = rows.map(({ label }) => label);
    console.log(`   rows: ${seen.join(', ')}`);
    // Text outside of symbols has a name that only the client makes.
    assert.ok(seen.length >= 5);
    for (const [at, name] of seen.slice(0, 5).entries()) if (expected[at]) assert.equal(name, expected[at], `row ${at}`);
  });

  await step('walking down the list, the preview follows', async () => {
    await walk();
    await walk();
    await person.shot('search');
    await walk();
  });

  await step('Escape restores editor, selection, scroll and tabs', async () => {
    await person.press('Escape');
    await person.see('the tab', () => person.tab(), (tab) => tab?.name === 'parser.py');
    await person.see('the view', () => person.view(), (view) => view && JSON.stringify(only(view)) === JSON.stringify(only(before)));
    await person.see('the tabs', () => person.tabs(), (tabs) => tabs.join() === 'parser.py');
    await person.shot('restored');
  });

  await step('the same when the hits lie in the open file', async () => {
    const rows = await ask('path:parser.py header');
    assert.ok(rows.length >= 2, 'two hits in the file');
    await walk();
    await person.press('Escape');
    await person.see('the view', () => person.view(), (view) => view && JSON.stringify(only(view)) === JSON.stringify(only(before)));
  });

  await step('the same when the open tab is provisional, beside one that stays', async () => {
    await person.openFile('wal.rs', { keep: false });
    await person.goToLine(20);
    const provisional = await person.view();
    await ask('retry policy');
    await walk();
    await person.press('Escape');
    await person.see('the tab', () => person.tab(), (tab) => tab?.name === 'wal.rs');
    await person.see('the view', () => person.view(), (view) => view && JSON.stringify(only(view)) === JSON.stringify(only(provisional)));
    await person.see('the tabs', () => person.tabs(), (tabs) => tabs.join() === 'parser.py,wal.rs');
    await person.press('ArrowDown');
    await person.see('the editor has the focus', () => person.view(), (view) => view?.position === 'Ln 21, Col 1');
  });

  await step('a hit is opened, with the cursor on its name', async () => {
    await ask('make a secret unreadable before storing it path:*.py');
    const { file, line } = await walk();
    await person.press('Enter');
    await person.see('the tab', () => person.tab(), (tab) => tab?.name === file);
    // The name stands a few lines below the first line of documentation.
    const near = (position) => Math.abs(Number(/^Ln (\d+)/.exec(position)?.[1]) - line) <= 4;
    await person.see(`the cursor near line ${line}`, () => person.view(), (view) => near(view?.position));
  });

  await step('a function that was never saved is found by meaning', async () => {
    await person.openFile('passwords.py');
    await person.press('Control+End');
    await person.type('\n\ndef embrace_penguins(colony):\n"""Hug every sleeping penguin of the colony until the sun rises."""\nfor penguin in colony:\npenguin.hold_tight()\n');
    await person.see('unsaved', () => person.tab(), (tab) => tab?.dirty === true);
    const rows = await ask('keep antarctic birds warm at night');
    assert.equal(rows[0].label, 'embrace_penguins', JSON.stringify(rows.slice(0, 3)));
    console.log(`   first: ${JSON.stringify(rows[0])}`);
    await person.shot('unsaved');
    await person.press('Escape');
    assert.ok(!readFileSync(join(workspace, 'auth/passwords.py'), 'utf8').includes('embrace_penguins'), 'the file on the disk does not hold it');
  });

  await step('the last queries are offered when the box opens empty', async () => {
    await person.press('Control+Alt+s');
    await person.see('history', () => person.rows(), (rows) => rows.some(({ label }) => label.startsWith('make a secret')));
    await person.press('Escape');
  });

  await step('callers, level by level', async () => {
    await person.openFile('url.rs');
    const line = readFileSync(join(workspace, 'net/url.rs'), 'utf8').split('\n').findIndex((text) => text.includes('fn unescape')) + 1;
    await person.goToLine(line);
    const at = readFileSync(join(workspace, 'net/url.rs'), 'utf8').split('\n')[line - 1].indexOf('unescape');
    await person.press('Home', ...Array(at + 2).fill('ArrowRight'));
    await person.command('Symseek: Show Callers');
    const rows = await person.see('callers', () => person.tree('Callers'), (tree) => tree.length >= 3);
    const labels = rows.map(({ label }) => label);
    assert.ok(labels.includes('parse_address') && labels.includes('query_pairs'), labels.join());
    assert.match(rows.find(({ label }) => label === 'parse_address').description, /^95 % · \d+: .*unescape/);
    await page.locator('.pane .monaco-list-row', { hasText: 'query_pairs' }).locator('.monaco-tl-twistie').click();
    await person.see('the next level', () => person.tree('Callers'), (tree) => tree.length > rows.length && tree.some(({ level }) => level === 3));
    await page.locator('.pane .monaco-list-row', { hasText: 'parse_address' }).first().click();
    await person.see('the call is shown', () => person.view(), (view) => /^Ln 52,/.test(view?.position));
    await page.waitForTimeout(500);
    await person.shot('callers');
    await person.command('Symseek: Swap Callers and Callees');
    // Each with the line that calls it.
    await person.see('callees', () => person.tree('Callees'), (tree) =>
      tree.every(({ label }) => label !== 'parse_address') && tree.some(({ description }) => /^\d+ % · (\d+ places · )?\d+: .*\(/.test(description)));
    await person.shot('callees');
  });

  await step('find similar code, and pin what was found', async () => {
    await person.openFile('retry.rs');
    await person.goToLine(36);
    await person.press('Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown');
    await person.command('Symseek: Find Similar Code');
    await person.see('similar code', () => person.title(), (title) => /Similar to retry.rs, lines 36–42 — \d+ hits$/.test(title));
    await page.waitForTimeout(600);
    await person.shot('similar');
    await page.locator('.quick-input-widget .codicon-pinned').click();
    await person.press('Escape');
    await person.see('results', () => person.tree('Results'), (tree) => tree.length > 3 && /^0 of \d+ done$/.test(tree[0].description));
    await page.locator('.pane .monaco-list-row .monaco-custom-toggle, .pane .monaco-list-row .custom-view-tree-node-item-checkbox').first().click();
    await person.see('one is ticked off', () => person.tree('Results'), (tree) => /^1 of \d+ done$/.test(tree[0].description));
    await person.shot('results');
  });

  await step('the status bar, its menu and the status page', async () => {
    await person.see('status bar', () => person.statusBar('Symseek'), (text) => /Symseek [1-9][\d,]* chunks/.test(text));
    await page.locator('.statusbar-item', { hasText: 'Symseek' }).click();
    await person.see('menu', () => person.rows(), (rows) => ['Search', 'Status', 'Rebuild', 'Pause', 'Log'].every((word) => rows.some(({ label }) => label.includes(word))));
    await person.shot('menu');
    await person.press('Escape');
    await person.command('Symseek: Show Status');
    await page.waitForTimeout(2_500);
    await person.shot('status');
    await person.command('Symseek: Rebuild Index');
    await person.see('status bar', () => person.statusBar('Symseek'), (text) => /Symseek [1-9][\d,]* chunks/.test(text));
  });

  await step('pause and resume', async () => {
    await person.command('Symseek: Pause');
    await person.see('paused', () => page.locator('.statusbar-item', { hasText: 'Symseek' }).locator('.codicon-debug-pause').count(), (n) => n === 1);
    await person.press('Control+Alt+s');
    await person.type('anything');
    await person.see('the reason', () => person.rows(), (rows) => rows.some(({ detail }) => detail.includes('Symseek is paused')));
    await person.press('Escape');
    await person.command('Symseek: Resume');
    await person.see('status bar', () => person.statusBar('Symseek'), (text) => /Symseek [1-9][\d,]* chunks/.test(text));
  });

  await step('a server that dies comes back, and is told of once', async () => {
    for (let death = 1; death <= 2; death += 1) {
      const [victim, ...others] = running();
      assert.deepEqual(others, [], 'one server runs');
      process.kill(victim, 'SIGKILL');
      await person.see('another server', async () => running(), (now) => now.length === 1 && now[0] !== victim);
      await person.see('status bar', () => person.statusBar('Symseek'), (text) => /Symseek [1-9][\d,]* chunks/.test(text));
    }
    await person.see('messages', () => person.messages(), (all) => all.filter((text) => text.includes('stopped')).length === 1);
    await ask('wait longer after each failure');
    await person.see('answers', () => person.rows(), (rows) => rows.length > 4);
    await person.press('Escape');
  });
  await step('the symbol picker lists a name once, beside another language server', async () => {
    // VS Code brings a language server for TypeScript, which answers once it has a document.
    await person.openFile('cart.ts');
    const named = async () => {
      const input = await person.box('Control+p');
      await input.fill('#totalWithShipping');
      // The box waits for all servers, and it may take its time.
      await page.waitForTimeout(2_500);
      await person.shot('symbols');
      const rows = (await person.rows()).filter(({ label }) => label.includes('totalWithShipping'));
      await person.press('Escape');
      return rows.length;
    };
    configure({ 'symseek.workspaceSymbol.deduplicate': false });
    await person.see('rows without de-duplication', named, (n) => n === 2, 60_000);
    configure({});
    await person.see('rows with it', named, (n) => n === 1);
  });

  await step('a server that always dies is given up, and one that is missing is told with the way to get it', async () => {
    const dying = join(home, 'dying');
    writeFileSync(dying, '#!/bin/sh\nif [ "$1" = --version ]; then echo symseek 0.1.0; else exit 3; fi\n', { mode: 0o755 });
    await person.command('Notifications: Clear All Notifications');
    configure({ 'symseek.server.path': dying });
    const told = new Set();
    const look = async () => {
      for (const text of await person.messages()) told.add(text);
      return [...told];
    };
    await person.see('given up', look, (all) => all.some((text) => text.includes('stopped again and again')), 60_000);
    await person.shot('given-up');
    assert.equal(told.size, 2, [...told].join('\n'));
    await person.command('Notifications: Clear All Notifications');
    configure({ 'symseek.server.path': '/nowhere/symseek' });
    await person.see('missing', () => person.messages(), (all) => all.some((text) => text.includes('/nowhere/symseek') && text.includes('cargo install --path server')));
    await person.shot('missing');
    await person.command('Notifications: Clear All Notifications');
    configure({});
    await person.see('status bar', () => person.statusBar('Symseek'), (text) => /Symseek [1-9][\d,]* chunks/.test(text));
  });

  await step('two windows on one folder: both answer', async () => {
    await person.see('status bar', () => person.statusBar('Symseek'), (text) => /Symseek [1-9][\d,]* chunks/.test(text), 60_000);
    const { who, servers } = await another({ folder: workspace });
    assert.equal(servers, 1, 'a server for the second window');
    for (const one of [who, person]) {
      await one.page.bringToFront();
      const rows = await ask('wait longer after each failure', one);
      assert.ok(rows.length > 4, 'answers');
      await one.press('Escape');
    }
    await who.page.close();
  });

  await step('one server for all folders of a window', async () => {
    const garden = join(home, 'garden');
    mkdirSync(garden);
    writeFileSync(join(garden, 'beds.py'), 'def water_plants(beds):\n    """Give every bed its share of water when the soil is dry."""\n    return beds\n');
    const both = join(home, 'both.code-workspace');
    writeFileSync(both, JSON.stringify({ folders: [{ path: workspace }, { path: garden }] }));
    const { who, servers } = await another({ workspace: both });
    assert.equal(servers, 1, 'one server for two folders');
    for (const [query, name] of [['share of water when the soil is dry', 'water_plants'], ['percent decoding of an address', 'unescape']]) {
      const rows = await ask(query, who);
      assert.ok(rows.slice(0, 5).some(({ label }) => label === name), `${name} among ${rows.map(({ label }) => label).join()}`);
      await who.press('Escape');
    }
    await who.page.close();
  });
} finally {
  await Promise.race([close(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
}
assert.deepEqual(failures, []);
console.log('the journey is complete');
