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

const { page, workspace, home, env, open, configure, prefer, equip, windows, logged, close } = await start(corpus, settings, {
  'web/cart.ts': 'export function totalWithShipping(prices: number[]): number {\n  return prices.reduce((sum, price) => sum + price, 5);\n}\n',
});
const person = new Person(page);
const ready = (text) => /Symseek [1-9][\d,]* chunks/.test(text);
const only = (view) => ({ position: view.position, first: view.first, top: view.top });

/** What failed; the journey goes on, so that one run tells everything. */
const failures = [];

async function step(name, work) {
  // For work on some steps: JOURNEY_ONLY is a pattern of their names. Most steps stand alone.
  if (!new RegExp(process.env.JOURNEY_ONLY ?? '').test(name)) return;
  console.log(`-- ${name}`);
  try {
    await work();
  } catch (error) {
    console.log(`   FAILED: ${error.message}`);
    failures.push(name);
    await person.shot(`failed-${failures.length}`);
    // A window that the step has opened does not outlive it.
    for (const [at, other] of windows().filter((one) => one !== page).entries()) {
      await new Person(other).shot(`failed-${failures.length}-window-${at + 2}`);
      await other.close();
    }
    if (await page.locator('.quick-input-widget').isVisible()) await person.leave();
  }
}

