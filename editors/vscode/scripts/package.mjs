// Packages the extension: one VSIX for every platform without the server, or with --target PLATFORM one that holds it.
// The server is taken from SYMSEEK_BINARY, else from the workspace's release build.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = process.argv.indexOf('--target');
const target = at < 0 ? undefined : process.argv[at + 1];
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const inside = join(root, 'server');
const licenses = ['LICENSE-MIT', 'LICENSE-APACHE'];
const run = (...command) => execFileSync(process.execPath, command, { cwd: root, stdio: 'inherit' });

run('scripts/build.mjs', '--minify');
rmSync(inside, { recursive: true, force: true });
try {
  for (const name of licenses) copyFileSync(join(root, '../../server', name), join(root, `${name}.txt`));
  if (target) {
    const binary = process.env.SYMSEEK_BINARY ?? join(root, '../../target/release/symseek');
    if (!existsSync(binary)) {
      console.error(`There is no ${binary}: build the server first (cargo build --release), or name it in SYMSEEK_BINARY.`);
      process.exit(2);
    }
    const name = target.startsWith('win32') ? 'symseek.exe' : 'symseek';
    mkdirSync(inside);
    copyFileSync(binary, join(inside, name));
    chmodSync(join(inside, name), 0o755);
  }
  const out = target ? `out/symseek-${target}-${version}.vsix` : `out/symseek-${version}.vsix`;
  run('node_modules/@vscode/vsce/vsce', 'package', '--no-dependencies', '--allow-missing-repository',
    '--no-rewrite-relative-links', '--out', out, ...(target ? ['--target', target] : []));
} finally {
  rmSync(inside, { recursive: true, force: true });
  for (const name of licenses) rmSync(join(root, `${name}.txt`), { force: true });
}
