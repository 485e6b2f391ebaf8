// Runs every test file with node's own runner. The files are named one by one: Node 20 takes no patterns, later ones no folders.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
execFileSync(process.execPath, ['scripts/build.mjs', '--tests'], { cwd: root, stdio: 'inherit' });
const files = readdirSync(join(root, 'out/test')).filter((name) => name.endsWith('.test.mjs')).map((name) => `out/test/${name}`);
const { status } = spawnSync(process.execPath, ['--test', ...files], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
