/** Finds test files by a text in them, for the configurations of vitest. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The test files below the folders whose text has this part. */
export function testFilesWith(folders, part) {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((file) => /\.test\.tsx?$/.test(file) && readFileSync(file, 'utf8').includes(part));
}
