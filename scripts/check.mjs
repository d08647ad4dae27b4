/**
 * `npm run check`: runs every check of the code, two at a time. The output of a check is shown when it has ended; the
 * exit code is 1 if any failed. With names (`npm run check -- lint doors`) only those run.
 *
 * Only caches that cannot hide a problem are used: ESLint has none, because its findings in one file depend on the
 * types in others.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Scripts of package.json; the slowest first, so that none runs alone at the end. */
const CHECKS = ['lint', 'type-check', 'format:check', 'unused', 'doors', 'lock:check'];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !CHECKS.includes(name));
if (unknown.length > 0) {
  console.error(`check: there is no check ${unknown.join(', ')}; there are ${CHECKS.join(', ')}`);
  process.exit(2);
}
const waiting = CHECKS.filter((name) => asked.length === 0 || asked.includes(name));
const failed = [];

/** Runs a script of package.json to its end, then shows its output. */
function run(name) {
  const begun = performance.now();
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', name], { stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(chunk));
    const end = (how) => {
      process.stdout.write(`${how} ${name} (${((performance.now() - begun) / 1_000).toFixed(1)} s)\n`);
      for (const chunk of printed) process.stdout.write(chunk);
      if (how !== 'ok') failed.push(name);
      resolve();
    };
    child.on('error', (error) => {
      printed.push(`${error.message}\n`);
      end('FAILED');
    });
    child.on('close', (code) => end(code === 0 ? 'ok' : 'FAILED'));
  });
}

async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await run(name);
}

await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
if (failed.length > 0) {
  console.error(`check: failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
