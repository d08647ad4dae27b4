/**
 * Runs commands of the built program in this process, one after another, without starting Node and loading the program
 * for each: `fork('command-host.mjs', ['DIST/cli.js'])`, then send it `{ args, env, cwd }` and get `{ code, stdout,
 * stderr }`. A command finds its own arguments, environment, working folder, outputs and exit code; what it keeps in
 * memory is shared with the commands before it.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers';
import { pathToFileURL } from 'node:url';

const [cli = ''] = process.argv.slice(2);
// The piece of the program that runs the command line. Each import with another query runs it again; the pieces that it
// imports stay loaded.
const piece = /import\("(\.\/chunks\/main-[^"]+)"\)/.exec(readFileSync(cli, 'utf8'))?.[1];
if (piece === undefined) throw new Error(`${cli} does not load a piece named main`);
const main = pathToFileURL(join(dirname(cli), piece)).href;

/** Thrown where a command ends its process. */
class Exit extends Error {
  constructor(code) {
    super(`exit with ${code}`);
    this.code = code;
  }
}

/** Collects what is written to a stream. */
function collect(stream) {
  const chunks = [];
  stream.write = (chunk, encoding, done) => {
    chunks.push(typeof chunk === 'string' ? chunk : chunk.toString());
    const then = typeof encoding === 'function' ? encoding : done;
    if (then !== undefined) process.nextTick(then);
    return true;
  };
  return () => chunks.splice(0).join('');
}

const printed = collect(process.stdout);
const complained = collect(process.stderr);
process.exit = (code) => {
  throw new Exit(code ?? process.exitCode ?? 0);
};

let count = 0;

async function run({ args, env, cwd }) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.argv = [process.execPath, cli, ...args];
  process.exitCode = undefined;
  count += 1;
  let code;
  try {
    await import(`${main}?${count}`);
    code = process.exitCode ?? 0;
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    code = error.code;
  }
  process.exitCode = undefined;
  process.stdout.removeAllListeners('error');
  // Node prints its own warnings a moment later.
  await new Promise((resolve) => setImmediate(resolve));
  return { code, signal: null, stdout: printed(), stderr: complained() };
}

process.on('message', (asked) => {
  run(asked).then(
    (result) => process.send(result),
    (error) => process.send({ failed: String(error.stack ?? error) }),
  );
});
