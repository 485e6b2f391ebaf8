/**
 * The settings in package.json agree with the server's own schema (`symseek lsp --settings-schema`) and with the lists in
 * the code. The schema is asked of the program that SYMSEEK_BINARY names, else of one that is built in this repository.
 * Without a program `test/settings-schema.json` stands in for it; with one, that file must be what the program prints.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { CLIENT_SETTINGS, FIXED_SETTINGS, RESTART_SETTINGS, SERVER_SETTINGS, serverArguments, serverSettings } from '../src/server/settings';

interface Property {
  type?: string | string[];
  enum?: unknown[];
  enumDescriptions?: string[];
  default?: unknown;
  items?: unknown;
  minimum?: number;
  scope?: string;
  description?: string;
  markdownDescription?: string;
}

interface Manifest {
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    configuration: { properties: Record<string, Property> };
    commands: { command: string }[];
    menus: Record<string, { command: string }[]>;
    keybindings: { command: string }[];
  };
}

// The tests run in the folder of the extension.
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { properties } = manifest.contributes.configuration;
const COPY = 'test/settings-schema.json';

/** Defaults that differ from the server's, each for a reason that the README gives. */
const OWN_DEFAULTS: Record<string, unknown> = { 'workspaceSymbol.mode': 'lexical' };

function program(): string | undefined {
  const named = process.env['SYMSEEK_BINARY'];
  if (named !== undefined) return named;
  // The newest build: another one may be older than the sources.
  const built = ['../../target/release/symseek', '../../target/debug/symseek'].filter((path) => existsSync(path));
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

/** What the server prints, and the copy of it for machines without a server. */
function schema(): Record<string, Property> {
  const path = program();
  if (path === undefined) return read(readFileSync(COPY, 'utf8'));
  const printed = execFileSync(path, ['lsp', '--settings-schema'], { encoding: 'utf8' });
  if (process.env['UPDATE_SCHEMA'] !== undefined) writeFileSync(COPY, printed);
  return read(printed);
}

function read(text: string): Record<string, Property> {
  return (JSON.parse(text) as { properties: Record<string, Property> }).properties;
}

/** The values that a property takes, in one form: VS Code wants a `type` beside an `enum`. */
function values({ type, enum: choices, items, minimum }: Property): unknown {
  if (choices) return new Set(choices);
  return { type: new Set([type].flat()), items, minimum };
}

const short = (key: string) => key.replace(/^symseek\./, '');
const server = schema();

test('the copy of the schema is what the server prints', () => {
  assert.deepEqual(read(readFileSync(COPY, 'utf8')), server);
});

test('every setting of the server is offered or decided by the extension, and none is made up', () => {
  const offered = [...SERVER_SETTINGS, ...Object.keys(FIXED_SETTINGS)].sort();
  assert.deepEqual(offered, Object.keys(server).map(short).sort());
  assert.deepEqual(Object.keys(properties).map(short).sort(), [...SERVER_SETTINGS, ...CLIENT_SETTINGS].sort());
});

for (const key of SERVER_SETTINGS) {
  test(`symseek.${key} takes the server's values and has its default`, () => {
    const [own, theirs] = [properties[`symseek.${key}`], server[`symseek.${key}`]];
    assert.ok(own && theirs);
    assert.deepEqual(values(own), values(theirs));
    assert.deepEqual(own.default, key in OWN_DEFAULTS ? OWN_DEFAULTS[key] : theirs.default);
  });
}

test('every choice is described, every setting has a description and a scope', () => {
  for (const [key, property] of Object.entries(properties)) {
    assert.ok(property.description ?? property.markdownDescription, key);
    assert.ok(property.scope, key);
    assert.equal(property.enumDescriptions?.length, property.enum?.length, key);
  }
});

test('only what the server knows is sent to it', () => {
  const sent = serverSettings((key) => `value of ${key}`);
  assert.deepEqual(Object.keys(sent), [...SERVER_SETTINGS]);
  assert.equal(sent['legs.vector'], 'value of legs.vector');
});

test('the service is left to the program unless it is turned off, and a change counts at once', () => {
  assert.deepEqual(serverArguments('auto'), ['lsp']);
  assert.deepEqual(serverArguments('off'), ['lsp', '--service', 'off']);
  const { enum: choices, default: usual } = properties['symseek.server.service'] ?? {};
  assert.deepEqual([choices, usual], [['auto', 'off'], 'auto']);
  assert.ok((RESTART_SETTINGS as readonly string[]).includes('server.service'));
});

test('what is restricted, or restarts the server, is a setting; a workspace that is not trusted names no program', () => {
  const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  for (const key of [...restrictedConfigurations.map(short), ...RESTART_SETTINGS]) assert.ok(properties[`symseek.${key}`], key);
  assert.ok(restrictedConfigurations.includes('symseek.server.path') && restrictedConfigurations.includes('symseek.cacheDirectory'));
});

test('menus and keys name commands that exist, and none has the id of a command of the server', () => {
  const { commands, menus, keybindings } = manifest.contributes;
  const known = new Set(commands.map(({ command }) => command));
  for (const { command } of [...Object.values(menus).flat(), ...keybindings]) assert.ok(known.has(command), command);
  for (const id of ['search', 'similar', 'callers', 'callees', 'status', 'reindex', 'searchToDocument', 'similarToDocument', 'callersToDocument', 'calleesToDocument']) {
    assert.ok(!known.has(`symseek.${id}`), id);
  }
});

test('the README has a row for every setting with its default', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const [key, property] of Object.entries(properties)) {
    assert.ok(readme.includes(`| \`${key}\` | \`${JSON.stringify(property.default)}\` |`), `${key} with ${JSON.stringify(property.default)}`);
  }
});
