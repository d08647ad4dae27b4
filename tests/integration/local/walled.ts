import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../src/local/errors.js';
import { Engine } from '../../../src/local/engine/engine.js';
import { createFileTable } from '../../../src/local/sql/quote.js';
import { leaveWorkingFolder } from '../../../src/local/index.js';

/**
 * Asks the engine itself, without any check, for the file at a path: `walled.ts FOLDER FILE`. Prints one JSON array per
 * answer: before or after the working folder was removed or during imports, the statement, the result.
 */
const [folder = '', file = ''] = process.argv.slice(2);
const engine = await Engine.open(join(folder, 'engine'));
const statements = [
  `SELECT file('${file}') AS text`,
  `SELECT file('${file}', 'other') AS text`,
  `SELECT file('${file}', NULL) AS text`,
  `SELECT file('.${file}') AS text`,
  `SELECT arrayMap(file, ['${file}']) AS text`,
  `SELECT file(materialize('${file}')) AS text FROM numbers(2)`,
];
async function ask(when: string): Promise<void> {
  for (const lane of ['pipes', 'free'] as const)
    for (const settings of [new Map<string, string>(), new Map([['max_threads', '1']])])
      for (const sql of [...statements, 'SELECT 1 AS text']) {
        const answer = await engine
          .read(lane, sql, 'JSONEachRow', settings)
          .then(({ bytes }) => Buffer.from(bytes).toString(), messageOf);
        process.stdout.write(`${JSON.stringify([when, sql, answer])}\n`);
      }
}
await ask('before');
leaveWorkingFolder(folder);
await ask('after');
// Queries of the file, without a pause, while files are imported.
let isImporting = true;
const reading = [0, 1, 2].map(async () => {
  while (isImporting) {
    const sql = statements[0] ?? '';
    const answer = await engine
      .read('free', sql, 'JSONEachRow', new Map())
      .then(({ bytes }) => Buffer.from(bytes).toString(), messageOf);
    process.stdout.write(`${JSON.stringify(['during', sql, answer])}\n`);
  }
});
const parquet = join(folder, 'rows.parquet');
const { bytes } = await engine.read('free', 'SELECT 7 AS id', 'Parquet', new Map());
writeFileSync(parquet, bytes);
for (let at = 0; at < 100; at += 1) {
  await engine.executeInFolder(createFileTable(`imported_${at}`, parquet, 'Parquet'));
}
isImporting = false;
await Promise.all(reading);
const imported = await engine.rows('SELECT id FROM imported_99');
process.stdout.write(`${JSON.stringify(['imported', '', JSON.stringify(imported)])}\n`);
await engine.execute('CREATE TABLE nowhere.t (id UInt8) ENGINE = MergeTree ORDER BY id');
await engine.insert('nowhere.t', Buffer.from('{"id":7}'));
process.stdout.write(
  `${JSON.stringify(['rows', '', JSON.stringify(await engine.rows('SELECT id FROM nowhere.t'))])}\n`,
);
await engine.close();