/** Opens the search box, asks, and waits for the answer to exactly this question. */
async function ask(query, who = person) {
  await who.press('Control+Alt+s');
  // The box before may be in sight for a moment; what is typed then would go to the editor.
  await who.see('the box', () => who.focus(), (focus) => focus.title.startsWith('Symseek: Search') && focus.text === '');
  await who.type(query);
  await who.answered(query);
  await who.see('the answer is there', () => who.title(), (title) => /\d+ hits?$/.test(title));
  return who.rows();
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

/** Another window, once its server is ready, and the process ids of the servers that it has brought. */
async function another(query) {
  const before = running();
  const who = new Person(await open(query));
  const text = await who.see('status bar', () => who.statusBar('Symseek'), (now) => /Symseek [\d,]+ chunks/.test(now));
  if (/\b0 chunks/.test(text)) {
    // Now and then code-server opens a window without what it was asked to open.
    await who.page.reload();
    await who.see('its folders', () => who.statusBar('Symseek'), ready);
  }
  return { who, servers: running().filter((one) => !before.includes(one)) };
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
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
  });

  await step('the packages differ by the server alone', async () => {
    const listed = (path) => execFileSync('python3', ['-c', 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))', path], { encoding: 'utf8' }).trim().split('\n').sort();
    const { WORKBENCH_VSIX: targeted, WORKBENCH_UNTARGETED: untargeted } = process.env;
    const without = listed(untargeted);
    assert.ok(without.includes('extension/out/extension.js'));
    assert.deepEqual(listed(targeted).filter((path) => path !== 'extension/server/symseek'), without);
    assert.ok(!without.includes('extension/server/symseek') && listed(targeted).length === without.length + 1);
  });

  await step('the walkthrough leads through its three steps', async () => {
    const begin = async () => {
      await person.command('Welcome: Open Walkthrough...');
      const offered = (rows) => rows.some(({ label }) => label === 'Get started with Symseek');
      await person.see('walkthroughs', () => person.rows(), (rows) => rows.length > 1 && offered(rows));
      await person.type('with Symseek');
      await person.see('ours', () => person.rows(), (rows) => rows.length === 1 && offered(rows));
      await person.press('Enter');
    };
    await begin();
    const steps = () => page.evaluate(() => [...document.querySelectorAll('.getting-started-step')].map((one) => ({
      title: one.querySelector('.step-title')?.textContent,
      done: one.querySelector('.codicon-getting-started-step-checked.complete') !== null,
    })));
    await person.see('its steps', steps, (all) => all.length === 3 && all.every(({ done }) => !done));
    await person.shot('walkthrough');
    const presses = [
      ['See that the server runs', 'Show Status', 'the status page', () => person.inner(), (text) => /The index is ready/.test(text)],
      ['Ask for code in your own words', 'Search', 'the box', () => person.focus(), (focus) => focus.title.startsWith('Symseek: Search')],
      ['Walk the callers', 'Show Callers', 'the call', () => person.statusBar('Symseek'), ready],
    ];
    for (const [at, [title, label, what, look, wanted]] of presses.entries()) {
      const one = page.locator('.getting-started-step', { hasText: title });
      // The first that is not done is open by itself; pressed in its middle it would press what it offers.
      if ((await one.getAttribute('aria-expanded')) !== 'true') await one.locator('.step-title').click();
      await one.locator('.monaco-button', { hasText: label }).click();
      await person.see(what, look, wanted);
      if (label === 'Search') await person.leave();
      // Escape has left the walkthrough as well, and the status page stands before it.
      await begin();
      await person.see('the step is done', steps, (all) => all.filter(({ done }) => done).length === at + 1);
    }
    await person.command('View: Close All Editors');
    await person.command('Notifications: Clear All Notifications');
  });

  let before;
  await step('a file is open, scrolled, with a selection', async () => {
    await person.openFile('parser.py');
    await person.goToLine(40);
    await person.press('Shift+ArrowDown', 'Shift+ArrowDown', 'Control+ArrowUp', 'Control+ArrowUp', 'Control+ArrowUp');
    before = await person.settled('view', () => person.view(), (view) => /selected/.test(view?.position));
  });

  await step('a question in words, in the order of the server', async () => {
    const query = 'wait longer after each failure';
    const rows = await ask(query);
    const expected = told(query);
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
    await person.leave();
    await person.see('the tab', () => person.tab(), (tab) => tab?.name === 'parser.py');
    await person.see('the view', () => person.view(), (view) => view && JSON.stringify(only(view)) === JSON.stringify(only(before)));
    await person.see('the tabs', () => person.tabs(), (tabs) => tabs.join() === 'parser.py');
    await person.shot('restored');
  });

  await step('the same when the hits lie in the open file', async () => {
    const rows = await ask('path:parser.py header');
    assert.ok(rows.length >= 2, 'two hits in the file');
    await walk();
    await person.leave();
    await person.see('the view', () => person.view(), (view) => view && JSON.stringify(only(view)) === JSON.stringify(only(before)));
  });

  await step('the same when the open tab is provisional, beside one that stays', async () => {
    await person.openFile('wal.rs', { keep: false });
    await person.goToLine(20);
    const provisional = await person.settled('view', () => person.view(), (view) => view !== undefined);
    await ask('retry policy');
    await walk();
    await person.leave();
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

  await step('a model’s second opinion reorders what stands below the selection', async () => {
    const query = 'make a secret unreadable before storing it';
    const folder = join(home, 'model');
    cpSync(join(model, 'tokens'), folder, { recursive: true });
    cpSync(join(model, 'tokenizer.json'), join(folder, 'tokenizer.json'));
    const [first, second] = [told(query), told(query, '--onnx', folder, '--onnx-runtime', 'builtin', '--refine-within', '30000')];
    const top = (names) => names.slice(0, 5).join();
    assert.notEqual(top(first), top(second), 'the model has another opinion');
    const seen = async () => {
      await ask(query);
      const rows = await person.settled('rows', () => person.rows(), (all) => all.length >= 5);
      await person.leave();
      return rows;
    };
    const labels = (rows) => top(rows.map(({ label }) => label));
    assert.equal(labels(await seen()), top(first), 'without a model the first order stands');
    equip({ 'symseek.embedding.onnx': { path: folder }, 'symseek.embedding.runtime': 'builtin' });
    const rows = await person.see('the second order', seen, (now) => labels(now) === top([first[0], ...second.filter((name) => name !== first[0])]));
    assert.ok(rows[0].focused, 'the selection is where it was');
    equip({});
    await person.see('the first order again', seen, (now) => labels(now) === top(first));
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
    await person.press('Control+Alt+s');
    await person.see('history', () => person.rows(), (rows) => rows.some(({ label }) => label.startsWith('make a secret')));
    await person.leave();
  });

  await step('the buttons of a hit: to the side, its path, code like it, its callers, pinned', async () => {
    await person.openFile('parser.py');
    await ask('percent decoding of an address');
    const row = await walk();
    await person.button(row.index, 'copy');
    await person.see('said', () => person.statusBar('Copied'), (text) => text.includes(`${row.file}:${row.line}`));
    const copied = await person.clipboard();
    assert.ok(existsSync(copied.replace(/:\d+$/, '')) && copied.endsWith(`/${row.file}:${row.line}`), copied);
    await person.button(row.index, 'pin');
    await person.see('pinned', () => person.statusBar('Pinned'), (text) => text.includes('Pinned 1 hit'));
    await person.button(row.index, 'split-horizontal');
    await person.see('the hit beside what was there', () => person.groups(), (groups) => groups.join() === `parser.py,${row.file}`);
    await person.see('and active', () => person.tab(), (tab) => tab?.name === row.file);
    await person.command('View: Close All Editors in Group');
    await person.see('one group', () => person.groups(), (groups) => groups.join() === 'parser.py');
    await ask('percent decoding of an address');
    const [top] = await person.rows();
    await person.button(top.index, 'search-fuzzy');
    await person.see('code like it', () => person.title(), (title) => title.startsWith(`Similar to ${top.label} — `));
    await person.leave();
    await ask('unescape');
    const hit = (await person.rows()).find(({ label, description }) => label === 'unescape' && description.includes('url.rs'));
    await person.button(hit.index, 'call-incoming');
    await person.see('its callers', () => person.tree('Callers'), (tree) => tree.some(({ label }) => label === 'parse_address'));
    await person.see('the pinned hit', () => person.tree('Results'), (tree) => tree.some(({ label }) => label === row.label));
    await person.command('Symseek: Clear Results');
    await person.command('Symseek: Clear Calls');
    await person.see('both are empty', async () => [await person.tree('Call'), await person.tree('Results')], (both) => both.flat().length === 0);
    await person.press('Control+Alt+s');
    await person.see('history', () => person.rows(), (rows) => rows[0]?.label === 'unescape');
    await person.button(0, 'close');
    await person.see('forgotten', () => person.rows(), (rows) => rows.length > 0 && rows.every(({ label }) => label !== 'unescape'));
    await person.leave();
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
    await person.command('Symseek: Find Similar Code');
    await person.see('similar code', () => person.title(), (title) => /Similar to retry.rs, lines 36–42 — \d+ hits$/.test(title));
    await person.settled('view', () => person.view(), (view) => view?.marked > 0);
    await person.shot('similar');
    await page.locator('.quick-input-widget .codicon-pinned').click();
    await person.leave();
    await person.see('results', () => person.tree('Results'), (tree) => tree.length > 3 && /^0 of \d+ done$/.test(tree[0].description));
    await page.locator('.pane .monaco-list-row .monaco-custom-toggle, .pane .monaco-list-row .custom-view-tree-node-item-checkbox').first().click();
    await person.see('one is ticked off', () => person.tree('Results'), (tree) => /^1 of \d+ done$/.test(tree[0].description));
    await person.shot('results');
  });

  await step('the status bar, its menu and the status page', async () => {
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
    await page.locator('.statusbar-item', { hasText: 'Symseek' }).click();
    await person.see('menu', () => person.rows(), (rows) => ['Search', 'Status', 'Rebuild', 'Pause', 'Log'].every((word) => rows.some(({ label }) => label.includes(word))));
    await person.shot('menu');
    await person.leave();
    await person.command('Symseek: Show Status');
    await person.see('status page', () => person.inner(), (text) => /The index is ready: [\d,]+ chunks of [\d,]+ files are searchable/.test(text));
    await person.shot('status');
    await person.command('Symseek: Rebuild Index');
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
  });

  await step('each entry of the menu does what it says', async () => {
    const choose = async (word) => {
      await page.locator('.statusbar-item', { hasText: 'Symseek' }).click();
      await person.see('menu', () => person.rows(), (rows) => rows.length >= 6 && rows.some(({ label }) => label.includes(word)));
      await page.locator('.quick-input-list .monaco-list-row', { hasText: word }).first().click();
    };
    const rebuilt = () => logged('Symseek').split('\n').filter((line) => /indexed/i.test(line)).length;
    const already = rebuilt();
    await choose('Rebuild');
    await person.see('it is indexed once more', rebuilt, (n) => n > already);
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
    await choose('Pause');
    await person.see('no server', async () => running(), (all) => all.length === 0);
    await choose('Resume');
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
    await choose('Status');
    await person.see('status page', () => person.inner(), (text) => /The index is ready/.test(text));
    const [one] = running();
    await choose('Restart');
    await person.see('another server', async () => running(), (all) => all.length === 1 && all[0] !== one);
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
    await choose('Log');
    await person.see('the log', () => person.output(), (text) => /\[info\] .*(found symseek|started)/.test(text));
    await person.shot('log');
    await person.command('View: Toggle Panel Visibility');
    await choose('Search');
    await person.see('the box', () => person.focus(), (focus) => focus.title.startsWith('Symseek: Search'));
    await person.leave();
  });

  await step('the trace holds messages when it is asked for, and content only when that is asked for', async () => {
    const traced = () => logged('Symseek Trace');
    const question = async (query) => {
      await ask(query);
      await person.leave();
    };
    await question('the first question');
    assert.ok(!traced().includes('symseek/search'), 'nothing by itself');
    configure({ 'symseek.trace.server': 'messages' });
    await person.see('messages', async () => (await question('the second question'), traced()), (text) => /Sending request 'symseek\/search/.test(text));
    assert.ok(!traced().includes('second question'), 'no content');
    configure({ 'symseek.trace.server': 'verbose' });
    await person.see('content', async () => (await question('the third question'), traced()), (text) => text.includes('third question'));
    configure({});
    await person.see('no more', async () => {
      const length = traced().length;
      await question('the fourth question');
      return traced().length - length;
    }, (grown) => grown === 0);
    assert.ok(!traced().includes('fourth question'));
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
      await person.see('status bar', () => person.statusBar('Symseek'), ready);
    };
    await person.command('Symseek: Restart Server');
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
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
    equip({});
    await found('bundle', bundled);
  });

  await step('pause and resume', async () => {
    await person.command('Symseek: Pause');
    await person.see('paused', () => page.locator('.statusbar-item', { hasText: 'Symseek' }).locator('.codicon-debug-pause').count(), (n) => n === 1);
    await person.press('Control+Alt+s');
    await person.see('the box', () => person.focus(), (focus) => focus.title.startsWith('Symseek: Search'));
    await person.type('anything');
    await person.see('the reason', () => person.rows(), (rows) => rows.some(({ detail }) => detail.includes('Symseek is paused')));
    await person.leave();
    await person.command('Symseek: Resume');
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
  });

  await step('a server that dies comes back, and is told of once', async () => {
    for (let death = 1; death <= 2; death += 1) {
      const [victim, ...others] = running();
      assert.deepEqual(others, [], 'one server runs');
      process.kill(victim, 'SIGKILL');
      await person.see('another server', async () => running(), (now) => now.length === 1 && now[0] !== victim);
      await person.see('status bar', () => person.statusBar('Symseek'), ready);
    }
    await person.see('messages', () => person.messages(), (all) => all.filter((text) => text.includes('stopped')).length === 1);
    const log = logged('Symseek');
    assert.ok(log.includes('the server ended with SIGKILL') && /stopped by itself; it is started again in 0 s[^]*started again in 1 s/.test(log), 'the log is kept');
    await ask('wait longer after each failure');
    await person.see('answers', () => person.rows(), (rows) => rows.length > 4);
    await person.leave();
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
    await person.command('Notifications: Clear All Notifications');
    configure({ 'symseek.server.path': dying });
    const messages = new Set();
    const look = async () => {
      for (const text of await person.messages()) messages.add(text);
      return [...messages];
    };
    await person.see('given up', look, (all) => all.some((text) => text.includes('stopped again and again')));
    await person.shot('given-up');
    assert.equal(messages.size, 2, [...messages].join('\n'));
    await person.command('Notifications: Clear All Notifications');
    configure({ 'symseek.server.path': '/nowhere/symseek' });
    await person.see('missing', () => person.messages(), (all) => all.some((text) => text.includes('/nowhere/symseek') && text.includes('cargo install --path server')));
    await person.shot('missing');
    await person.command('Notifications: Clear All Notifications');
    configure({});
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
  });

  await step('two windows on one folder: both answer', async () => {
    await person.see('status bar', () => person.statusBar('Symseek'), ready);
    const { who, servers } = await another({ folder: workspace });
    assert.equal(servers.length, 1, 'a server for the second window');
    for (const one of [who, person]) {
      await one.page.bringToFront();
      const rows = await ask('wait longer after each failure', one);
      assert.ok(rows.length > 4, 'answers');
      await one.leave();
    }
    await who.page.close();
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
    const { who, servers } = await another({ workspace: both });
    assert.equal(servers.length, 1, 'one server for two folders');
    for (const [query, name] of [['share of water when the soil is dry', 'water_plants'], ['percent decoding of an address', 'unescape']]) {
      const rows = await ask(query, who);
      assert.ok(rows.slice(0, 5).some(({ label }) => label === name), `${name} among ${rows.map(({ label }) => label).join()}`);
      await who.leave();
    }
    // A folder goes from the window, comes back, and then goes from the disk, while the server stays the same.
    const beds = async () => {
      const rows = await ask('share of water when the soil is dry', who);
      await who.leave();
      return rows.map(({ label }) => label);
    };
    folders(workspace);
    await who.see('without the folder', beds, (names) => names.length > 4 && !names.includes('water_plants'));
    folders(workspace, garden);
    await who.see('with the folder again', beds, (names) => names.includes('water_plants'));
    await ask('share of water', who);
    rmSync(garden, { recursive: true });
    await who.type(' when the soil is dry');
    await who.answered('share of water when the soil is dry');
    await who.see('an answer while the folder goes', () => who.title(), (title) => /\d+ hits?$/.test(title));
    await who.leave();
    await who.see('nothing of the folder is left', beds, (names) => names.length > 4 && !names.includes('water_plants'));
    assert.ok(running().includes(servers[0]), 'the same server runs');
    prefer({});
    await who.page.close();
  });

  await step('a large folder is searched while it is indexed, and the list says so', async () => {
    const fields = join(home, 'fields');
    mkdirSync(fields);
    for (let number = 1; number <= 4_000; number += 1) {
      const rows = Array.from({ length: 12 }, (_, row) => `def dig_row_${number}_${row}(spade):\n    """Dig the row ${row} of the field ${number}."""\n    return spade\n`);
      writeFileSync(join(fields, `field${number}.py`), rows.join('\n'));
    }
    const who = new Person(await open({ folder: fields }));
    const box = who.page.locator('.quick-input-widget', { hasText: 'Symseek: Search' });
    await who.see('the box', async () => {
      if (!(await box.isVisible())) await who.press('Control+Alt+s');
      return box.isVisible();
    }, (open) => open);
    await who.type('dig a row of a field');
    const bars = new Set();
    const title = async () => {
      bars.add(await who.statusBar('Symseek'));
      return who.title();
    };
    await who.see('an early answer', title, (text) => /\d+ hits so far, still indexing/.test(text));
    await who.shot('indexing');
    await who.see('the list fills by itself', title, (text) => / \d+ hits$/.test(text), 2 * PATIENCE);
    await who.see('the whole answer', () => who.rows(), (rows) => rows.some(({ label }) => label.startsWith('dig_row_')));
    assert.ok([...bars].some((text) => /Symseek \d+ %/.test(text)), `a percentage among ${[...bars].join()}`);
    await who.leave();
    await who.see('status bar', () => who.statusBar('Symseek'), (text) => /Symseek 4\d,\d{3} chunks/.test(text));
    await who.page.close();
  });

  // Last: the window that is open wants to be loaded anew after this setting.
  await step('a workspace that is not trusted is searched, and starts no program of its own', async () => {
    prefer({ 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' });
    const stranger = join(home, 'stranger');
    const [own, marker] = [join(stranger, 'own'), join(home, 'own-was-started')];
    mkdirSync(join(stranger, '.vscode'), { recursive: true });
    writeFileSync(own, `#!/bin/sh\n: >'${marker}'\nexec '${program()}' "$@"\n`, { mode: 0o755 });
    writeFileSync(join(stranger, '.vscode/settings.json'), JSON.stringify({ 'symseek.server.path': own, 'symseek.exclude': ['*.py'] }));
    writeFileSync(join(stranger, 'vault.py'), 'def unlock_vault(key):\n    return turn(key)\n\n\ndef turn(key):\n    return key\n');
    const { who } = await another({ folder: stranger });
    await who.see('not trusted', () => who.statusBar('Restricted Mode'), (text) => text !== '');
    const found = async () => {
      const rows = await ask('unlock vault', who);
      await who.leave();
      return rows.map(({ label }) => label);
    };
    assert.equal((await found())[0], 'unlock_vault', 'its exclusions do not count');
    await who.shot('untrusted');
    assert.ok(!existsSync(marker), 'its program was not started');
    await who.command('Workspaces: Manage Workspace Trust');
    await who.page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust/ }).first().click();
    await who.see('its program is started once it is trusted', () => existsSync(marker), (started) => started);
    await who.see('and its exclusions count', found, (names) => !names.includes('unlock_vault'));
    await who.page.close();
  });
} finally {
  // A service of ours does not outlive the journey; without SYMSEEK_SERVICE=auto there is none, and nothing to end.
  if (process.env.SYMSEEK_SERVICE !== 'off') execFileSync(program(), ['serve', '--stop'], { env });
  await Promise.race([close(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
}
assert.deepEqual(failures, []);
console.log('the journey is complete');
