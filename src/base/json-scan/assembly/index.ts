/** What the walker exports. This folder is AssemblyScript, compiled to WebAssembly: see memory.ts, one folder up. */
import { findByte } from './bytes';

export { forget, numberOf } from './texts';
export { timeAt } from './time';
export { endOfHead, pick, pickHead } from './walk';

/** Address of the next line break in a range, 0 if there is none. */
export function findBreak(from: usize, to: usize): usize {
  return findByte(0x0a, from, to);
}
