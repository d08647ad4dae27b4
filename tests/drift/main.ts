/**
 * `npm run drift`: says what the newest Claude Code client emits differently from the recorded contract.
 *
 *     npm run drift                       the newest client on npm
 *     npm run drift -- --version 2.1.332  that client
 *     npm run drift -- --client PATH      a client on this machine
 *     npm run drift -- --record           writes the contract of the client instead, from three rounds
 *
 * Exits with 0 if there is no difference, with 1 if there are some, and with 2 if the client could not be run.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { differences, merged } from './compare.js';
import { contractFile, contractFor, type Contract } from './contract.js';
import { hookEventsOf, installClient } from './install.js';
import { observe } from './observe.js';

const ROUNDS = 3;

const { values } = parseArgs({
  options: {
    version: { type: 'string', default: 'latest' },
    client: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function observed(binary: string): Promise<Contract> {
  const seen = await observe({ binary, progress: (scenario) => say(`  ${scenario}`) });
  return { ...seen, hook_events: await hookEventsOf(seen.version) };
}

async function main(): Promise<number> {
  await using client =
    values.client === undefined
      ? await installClient(values.version)
      : { binary: values.client, [Symbol.asyncDispose]: () => Promise.resolve() };
  const first = await observed(client.binary);
  if (values.record) {
    const rounds: [Contract, ...Contract[]] = [first];
    while (rounds.length < ROUNDS) rounds.push(await observed(client.binary));
    const file = contractFile(first.version);
    const text = await format(JSON.stringify(merged(rounds)), {
      ...(await resolveConfig(file)),
      filepath: file,
    });
    writeFileSync(file, text);
    print(`Recorded the contract of ${first.version} in ${file}`);
    return 0;
  }
  const recorded = contractFor(first.version);
  const lines = differences(recorded, first);
  print(
    lines.length === 0
      ? `Claude Code ${first.version} emits what is recorded of ${recorded.version}.`
      : `Claude Code ${first.version} differs from what is recorded of ${recorded.version}:\n${lines.join('\n')}`,
  );
  if (first.hook_events === null)
    say('The types of the Agent SDK could not be read: hook names were not compared.');
  if (first.status_line === null) say('No terminal could be made: the status line was not compared.');
  return lines.length === 0 ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    say(`drift: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  },
);
