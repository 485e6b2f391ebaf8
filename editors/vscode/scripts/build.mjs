// Bundles the extension into one file, and with --tests each test file into one of its own. Only `vscode` stays outside.
import { context, build } from 'esbuild';
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const common = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

const extension = {
  ...common,
  entryPoints: ['src/extension.ts'],
  outfile: 'out/extension.js',
  format: 'cjs',
  external: ['vscode'],
  minify: process.argv.includes('--minify'),
  sourcemap: process.argv.includes('--minify') ? false : 'linked',
};

if (process.argv.includes('--tests')) {
  rmSync(join(root, 'out/test'), { recursive: true, force: true });
  // The bundle must not import `vscode`: what is tested here is logic that runs without an editor.
  await build({
    ...common,
    entryPoints: readdirSync(join(root, 'test')).filter((name) => name.endsWith('.test.ts')).map((name) => `test/${name}`),
    outdir: 'out/test',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    sourcemap: 'inline',
  });
} else if (process.argv.includes('--watch')) {
  await (await context(extension)).watch();
} else {
  await build(extension);
}
