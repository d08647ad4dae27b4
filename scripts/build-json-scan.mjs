// Compiles src/base/json-scan/assembly/ to src/base/json-scan/picker.wasm, if that is missing or older than its source.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const assembly = new URL('../src/base/json-scan/assembly/', import.meta.url);
const wasm = new URL('../src/base/json-scan/picker.wasm', import.meta.url);

/** vitest calls this before the tests, too. */
export async function setup() {
  const sources = readdirSync(assembly).map((name) => new URL(name, assembly));
  const newest = Math.max(...[...sources, new URL(import.meta.url)].map((file) => statSync(file).mtimeMs));
  if (existsSync(wasm) && statSync(wasm).mtimeMs >= newest) return;
  const { main } = await import('assemblyscript/asc');
  const { error, stderr } = await main([
    fileURLToPath(new URL('index.ts', assembly)),
    ...['--outFile', fileURLToPath(wasm), '--runtime', 'stub', '--use', 'abort=', '-O3', '--enable', 'simd'],
  ]);
  if (error !== null) throw new Error(`The picker cannot be compiled: ${stderr.toString()}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await setup();
