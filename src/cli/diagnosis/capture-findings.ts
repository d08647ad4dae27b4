/** Findings about recording: is everything recorded that happens in this folder? */
import { overrideLine } from '../install/managed-settings.js';
import { sentence, type Finding } from './finding.js';
import { hookTroubles, initCommand, wherever } from './hook-troubles.js';
import type { Status } from './state.js';

const problem = (id: string, what: string, why: string, command: string | null): Finding => ({
  id,
  class: 'capture',
  severity: 'problem',
  what,
  why,
  command,
});
const hint = (...given: Parameters<typeof problem>): Finding => ({ ...problem(...given), severity: 'hint' });

export function captureFindings(current: Status): Finding[] {
  const { recording, capture, folder_problem: folder, program_problem: program } = current;
  const { hooks, hooks_off: off, otel } = capture;
  const broken = hooks.filter(({ broken_scripts: scripts }) => scripts.length > 0);
  const old = hooks.filter((place) => place.broken_scripts.length === 0 && hookTroubles(place).length > 0);
  return [
    ...(recording.enabled
      ? []
      : [
          problem(
            'recording_off',
            'Recording is switched off.',
            'The setting "enabled" is false: take it out of the settings file, or AGENT_TELEMETRY_ENABLED out of the environment.',
            null,
          ),
        ]),
    ...(hooks.length > 0
      ? []
      : [
          problem(
            'no_hooks',
            'No hooks are in your settings or in those of this folder.',
            'Sessions in this folder are recorded only from their transcripts, and only by atel backfill.',
            'atel init --project .',
          ),
        ]),
    ...off.map(({ file, key }) =>
      problem(
        'hooks_off',
        `Hooks are switched off by ${key} in ${file}.`,
        'Claude Code runs no hook of yours, so nothing is recorded. Take the setting out of that file.',
        null,
      ),
    ),
    ...broken.map((place) =>
      problem(
        'hook_scripts_missing',
        `Hooks ${wherever(place)}: ${hookTroubles(place)[0] ?? ''}.`,
        'Their events are not recorded. The command copies the scripts again.',
        initCommand(place),
      ),
    ),
    ...old.map((place) =>
      hint(
        'hooks_of_other_version',
        `Hooks ${wherever(place)}: ${hookTroubles(place).join('; ')}.`,
        'The command writes those of this version.',
        place.plugin === null ? initCommand(place) : null,
      ),
    ),
    ...(hooks.length < 2
      ? []
      : [
          hint(
            'hooks_twice',
            `Hooks are in ${hooks.length} places: ${hooks.map(wherever).join(' and ')}.`,
            'Each event is recorded that often. No total changes, but each hook takes its time. Keep one of them.',
            removeCommand(hooks),
          ),
        ]),
    ...(folder === null
      ? []
      : [
          problem(
            'folder_not_writable',
            sentence(folder),
            'Make room on the disk, or the folder writable.',
            null,
          ),
        ]),
    ...(program === null
      ? []
      : [
          problem(
            'program_missing',
            sentence(`The hooks do not find the program: ${program}`),
            'They write nothing until the link is renewed, which the command does.',
            'atel flush',
          ),
        ]),
    ...otel.overridden_by.map((override) =>
      problem(
        'otel_overridden',
        sentence(overrideLine(override)),
        'Who manages this machine can change that.',
        null,
      ),
    ),
    ...otel.ignored_in.map((file) =>
      hint(
        'otel_ignored',
        `${file} has OpenTelemetry's variables, which newer versions of Claude Code ignore there.`,
        'The command moves them into your own settings.',
        'atel init --otel',
      ),
    ),
    ...(otel.settings !== null && otel.requests === 0
      ? [
          hint(
            'otel_never_seen',
            'OpenTelemetry is configured, and nothing of it arrived in 30 days.',
            'Sessions that were started before know nothing of it: start a new one. The collector must answer meanwhile.',
            'atel up --detach',
          ),
        ]
      : []),
  ];
}

/** The command that removes one of several sets of hooks that are in settings. */
function removeCommand(hooks: Status['capture']['hooks']): string | null {
  const [place] = hooks.filter(({ plugin }) => plugin === null).reverse();
  return place === undefined ? null : `${initCommand(place)} --remove`;
}
