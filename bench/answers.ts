/**
 * Compares the answers of every pipe before and after a change of the catalogue, over a made history. The first run
 * writes them to a file, a later one compares with it. Needs `npm run build`.
 *
 * Environment variables: ANSWERS (the file), N, WEEK and KEEP (required: see made-store.ts), DAYS (`1,7,30,365`),
 * PIPES (all; a regular expression for names).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { startAtel } from '../tests/helpers/atel.js';
import { inEngine, madeStore } from './made-store.js';
import { answerOf, boundsOf, questions, readNames } from './questions.js';

const file = process.env.ANSWERS;
if (file === undefined || process.env.KEEP === undefined) throw new Error('ANSWERS and KEEP name no files');
const days = (process.env.DAYS ?? '1,7,30,365').split(/[\s,]+/).map(Number);

/** Sums of floating point numbers depend on the order of the rows, which differs from run to run. */
const rounded = (data: unknown) =>
  JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value,
  );

/** The place of the first character that differs. */
function differenceOf(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

const { home, history } = await madeStore(1e6);
const names = await inEngine(home, (engine) => readNames(engine, history));
const { windowed, whole } = questions(names, new RegExp(process.env.PIPES ?? ''));
const { to } = boundsOf(history, 1);
const asked = [
  ...days.flatMap((length) =>
    windowed.map((one) => ({
      ...one,
      name: `${one.name}, ${length} days`,
      params: { days: String(length), date_to: to },
    })),
  ),
  ...whole,
];

const before = existsSync(file)
  ? z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8')))
  : undefined;
const answers: Record<string, string> = {};
const atel = await startAtel({ home });
try {
  for (const one of asked) {
    const answer = await answerOf(atel.url, one).then(
      ({ data }) => rounded(data),
      (error: unknown) => String(error),
    );
    answers[one.name] = answer;
    const known = before?.[one.name];
    if (known !== undefined && known !== answer) {
      process.exitCode = 1;
      const at = differenceOf(answer, known);
      const around = (text: string) => text.slice(Math.max(0, at - 200), at + 100);
      console.log(
        `${one.name} differs: ${known.length} and ${answer.length} characters\n  ${around(known)}\n  ${around(answer)}`,
      );
    }
  }
} finally {
  await atel.stop();
}
if (before === undefined) writeFileSync(file, JSON.stringify(answers));
console.log(
  before === undefined
    ? `${asked.length} answers are kept.`
    : `${asked.length} answers are compared with ${Object.keys(before).length}.`,
);
