// What a person does with the extension, in a real workbench, and what must be seen. Started by `run`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PATIENCE, Person, start } from './workbench.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const corpus = join(here, '../../ranking/corpus');
/** A sentence encoder of a few bytes, which knows little but orders hits in another way. */
const model = join(here, '../../../server/crates/embed/tests/tiny');
const settings = {
  'workbench.startupEditor': 'none',
  // Else every file that is opened by its name stays, and no tab is ever provisional.
  'workbench.editor.enablePreviewFromQuickOpen': true,
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'window.commandCenter': false,
  'editor.minimap.enabled': false,
  'editor.fontFamily': 'DejaVu Sans Mono',
  'files.autoSave': 'off',
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
};

const { page, workspace, home, env, open, configure, prefer, equip, others, logged, close } = await start(corpus, settings, {
  'web/cart.ts': 'export function totalWithShipping(prices: number[]): number {\n  return prices.reduce((sum, price) => sum + price, 5);\n}\n',
});
const person = new Person(page);
const ready = (text) => /Symseek [1-9][\d,]* chunks/.test(text);

/** Whether the service is behind all windows. */
const serviced = process.env.SYMSEEK_SERVICE !== 'off';

/** What failed; the journey goes on, so that one run tells everything. */
const failures = [];

async function step(name, work) {
  // For work on some steps: JOURNEY_ONLY is a pattern of their names. Each stands alone, and what it has opened goes with it.
  if (!new RegExp(process.env.JOURNEY_ONLY ?? '').test(name)) return;
  console.log(`-- ${name}`);
  try {
    await work();
  } catch (error) {
    await failed(name, error);
  }
  try {
    await tidy();
  } catch (error) {
    await failed(`${name}: afterwards`, error);
  }
}

async function failed(name, error) {
  console.log(`   FAILED: ${error.message}`);
  failures.push(name);
  await person.shot(`failed-${failures.length}`);
  for (const [at, other] of others().entries()) await new Person(other).shot(`failed-${failures.length}-window-${at + 2}`);
}

/** One window, nothing open in it, the settings as they were, and a server that is ready. */
async function tidy() {
  for (const other of others()) await other.close();
  await page.bringToFront();
  prefer({});
  equip({});
  configure({});
  await person.clear();
  if ((await person.tree('Call')).length > 0) await person.command('Symseek: Clear Calls');
  if ((await person.tree('Results')).length > 0) await person.command('Symseek: Clear Results');
  if (await paused()) await person.command('Symseek: Resume');
  await serving();
}

async function paused() {
  return (await page.locator('.statusbar-item', { hasText: 'Symseek' }).locator('.codicon-debug-pause').count()) === 1;
}

/** The process that serves the first window, once its index is ready; with `former`, one after that. */
async function serving(former) {
  const look = async () => {
    // Each start is told with its process; what stands before it is of servers that are gone.
    const [, id, since = ''] = /^[^]*\[info\] started [^\n]*, process (\d+)\n([^]*)$/.exec(logged('Symseek')) ?? [];
    // An index that the service has at hand is not told of.
    return { id: Number(id), indexed: serviced || since.includes('index ready: '), alive: id !== undefined && alive(Number(id)), bar: await person.statusBar('Symseek') };
  };
  const seen = await person.see('the server', look, (now) => now.indexed && now.alive && now.id !== former && ready(now.bar));
  return seen.id;
}

