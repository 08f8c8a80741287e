import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const WEB = join(import.meta.dirname, '../..');
const FIRST_LOAD_BYTES_MAX = 100 * 1024;

function contents(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
}

test('the committed build is what the source gives, and small', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'dongcha-web-'));
  try {
    // A process of its own: the test runner's environment would change what is built.
    const vite = join(WEB, 'node_modules/vite/bin/vite.js');
    const flags = ['build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
    const env = { PATH: process.env.PATH, HOME: process.env.HOME };
    execFileSync(process.execPath, [vite, ...flags], { cwd: WEB, env, stdio: 'inherit' });
    const fresh = contents(folder);
    const committed = contents(join(WEB, 'dist'));
    expect([...committed.keys()], 'run `npm run build`').toEqual([...fresh.keys()]);
    for (const [name, bytes] of fresh) {
      expect(committed.get(name)?.equals(bytes), `${name}: run \`npm run build\``).toBe(true);
    }
    // Pages other than the first two are fetched when they are opened.
    const index = fresh.get('index.html')?.toString() ?? '';
    const first = [...fresh].filter(([name]) => name === 'index.html' || index.includes(name));
    expect(first.length, 'the page, its script and its style').toBeGreaterThanOrEqual(3);
    const sizes = first.map(([, bytes]) => gzipSync(bytes).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
