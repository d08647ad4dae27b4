import { Command } from '@commander-js/extra-typings';
import { expect, it } from 'vitest';
import { logSchemas, schemas } from '../../schemas.js';
import { command, definition, type OptionsOf, type Outside } from '../shared/command.js';
import { commands } from './index.js';

/** The program with all its commands, before it reads the command line. */
function program(): Command {
  const whole = new Command('atel').enablePositionalOptions();
  const config = () => {
    throw new Error('No command runs, so none reads the settings.');
  };
  for (const one of commands)
    one.addTo({ program: whole, config, print: () => undefined, complain: () => undefined });
  return whole;
}

it('exactly the commands with --json name the schema of what they print', () => {
  const printing = program()
    .commands.filter(({ options }) => options.some(({ long }) => long === '--json'))
    .map((one) => one.name());
  expect(commands.flatMap(({ json }) => json ?? [])).toEqual(printing);
  expect([...printing].sort()).toEqual(Object.keys(schemas).sort());
});

it('every command whose log answer has a schema takes --file', () => {
  const fromLog = program()
    .commands.filter(({ options }) =>
      ['--json', '--file'].every((flag) => options.some(({ long }) => long === flag)),
    )
    .map((one) => one.name());
  expect(fromLog.sort()).toEqual(Object.keys(logSchemas).sort());
});

it('the options and arguments of a command have the types that its flags imply', async () => {
  const seen: unknown[] = [];
  const brew = definition({
    name: 'brew',
    group: 'ask',
    summary: 'Make tea',
    description: 'Make tea.',
    examples: [],
    flags: (one: Command) =>
      one.argument('<tea>').option('--minutes <count>', 'how long', '4').option('--no-milk', 'without milk'),
  });
  function run(options: OptionsOf<typeof brew.flags>, _: Outside, name: string): Promise<void> {
    const minutes: string = options.minutes;
    const milk: boolean = options.milk;
    // @ts-expect-error: a flag that does not exist, or was renamed, does not compile
    const renamed: unknown = options.steep;
    // @ts-expect-error: a text is not a number
    const text: number = options.minutes;
    seen.push({ minutes, milk, name, renamed, text });
    return Promise.resolve();
  }
  const made = command(brew, () => Promise.resolve({ run }));
  // @ts-expect-error: an action whose argument is not a text does not compile
  command(brew, () =>
    Promise.resolve({
      run: (_: unknown, __: Outside, grams: number) => Promise.reject(new RangeError(String(grams))),
    }),
  );
  const whole = new Command('kitchen');
  made.addTo({
    program: whole,
    config: () => {
      throw new Error('No settings are read.');
    },
    print: () => undefined,
    complain: () => undefined,
  });
  await whole.parseAsync(['node', 'kitchen', 'brew', 'Assam', '--no-milk']);
  expect(seen).toEqual([{ minutes: '4', milk: false, name: 'Assam', renamed: undefined, text: '4' }]);
});
