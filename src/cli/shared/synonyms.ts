/** Names that other tools have for our commands and options, so that "did you mean" works for them too. */
import type { Command } from '@commander-js/extra-typings';
import { UsageError } from './options.js';

/** What to type instead of a command that does not exist. */
const commands: Record<string, string> = {
  blocks: 'trends --hourly',
  cost: 'summary',
  costs: 'summary',
  dashboard: 'open',
  diagnose: 'doctor',
  health: 'status',
  history: 'backfill',
  info: 'status',
  install: 'init',
  logs: 'status',
  query: 'sql',
  remove: 'init --remove',
  report: 'summary',
  serve: 'up',
  setup: 'init',
  spend: 'summary',
  start: 'up --detach',
  stats: 'summary',
  stop: 'down',
  subagents: 'agents',
  sync: 'backfill',
  today: 'summary --since today',
  tokens: 'daily',
  tools: 'failures',
  ui: 'open',
  uninstall: 'init --remove',
  usage: 'summary',
  web: 'open',
};

/** Options of other tools, and our equivalents. */
const options: Record<string, string> = {
  '--after': '--since',
  '--before': '--until',
  '--days': '--since 7d',
  '--end': '--until',
  '--from': '--since',
  '--per-model': '--breakdown',
  '--start': '--since',
  '--to': '--until',
  '--tz': '--timezone',
};

/** Adds hidden commands that only say what to type instead. */
export function addSynonyms(program: Command): void {
  for (const [word, meant] of Object.entries(commands)) {
    if (program.commands.some((one) => one.name() === word)) continue;
    program
      .command(word, { hidden: true })
      .argument('[args...]')
      .allowUnknownOption()
      .helpOption(false)
      .action(() => {
        throw new UsageError(`unknown command '${word}' (Did you mean atel ${meant}?)`);
      });
  }
}

/** Adds the option that was meant to commander's message about an unknown option, unless it suggests one itself. */
export function withMeantOption(message: string): string {
  const [, option = ''] = /unknown option '(--[a-z-]+)(?:=[^']*)?'/.exec(message) ?? [];
  const meant = Object.hasOwn(options, option) ? options[option] : undefined;
  if (meant === undefined) return message;
  return message.replace(/\n\(Did you mean [^)]*\)/, '').replace(/\n?$/, `\n(Did you mean ${meant}?)\n`);
}
