/** Loads the compiled walker; the build replaces this file. */
import { readFileSync } from 'node:fs';

/** The compiled walker, built from assembly/ by scripts/build-json-scan.mjs. In dist/ this function contains its bytes. */
export const wasm = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL('./picker.wasm', import.meta.url)));
