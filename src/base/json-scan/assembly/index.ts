import { findByte } from '../../../picker/assembly/bytes';

export { forget, numberOf } from '../../../picker/assembly/texts';
export { timeAt } from '../../../picker/assembly/time';
export { pick } from '../../../picker/assembly/walk';

/** Place of the next line break between two places, 0 if there is none. */
export function findBreak(from: usize, to: usize): usize {
  return findByte(0x0a, from, to);
}
