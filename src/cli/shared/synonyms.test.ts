import { Command } from '@commander-js/extra-typings';
import { expect, it } from 'vitest';
import { commands } from '../commands/index.js';
import { addSynonyms, withMeantOption } from './synonyms.js';

function program(): Command {
  const whole = new Command('atel').enablePositionalOptions().exitOverride();
  const outside = {
    program: whole,
    config: () => {
      throw new Error('No command runs, so none reads the settings.');
    },
    print: () => undefined,
    complain: () => undefined,
  };
  for (const one of commands) one.addTo(outside);
  addSynonyms(whole);
  return whole;
}

it.each([
  ['stop', 'down'],
  ['cost', 'summary'],
  ['usage', 'summary'],
  ['diagnose', 'doctor'],
  ['blocks', 'trends --hourly'],
])('atel %s, with any options, says that atel %s was meant', async (word, meant) => {
  await expect(program().parseAsync(['node', 'atel', word, '--json', 'x'])).rejects.toThrow(
    `unknown command '${word}' (Did you mean atel ${meant}?)`,
  );
});

it('every synonym names a command that exists', async () => {
  const whole = program();
  const names = commands.map(({ name }) => name);
  const words = whole.commands.map((one) => one.name()).filter((name) => !names.includes(name));
  expect(words.length).toBeGreaterThan(20);
  for (const word of words) {
    const error: unknown = await program()
      .parseAsync(['node', 'atel', word])
      .catch((thrown: unknown) => thrown);
    const [, meant = ''] = /Did you mean atel (\w+)/.exec(String(error)) ?? [];
    expect(names, word).toContain(meant);
  }
});

it('for an option of another tool, our equivalent is suggested and not one that is spelled alike', () => {
  expect(withMeantOption("error: unknown option '--from'\n(Did you mean --file?)\n")).toBe(
    "error: unknown option '--from'\n(Did you mean --since?)\n",
  );
  expect(withMeantOption("error: unknown option '--days=30'")).toBe(
    "error: unknown option '--days=30'\n(Did you mean --since 7d?)\n",
  );
  const other = "error: unknown option '--sinc'\n(Did you mean --since?)\n";
  expect(withMeantOption(other)).toBe(other);
});

it('the overview lists each command on one line of at most 80 columns, in its group, without plumbing', () => {
  const help = program()
    .configureHelp({ helpWidth: 80, subcommandTerm: (one) => one.name() })
    .helpInformation();
  for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  const headings = help.split('\n').filter((line) => /^[A-Z].*:$/.test(line));
  expect(headings).toEqual(['Options:', 'Start:', 'Ask:', 'Your own tools:', 'Export:', 'Commands:']);
  const listed = help.split('\n').flatMap((line) => /^ {2}([a-z-]+) {2,}\S/.exec(line)?.[1] ?? []);
  expect(listed).toEqual([
    ...commands
      .map(({ name }) => name)
      .filter((name) => !['hook-handler', 'statusline', 'completion'].includes(name)),
    'help',
  ]);
});
