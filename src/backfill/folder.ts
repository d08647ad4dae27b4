/** The folder for the state of backfill. */
import { join } from 'node:path';
import type { HomePaths } from '../base/home.js';

export function stateFolder({ home }: HomePaths): string {
  return join(home, 'backfill');
}
