/** The folder of the built program. */
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The folder of the built program: the bundler puts shared code one folder down. */
export const programFolder = basename(here) === 'chunks' ? dirname(here) : here;