function alive(id) {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

/** How often the server has said that it has indexed. */
const indexed = () => logged('Symseek').split('\n').filter((line) => line.includes('index ready: ')).length;

/** Opens the search box of a window. */
async function openBox(who = person) {
  await who.press('Control+Alt+s');
  // The box before may be in sight for a moment; what is typed then would go to the editor.
  await who.see('the box', () => who.focus(), (focus) => focus.title.startsWith('Symseek: Search') && focus.text === '');
}

/**
 * Asks, and waits for the answer and for the preview of the first hit, so that nothing is on its way any more. The question comes as a
 * whole: there is one answer. Gives the rows.
 */
async function ask(query, who = person, { previews = true } = {}) {
  await who.note();
  await openBox(who);
  await who.write(query);
  const look = async () => ({ title: await who.title(), rows: await who.rows() });
  const { rows } = await who.see('the answer', look, (now) => {
    const [first] = now.rows;
    if (first?.label.includes('No answer')) throw new Error(`no answer: ${first.detail}`);
    return /\d+ hits?$/.test(now.title) && now.rows.some(({ focused }) => focused);
  });
  if (previews && place(rows[0]).file !== undefined) await previewed(rows[0], who);
  return rows;
}

/** Where the hit of a row is. */
function place(row) {
  const [, file, line] = /([^/ ]+):(\d+)$/.exec(row?.description ?? '') ?? [];
  return { file, line: Number(line) };
}

/** Waits until the editor shows the hit of a row, and marks it. */
function previewed(row, who = person) {
  const { file, line } = place(row);
  return who.see(`the preview of ${row.label} in ${file}:${line}`, async () => ({ tab: await who.tab(), view: await who.view() }),
    ({ tab, view }) => tab?.name === file && view?.marked === line);
}

/** Asks, and gives the names; nothing when there is no answer, because the server is just being started anew. */
async function names(query, who = person, options = {}) {
  let rows;
  try {
    rows = await ask(query, who, options);
  } catch (error) {
    if (!error.message.startsWith('no answer: ')) throw error;
  }
  await who.leave();
  return rows?.map(({ label }) => label);
}

/** The server inside the installed extension. */
function program() {
  const installed = readdirSync(join(home, 'extensions')).find((name) => name.startsWith('symseek'));
  return join(home, 'extensions', installed, 'server/symseek');
}

/** The names that the program itself finds on the disk, in its order. */
function told(query, ...options) {
  const output = execFileSync(program(), ['search', query, workspace, '--json', '-n', '50', '--cache-dir', join(home, 'other-cache'), ...options], { encoding: 'utf8' });
  return JSON.parse(output).hits.map(({ name }) => name);
}

/** Process ids of the running servers. */
function running() {
  try {
    return execFileSync('pgrep', ['-f', `${home}/extensions/.*/server/symseek lsp`], { encoding: 'utf8' }).trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

/** Another window, once its server is ready, and the process id of the server that it has brought. */
async function another(query) {
  await serving();
  const before = running();
  const who = new Person(await open(query));
  const text = await who.see('status bar', () => who.statusBar('Symseek'), (now) => /Symseek [\d,]+ chunks/.test(now));
  if (/\b0 chunks/.test(text)) {
    // Now and then code-server opens a window without what it was asked to open.
    await who.page.reload();
    await who.see('its folders', () => who.statusBar('Symseek'), ready);
  }
  // The server of a window that was opened in vain ends a moment later.
  const [server] = await who.see('its server', async () => running().filter((one) => !before.includes(one)), (all) => all.length === 1);
  return { who, server };
}

/** Walks to the next row and waits until the editor shows it; gives the row with its file and line. */
async function walk() {
  const focused = async () => (await person.rows()).find((one) => one.focused);
  const from = await focused();
  await person.press('ArrowDown');
  const row = await person.see('the next row', focused, (now) => now?.index === from.index + 1 && place(now).file !== undefined);
  await previewed(row);
  return { ...row, ...place(row) };
}

/** Opens a file, scrolls it, and selects something in it. */
async function scrolled() {
  await person.openFile('parser.py');
  await person.goToLine(40);
  await person.press('Shift+ArrowDown', 'Shift+ArrowDown', 'Control+ArrowUp', 'Control+ArrowUp', 'Control+ArrowUp');
  await person.settled('view', () => person.view(), (view) => /selected/.test(view?.position));
}

try {
  await step('the index is ready', () => serving());

  await step('the packages differ by the server alone', async () => {
    const listed = (path) => execFileSync('python3', ['-c', 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))', path], { encoding: 'utf8' }).trim().split('\n').sort();
    const { WORKBENCH_VSIX: targeted, WORKBENCH_UNTARGETED: untargeted } = process.env;
    const without = listed(untargeted);
    assert.ok(without.includes('extension/out/extension.js'));
    assert.deepEqual(listed(targeted).filter((path) => path !== 'extension/server/symseek'), without);
    assert.ok(!without.includes('extension/server/symseek') && listed(targeted).length === without.length + 1);
  });

  await step('the walkthrough leads through its three steps', async () => {
    const steps = () => page.evaluate(() => [...document.querySelectorAll('.editor-group-container.active .getting-started-step')].map((one) => ({
      title: one.querySelector('.step-title')?.textContent,
      done: one.querySelector('.codicon-getting-started-step-checked.complete') !== null,
    })));
    const box = page.locator('.quick-input-widget');
    // A page that has just been opened takes the keyboard once it has been read, and a box of walkthroughs goes with it.
    const begin = () => person.until('the walkthrough', async (soon) => {
      if (await box.isVisible()) await person.press('Escape');
      await person.command('Welcome: Open Walkthrough...');
      await person.choose(person.row('Get started with Symseek'));
      await page.locator('.editor-group-container.active .getting-started-step').first().waitFor(soon);
    });
    await begin();
    await person.see('its steps', steps, (all) => all.length === 3 && all.every(({ done }) => !done));
    await person.shot('walkthrough');
    const presses = [
      ['See that the server runs', 'Show Status', 'the status page', () => person.inner(), (text) => /The index is ready/.test(text)],
      ['Ask for code in your own words', 'Search', 'the box', () => person.focus(), (focus) => focus.title.startsWith('Symseek: Search')],
      ['Walk the callers', 'Show Callers', 'what it asks for', () => person.messages(), (all) => all.some((text) => text.includes('put the cursor on a name first'))],
    ];
    for (const [at, [title, label, what, look, wanted]] of presses.entries()) {
      const one = page.locator('.getting-started-step', { hasText: title });
      // The page is drawn anew when a step is done, and may take the keyboard from the box that the step has opened.
      await person.until(title, async (soon) => {
        // The first that is not done is open by itself; pressed in its middle it would press what it offers.
        if ((await one.getAttribute('aria-expanded', soon)) !== 'true') await one.locator('.step-title').click(soon);
        await one.locator('.monaco-button', { hasText: label }).click(soon);
        await person.see(what, look, wanted, soon.timeout);
      });
      if (label === 'Search') await person.leave();
      // The status page stands before it, and Escape leaves it.
      await begin();
      await person.see('the step is done', steps, (all) => all.filter(({ done }) => done).length === at + 1);
    }
  });

  await step('a question in words, letter by letter, in the order of the server', async () => {
    const query = 'wait longer after each failure';
    const expected = told(query).slice(0, 5);
    assert.equal(expected.length, 5);
    await openBox();
    await person.type(query);
    // Text outside of symbols has a name that only the client makes.
    await person.see('its order', async () => (await person.rows()).map(({ label }) => label),
      (labels) => labels.length >= 5 && expected.every((name, at) => !name || labels[at] === name));
  });

  await step('walking down the list, the preview follows; Escape restores editor, selection, scroll and tabs', async () => {
    await scrolled();
    await ask('wait longer after each failure');
    await walk();
    await walk();
    await person.shot('search');
    await walk();
    await person.leave();
    await person.see('the tabs', () => person.tabs(), (tabs) => tabs.join() === 'parser.py');
    await person.shot('restored');
  });

  await step('the same when the hits lie in the open file', async () => {
    await scrolled();
    const rows = await ask('path:parser.py header');
    assert.ok(rows.length >= 2, 'two hits in the file');
    await walk();
    await person.leave();
  });

  await step('the same when the open tab is provisional, beside one that stays', async () => {
    await person.openFile('parser.py');
    await person.openFile('wal.rs', { keep: false });
    await person.goToLine(20);
    await ask('retry policy');
    await walk();
    await person.leave();
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

  await step('a model’s second opinion reorders what stands below the selection', async () => {
    const query = 'make a secret unreadable before storing it';
    const folder = join(home, 'model');
    cpSync(join(model, 'tokens'), folder, { recursive: true });
    cpSync(join(model, 'tokenizer.json'), join(folder, 'tokenizer.json'));
    const [first, second] = [told(query), told(query, '--onnx', folder, '--onnx-runtime', 'builtin', '--refine-within', '30000')];
    const top = (all) => all?.slice(0, 5).join();
    assert.notEqual(top(first), top(second), 'the model has another opinion');
    const seen = async () => top(await names(query));
    assert.equal(await seen(), top(first), 'without a model the first order stands');
    equip({ 'symseek.embedding.onnx': { path: folder }, 'symseek.embedding.runtime': 'builtin' });
    // The second order comes into the same box, once the setting is taken up and the model has read what was found.
    const wanted = top([first[0], ...second.filter((name) => name !== first[0])]);
    await person.until('the second order', async ({ timeout }) => {
      try {
        await ask(query);
        const rows = await person.see('rows', () => person.rows(), (all) => top(all.map(({ label }) => label)) === wanted, timeout);
        assert.ok(rows[0].focused, 'the selection is where it was');
      } finally {
        await person.leave();
      }
    });
    equip({});
    await person.see('the first order again', seen, (now) => now === top(first));
  });

  await step('a function that was never saved is found by meaning', async () => {
    await person.openFile('passwords.py');
    await person.press('Control+End');
    await person.type('\n\ndef brew_espresso(beans):\n"""Grind the beans and press hot water through them for a strong coffee."""\nreturn beans\n');
    await person.see('unsaved', () => person.tab(), (tab) => tab?.dirty === true);
    // The question shares no word with it but the article.
    const rows = await ask('make a cup of tea');
    assert.ok(rows.slice(0, 3).some(({ label }) => label === 'brew_espresso'), JSON.stringify(rows.slice(0, 5)));
    await person.shot('unsaved');
    await person.leave();
    assert.ok(!readFileSync(join(workspace, 'auth/passwords.py'), 'utf8').includes('brew_espresso'), 'the file on the disk does not hold it');
  });

  await step('the last queries are offered when the box opens empty', async () => {
    const query = 'make a secret unreadable before storing it';
    await ask(query);
    await person.press('Enter');
    await person.closed();
    await openBox();
    await person.see('history', () => person.rows(), (rows) => rows[0]?.label === query);
  });

  await step('the buttons of a hit: to the side, its path, code like it, its callers, pinned', async () => {
    await person.openFile('parser.py');
    await ask('percent decoding of an address');
    const row = await walk();
    await person.flashes(`${row.file}:${row.line}`, () => person.button(row.index, 'copy'));
    const copied = await person.clipboard();
    assert.ok(existsSync(copied.replace(/:\d+$/, '')) && copied.endsWith(`/${row.file}:${row.line}`), copied);
    await person.flashes('Pinned 1 hit', () => person.button(row.index, 'pin'));
    await person.button(row.index, 'split-horizontal');
    await person.see('the hit beside what was there', () => person.groups(), (groups) => groups.join() === `parser.py,${row.file}`);
    await person.see('and active', () => person.tab(), (tab) => tab?.name === row.file);
    await person.inEditor();
    await person.command('View: Close All Editors in Group');
    await person.see('one group', () => person.groups(), (groups) => groups.join() === 'parser.py');
    const [top] = await ask('percent decoding of an address');
    await person.button(top.index, 'search-fuzzy');
    await person.see('code like it', () => person.title(), (title) => title.startsWith(`Similar to ${top.label} — `));
    await person.clear();
    const hit = (await ask('unescape')).find(({ label, description }) => label === 'unescape' && description.includes('url.rs'));
    await person.button(hit.index, 'call-incoming');
    await person.see('its callers', () => person.tree('Callers'), (tree) => tree.some(({ label }) => label === 'parse_address'));
    await person.see('the pinned hit', () => person.tree('Results'), (tree) => tree.some(({ label }) => label === row.label));
    await person.command('Symseek: Clear Results');
    await person.command('Symseek: Clear Calls');
    await person.see('both are empty', async () => [await person.tree('Call'), await person.tree('Results')], (both) => both.flat().length === 0);
    await openBox();
    await person.see('history', () => person.rows(), (rows) => rows[0]?.label === 'unescape');
    await person.button(0, 'close');
    await person.see('forgotten', () => person.rows(), (rows) => rows.length > 0 && rows.every(({ label }) => label !== 'unescape'));
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
    await person.settled('view', () => person.view(), (view) => view !== undefined);
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
    await person.see('the lines are selected', () => person.view(), (view) => /^Ln 42, .*selected/.test(view?.position));
    await person.command('Symseek: Find Similar Code');
    await person.see('similar code', () => person.title(), (title) => /Similar to retry.rs, lines 36–42 — \d+ hits$/.test(title));
    const [first] = await person.see('rows', () => person.rows(), (rows) => rows[0]?.focused);
    await previewed(first);
    await person.shot('similar');
    await page.locator('.quick-input-widget .codicon-pinned').click();
    await person.see('results', () => person.tree('Results'), (tree) => tree.length > 3 && /^0 of \d+ done$/.test(tree[0].description));
    await person.clear();
    await page.locator('.pane .monaco-list-row .monaco-custom-toggle, .pane .monaco-list-row .custom-view-tree-node-item-checkbox').first().click();
    await person.see('one is ticked off', () => person.tree('Results'), (tree) => /^1 of \d+ done$/.test(tree[0].description));
    await person.shot('results');
  });

  await step('the status bar, its menu and the status page', async () => {
    await page.locator('.statusbar-item', { hasText: 'Symseek' }).click();
    await person.see('menu', () => person.rows(), (rows) => ['Search', 'Status', 'Rebuild', 'Pause', 'Log'].every((word) => rows.some(({ label }) => label.includes(word))));
    await person.shot('menu');
    await person.leave();
    await person.command('Symseek: Show Status');
    await person.see('status page', () => person.inner(), (text) => /The index is ready: [\d,]+ chunks of [\d,]+ files are searchable/.test(text));
    await person.shot('status');
    const already = indexed();
    await person.command('Symseek: Rebuild Index');
    await person.see('it is indexed once more', indexed, (n) => n > already);
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
  });

  await step('each entry of the menu does what it says', async () => {
    const choose = async (word) => {
      await page.locator('.statusbar-item', { hasText: 'Symseek' }).click();
      await person.choose(person.row(new RegExp(`^\\s*${word}`)), PATIENCE);
      await person.see('the menu is gone', () => person.placeholder(), (text) => text !== 'What is to be done?');
    };
    const already = indexed();
    await choose('Rebuild');
    await person.see('it is indexed once more', indexed, (n) => n > already);
    const first = await serving();
    await choose('Pause');
    await person.see('paused', paused, (yes) => yes);
    await person.see('no server', async () => running(), (all) => all.length === 0);
    await choose('Resume');
    const second = await serving(first);
    await choose('Status');
    await person.see('status page', () => person.inner(), (text) => /The index is ready/.test(text));
    await choose('Restart');
    await serving(second);
    await choose('Log');
    await person.see('the log', () => person.output(), (text) => /\[info\] .*(found symseek|started)/.test(text));
    await person.shot('log');
    await choose('Search');
    await person.see('the box', () => person.focus(), (focus) => focus.title.startsWith('Symseek: Search'));
  });

  await step('the trace holds messages when it is asked for, and content only when that is asked for', async () => {
    const traced = () => logged('Symseek Trace');
    await names('the first question');
    assert.ok(!traced().includes('symseek/search'), 'nothing by itself');
    configure({ 'symseek.trace.server': 'messages' });
    await person.see('messages', async () => (await names('the second question'), traced()), (text) => /Sending request 'symseek\/search/.test(text));
    assert.ok(!traced().includes('second question'), 'no content');
    configure({ 'symseek.trace.server': 'verbose' });
    await person.see('content', async () => (await names('the third question'), traced()), (text) => text.includes('third question'));
    configure({});
    // What is asked until the setting is taken up may be traced.
    let number = 0;
    await person.see('no more', async () => {
      const before = traced().length;
      number += 1;
      await names(`question ${number} of many`);
      return { grown: traced().length - before, content: traced().includes(`question ${number} of many`) };
    }, ({ grown, content }) => grown === 0 && !content);
  });

  await step('the server is looked for in the setting, the package, PATH and cargo’s folder', async () => {
    const bundled = program();
    const places = { setting: join(home, 'chosen'), PATH: join(home, 'bin/symseek'), cargo: join(home, '.cargo/bin/symseek') };
    for (const path of [places.PATH, places.cargo]) {
      mkdirSync(dirname(path), { recursive: true });
      cpSync(bundled, path);
    }
    writeFileSync(places.setting, `#!/bin/sh\nexec '${bundled}' "$@"\n`, { mode: 0o755 });
    const found = async (source, path) => {
      await person.see(`${source} is taken`, () => logged('Symseek').trim().split('\n').filter((line) => line.includes('found symseek')).pop(),
        (line) => line?.endsWith(`(${source}): ${path}`));
      await serving();
    };
    try {
      const before = await serving();
      await person.command('Symseek: Restart Server');
      await serving(before);
      await found('bundle', bundled);
      equip({ 'symseek.server.path': places.setting });
      await found('setting', places.setting);
      renameSync(bundled, `${bundled}.away`);
      writeFileSync(places.setting, `#!/bin/sh\nexec '${bundled}.away' "$@"\n`, { mode: 0o755 });
      equip({});
      await found('PATH', places.PATH);
      // One of another version is passed over.
      rmSync(places.PATH);
      writeFileSync(places.PATH, '#!/bin/sh\necho symseek 0.0.9\n', { mode: 0o755 });
      await person.command('Symseek: Restart Server');
      await found('cargo', places.cargo);
      rmSync(places.cargo);
      await person.command('Notifications: Clear All Notifications');
      await person.command('Symseek: Restart Server');
      await person.see('none is right', () => person.messages(), (all) => all.some((text) => text.includes('symseek has version 0.0.9; this extension needs')));
      // The first of its buttons, by its command: the status bar's own words may lie over it.
      await person.command('Notifications: Accept Notification Primary Action');
      await person.see('the command to copy', () => person.clipboard(), (text) => text === 'cargo install --path server');
      renameSync(`${bundled}.away`, bundled);
      rmSync(places.PATH);
      await person.command('Symseek: Restart Server');
      await found('bundle', bundled);
      // Turned off, the service is not asked for.
      const said = join(home, 'arguments');
      writeFileSync(places.setting, `#!/bin/sh\necho "$@" >>'${said}'\nexec '${bundled}' "$@"\n`, { mode: 0o755 });
      equip({ 'symseek.server.path': places.setting });
      const lines = () => (existsSync(said) ? readFileSync(said, 'utf8').trim().split('\n') : []);
      await person.see('started as usual', lines, (all) => all.at(-1) === 'lsp');
      equip({ 'symseek.server.path': places.setting, 'symseek.server.service': 'off' });
      await person.see('started without the service', lines, (all) => all.at(-1) === 'lsp --service off');
      await serving();
      equip({});
      await found('bundle', bundled);
    } finally {
      // The steps after this one have the server of the package, and no other.
      if (existsSync(`${bundled}.away`)) renameSync(`${bundled}.away`, bundled);
      for (const path of [places.PATH, places.cargo]) rmSync(path, { force: true });
    }
  });

  await step('pause and resume', async () => {
    const before = await serving();
    await person.command('Symseek: Pause');
    await person.see('paused', paused, (yes) => yes);
    await openBox();
    await person.type('anything');
    await person.see('the reason', () => person.rows(), (rows) => rows.some(({ detail }) => detail.includes('Symseek is paused')));
    await person.leave();
    await person.command('Symseek: Resume');
    await serving(before);
  });

  await step('a server that dies comes back, and is told of once', async () => {
    for (let death = 1; death <= 2; death += 1) {
      const [victim] = await person.see('one server runs', async () => running(), (all) => all.length === 1);
      process.kill(victim, 'SIGKILL');
      await serving(victim);
    }
    await person.see('messages', () => person.messages(), (all) => all.length === 1 && all[0].includes('stopped'));
    const log = logged('Symseek');
    assert.ok(log.includes('the server ended with SIGKILL') && /stopped by itself; it is started again in 0 s[^]*started again in 1 s/.test(log), 'the log is kept');
    const rows = await ask('wait longer after each failure');
    assert.ok(rows.length > 4, 'answers');
  });

  await step('the symbol picker lists a name once, beside another language server', async () => {
    // VS Code brings a language server for TypeScript, which answers once it has a document.
    await person.openFile('cart.ts');
    const named = async () => {
      await person.box('Control+p', '#totalWithShipping');
      // The box waits for all servers, and it may take its time; what it lists meanwhile is not the answer.
      await person.answered('#totalWithShipping');
      const rows = await person.settled('symbols', () => person.rows(), () => true);
      await person.shot('symbols');
      await person.leave();
      return rows.filter(({ label }) => label.includes('totalWithShipping')).length;
    };
    configure({ 'symseek.workspaceSymbol.deduplicate': false });
    await person.see('rows without de-duplication', named, (n) => n === 2);
    configure({});
    await person.see('rows with it', named, (n) => n === 1);
  });

  await step('a server that always dies is given up, and one that is missing is told with the way to get it', async () => {
    const dying = join(home, 'dying');
    writeFileSync(dying, '#!/bin/sh\nif [ "$1" = --version ]; then echo symseek 0.1.0; else exit 3; fi\n', { mode: 0o755 });
    configure({ 'symseek.server.path': dying });
    const all = await person.see('given up', () => person.messages(), (texts) => texts.some((text) => text.includes('stopped again and again')));
    await person.shot('given-up');
    assert.equal(all.length, 2, all.join('\n'));
    await person.command('Notifications: Clear All Notifications');
    configure({ 'symseek.server.path': '/nowhere/symseek' });
    await person.see('missing', () => person.messages(), (texts) => texts.some((text) => text.includes('/nowhere/symseek') && text.includes('cargo install --path server')));
    await person.shot('missing');
  });

  await step('two windows on one folder: both answer', async () => {
    const { who } = await another({ folder: workspace });
    for (const one of [who, person]) {
      await one.page.bringToFront();
      const rows = await ask('wait longer after each failure', one);
      assert.ok(rows.length > 4, 'answers');
      await one.leave();
    }
  });

  await step('one server for all folders of a window, which come and go', async () => {
    const garden = join(home, 'garden');
    mkdirSync(garden);
    writeFileSync(join(garden, 'beds.py'), 'def water_plants(beds):\n    """Give every bed its share of water when the soil is dry."""\n    return beds\n');
    const both = join(home, 'both.code-workspace');
    const folders = (...paths) => writeFileSync(both, JSON.stringify({ folders: paths.map((path) => ({ path })) }));
    folders(workspace, garden);
    // Without previews: VS Code keeps a file open for minutes that an extension has shown, and what is open is searched.
    prefer({ 'symseek.search.preview': false });
    const { who, server } = await another({ workspace: both });
    const silent = { previews: false };
    for (const [query, name] of [['share of water when the soil is dry', 'water_plants'], ['turn escapes back into what they stand for', 'unescape']]) {
      const found = await names(query, who, silent);
      assert.ok(found.slice(0, 5).includes(name), `${name} among ${found.join()}`);
    }
    // A folder goes from the window, comes back, and then goes from the disk, while the server stays the same.
    const beds = () => names('share of water when the soil is dry', who, silent);
    folders(workspace);
    await who.see('without the folder', beds, (found) => found?.length > 4 && !found.includes('water_plants'));
    folders(workspace, garden);
    await who.see('with the folder again', beds, (found) => found?.includes('water_plants'));
    await ask('share of water', who, silent);
    rmSync(garden, { recursive: true });
    await who.type(' when the soil is dry');
    await who.see('an answer while the folder goes', () => who.title(), (title) => /\d+ hits?$/.test(title));
    await who.leave();
    await who.see('nothing of the folder is left', beds, (found) => found?.length > 4 && !found.includes('water_plants'));
    assert.ok(running().includes(server), 'the same server runs');
  });

  await step('a large folder is searched while it is indexed, and the list says so', async () => {
    const fields = join(home, 'fields');
    mkdirSync(join(fields, '.vscode'), { recursive: true });
    for (let number = 1; number <= 2_000; number += 1) {
      const rows = Array.from({ length: 12 }, (_, row) => `def dig_row_${number}_${row}(spade):\n    """Dig the row ${row} of the field ${number}."""\n    return spade\n`);
      writeFileSync(join(fields, `field${number}.py`), rows.join('\n'));
    }
    // The server starts when the question stands: however fast it is, the first answer comes while it is indexing.
    const [late, gate] = [join(home, 'late'), join(home, 'gate')];
    const waits = `while [ "$1" != --version ] && [ ! -e '${gate}' ]; do sleep 0.1; done`;
    writeFileSync(late, `#!/bin/sh\n${waits}\nexec '${program()}' "$@"\n`, { mode: 0o755 });
    writeFileSync(join(fields, '.vscode/settings.json'), JSON.stringify({ 'symseek.server.path': late }));
    const who = new Person(await open({ folder: fields }));
    await who.see('the server is being started', () => who.statusBar('Symseek'), (text) => text !== '');
    await openBox(who);
    await who.write('dig a row of a field');
    const bars = new Set();
    const title = async () => {
      bars.add(await who.statusBar('Symseek'));
      return who.title();
    };
    writeFileSync(gate, '');
    await who.see('an early answer', title, (text) => /\d+ hits so far, still indexing/.test(text));
    await who.shot('indexing');
    await who.see('the list fills by itself', title, (text) => / \d+ hits$/.test(text), 3 * PATIENCE);
    await who.see('the whole answer', () => who.rows(), (rows) => rows.some(({ label }) => label.startsWith('dig_row_')));
    assert.ok([...bars].some((text) => /Symseek \d+ %/.test(text)), `a percentage among ${[...bars].join()}`);
    await who.see('status bar', () => who.statusBar('Symseek'), (text) => /Symseek 2\d,\d{3} chunks/.test(text));
  });

  // Last: the window that is open wants to be loaded anew after this setting.
  await step('a workspace that is not trusted is searched, and starts no program of its own', async () => {
    // Without previews: what an extension has shown stays open, and what is open is searched even when it is excluded.
    prefer({ 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never', 'symseek.search.preview': false });
    const stranger = join(home, 'stranger');
    const [own, marker] = [join(stranger, 'own'), join(home, 'own-was-started')];
    mkdirSync(join(stranger, '.vscode'), { recursive: true });
    writeFileSync(own, `#!/bin/sh\n: >'${marker}'\nexec '${program()}' "$@"\n`, { mode: 0o755 });
    writeFileSync(join(stranger, '.vscode/settings.json'), JSON.stringify({ 'symseek.server.path': own, 'symseek.exclude': ['*.py'] }));
    writeFileSync(join(stranger, 'vault.py'), 'def unlock_vault(key):\n    return turn(key)\n\n\ndef turn(key):\n    return key\n');
    const { who } = await another({ folder: stranger });
    await who.see('not trusted', () => who.statusBar('Restricted Mode'), (text) => text !== '');
    const found = () => names('unlock vault', who, { previews: false });
    assert.equal((await found())[0], 'unlock_vault', 'its exclusions do not count');
    await who.shot('untrusted');
    assert.ok(!existsSync(marker), 'its program was not started');
    await who.command('Workspaces: Manage Workspace Trust');
    const question = who.page.locator('.workspace-trust-editor');
    await question.locator('.monaco-button', { hasText: /^Trust/ }).first().click();
    await who.see('its program is started once it is trusted', () => existsSync(marker), (started) => started);
    // It lies over the editor.
    await who.until('the question is gone', async (soon) => {
      await who.command('View: Close Editor');
      await question.waitFor({ state: 'hidden', ...soon });
    });
    await who.see('and its exclusions count', found, (all) => all?.includes('unlock_vault') === false);
  });
} finally {
  // A service of ours does not outlive the journey; without SYMSEEK_SERVICE=auto there is none, and nothing to end.
  if (serviced) execFileSync(program(), ['serve', '--stop'], { env });
  await Promise.race([close(), new Promise((resolve) => setTimeout(resolve, PATIENCE).unref())]);
}
assert.deepEqual(failures, []);
console.log('the journey is complete');
