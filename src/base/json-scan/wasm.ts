import { readFileSync } from 'node:fs';

/** The compiled walker (assembly/, by scripts/build-json-scan.mjs). In dist/ its bytes stand in this function. */
export const wasm = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL('./picker.wasm', import.meta.url)));
