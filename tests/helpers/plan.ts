/**
 * A plan: what the scripted API answers, written inside the prompt itself.
 *
 *     PLAN: bash ls ; agent Explore <<PLAN: bash ls -a ; say found it>> + agent reviewer <<PLAN: say ok>> ; say done
 *
 * ` ; ` separates model responses, ` + ` separates the content blocks of one response. A plan is one line.
 * `call NAME {JSON}` calls any other tool by its name.
 * `overloaded once`, `broken once` and `broken always` are no responses: they say what happens to the next one.
 * A subagent finds its own plan in its prompt, between `<<` and `>>`; separators in there belong to the subagent.
 */

import { z } from 'zod';

const callInput = z.record(z.string(), z.unknown());

/** One content block that the model is to produce. */
export type Action =
  | { verb: 'say'; text: string }
  | { verb: 'bash'; command: string }
  | { verb: 'read'; file: string }
  | { verb: 'write'; file: string }
  | { verb: 'skill'; name: string; args: string }
  | { verb: 'call'; name: string; input: Record<string, unknown> }
  | { verb: 'agent'; type: string; prompt: string; background: boolean | undefined };

/**
 * One model response. `overloaded` means that the API first refuses it once with 529; `broken`, that its stream breaks
 * off in the first block, once or each time.
 */
export interface Step {
  text: string;
  actions: Action[];
  overloaded: boolean;
  broken: 'once' | 'always' | null;
}

/** The words of a plan that say what happens to the step after them. */
const troubles: Record<string, Partial<Step>> = {
  'overloaded once': { overloaded: true },
  'broken once': { broken: 'once' },
  'broken always': { broken: 'always' },
};

const MARK = 'PLAN:';

/** The plan in a text, from its first `PLAN:` to the end of the line; undefined if there is none. */
export function findPlan(text: string): string | undefined {
  const start = text.indexOf(MARK);
  if (start === -1) return undefined;
  const line = text.slice(start + MARK.length).split('\n', 1)[0] ?? '';
  return line.replace(/<\/command-args>.*$/, '').trim();
}

/**
 * Parses a plan (without `PLAN:`) into steps. {@link troubles} are no responses: they mark the step after them. Throws an error that quotes the action it could not parse.
 */
export function parsePlan(plan: string): Step[] {
  const steps: Step[] = [];
  let marked: Partial<Step> = {};
  for (const text of split(plan, ';')) {
    const trouble = troubles[text];
    if (trouble !== undefined) {
      marked = { ...marked, ...trouble };
      continue;
    }
    const actions = split(text, '+').map(parseAction);
    steps.push({ text, actions, overloaded: false, broken: null, ...marked });
    marked = {};
  }
  return steps;
}

/** Splits at ` SEPARATOR ` outside `<<` and `>>`. */
function split(text: string, separator: ';' | '+'): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const token of text.split(/(<<|>>|\s[;+]\s)/)) {
    if (token === '<<') depth += 1;
    if (token === '>>') depth -= 1;
    if (depth === 0 && /^\s[;+]\s$/.test(token) && token.trim() === separator) {
      parts.push(part.trim());
      part = '';
    } else {
      part += token;
    }
  }
  return [...parts, part.trim()].filter((each) => each !== '');
}

function parseAction(text: string): Action {
  const agent = /^agent (\S+)(?: (background|foreground))? <<(.*)>>$/.exec(text);
  if (agent) {
    const background = agent[2] === undefined ? undefined : agent[2] === 'background';
    return { verb: 'agent', type: agent[1] ?? '', prompt: agent[3] ?? '', background };
  }
  const call = /^call (\S+) (\{.*\})$/.exec(text);
  if (call) return { verb: 'call', name: call[1] ?? '', input: callInput.parse(JSON.parse(call[2] ?? '')) };
  const skill = /^skill (\S+) ?(.*)$/.exec(text);
  if (skill) return { verb: 'skill', name: skill[1] ?? '', args: skill[2] ?? '' };

  const [, verb = '', rest = ''] = /^(\S+) (.+)$/.exec(text) ?? [];
  switch (verb) {
    case 'say':
      return { verb, text: rest };
    case 'bash':
      return { verb, command: rest };
    case 'read':
    case 'write':
      return { verb, file: rest };
    default:
      throw new Error(`The plan has an action that the scripted API does not know: "${text}"`);
  }
}
