import { readFileSync } from 'node:fs';

<<<<<<< HEAD
/** The compiled walker (assembly/, by scripts/build-json-scan.mjs). In dist/ its bytes stand in this function. */
=======
/** The compiled walker, built from assembly/ by scripts/build-picker.mjs. In dist/ this function contains its bytes. */
>>>>>>> h-plain
export const wasm = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL('./picker.wasm', import.meta.url)));
