#!/usr/bin/env node
// The program `atel`. The status line is called several times a minute and must not wait for the command line to load;
// neither must a backfill, which scheduled tasks repeat.
import { createRequire } from 'node:module';

if (process.argv[2] === 'statusline' && process.argv.length === 3) {
  createRequire(import.meta.url)('./statusline.cjs');
} else if (process.argv[2] === 'backfill') {
  await import('./backfill-main.js');
} else {
  await import('./main.js');
}
