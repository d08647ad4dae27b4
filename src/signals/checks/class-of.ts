/** Which checks a command runs, by its words. */
import type { QualityClass } from '../../datasources/quality-classes.js';
import {
  environmentPrograms,
  exactAfterTest,
  noRun,
  noScript,
  patterns,
  scriptNames,
  scriptRunners,
  scriptWords,
  targetPrograms,
  targetValued,
  valued,
  wrappers,
  type PatternClass,
} from './table.js';

/** A pattern, ready to be compared. */
interface Pattern {
  /** Its words that are no options. */
  plain: readonly string[];
  options: readonly string[];
  is: PatternClass;
}

/** Patterns by their first word, those with the most words first. */
export type PatternTable = ReadonlyMap<string, readonly Pattern[]>;

/** How often a command may run another one. */
const MOST_WRAPPERS = 6;

/** The table of patterns, as the setting `quality_commands` or this program's own data have them. */
export function patternTable(from: Readonly<Record<string, PatternClass>>): PatternTable {
  const table = new Map<string, Pattern[]>();
  for (const [text, is] of Object.entries(from)) {
    const [first = '', ...others] = text.trim().split(/\s+/);
    const words = [programOf(first), ...others];
    const pattern = {
      plain: words.filter((word) => !word.startsWith('-')),
      options: words.filter((word) => word.startsWith('-')),
      is,
    };
    const known = table.get(words[0] ?? '');
    if (known === undefined) table.set(words[0] ?? '', [pattern]);
    else known.push(pattern);
  }
  const size = ({ plain, options }: Pattern) => plain.length + options.length;
  for (const list of table.values()) list.sort((one, other) => size(other) - size(one));
  return table;
}

const known = patternTable(patterns);
const runners = patternTable(Object.fromEntries(scriptRunners.map((text) => [text, 'none'])));
const wrapping = patternTable(Object.fromEntries(wrappers.map((text) => [text, 'none'])));

/** The checks that a command runs, in order; none if it is no check. */
export function classesOf(words: readonly string[], own: PatternTable): QualityClass[] {
  let rest = words;
  for (let depth = 0; depth < MOST_WRAPPERS; depth += 1) {
    rest = withoutAssignments(rest);
    const [first] = rest;
    if (first === undefined || rest.some((word) => noRun.has(word))) return [];
    const command = [programOf(first), ...rest.slice(1)];
    const ofUser = matchIn(own, command);
    const environments = ofUser === undefined ? environmentsOf(command) : undefined;
    if (environments !== undefined) return environments;
    const pattern = ofUser ?? matchIn(known, command);
    if (pattern !== undefined) return pattern.is === 'none' ? [] : [pattern.is];
    const targets = targetsOf(command);
    if (targets !== undefined) return targets;
    const script = scriptOf(first, command);
    if (script !== undefined) return script === 'none' ? [] : [script];
    const wrapper = matchIn(wrapping, command);
    if (wrapper === undefined) return [];
    rest = afterPlain(command, wrapper.plain.length);
  }
  return [];
}

/** The name of a program: without its path, the version that `npx` takes, and the ending of Windows. */
export function programOf(word: string): string {
  const name = word.slice(word.lastIndexOf('/') + 1).replace(/(?<=.)@.*$|\.(?:exe|cmd)$/, '');
  return /^python3?(?:\.\d+)?$/.test(name) ? 'python' : name;
}

/** A command without the variables that it sets before it. */
export function withoutAssignments(words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) => !/^[A-Za-z_]\w*\+?=/.test(word));
  return start === -1 ? [] : words.slice(start);
}

/** The places of the words that are no options, and no values of options. */
function plainPlaces(command: readonly string[], withValue = valued): number[] {
  const places: number[] = [];
  for (let at = 0; at < command.length; at += 1) {
    const word = command[at] ?? '';
    if (withValue.has(word)) at += 1;
    else if (!/^[-+]./.test(word)) places.push(at);
  }
  return places;
}

function matchIn(table: PatternTable, command: readonly string[]): Pattern | undefined {
  const list = table.get(command[0] ?? '');
  if (list === undefined) return undefined;
  const plain = plainPlaces(command).map((at) => command[at]);
  return list.find(
    (pattern) =>
      pattern.plain.every((word, n) => plain[n] !== undefined && (word === '*' || word === plain[n])) &&
      pattern.options.every((option) =>
        command.some((word) => word === option || word.startsWith(`${option}=`)),
      ),
  );
}

/** What follows the first plain words of a command, and the options after them. */
function afterPlain(command: readonly string[], count: number): readonly string[] {
  const next = plainPlaces(command)[count];
  return next === undefined ? [] : command.slice(next);
}

/** The checks of a program that takes names of targets; undefined if it is no such program. */
function targetsOf(command: readonly string[]): QualityClass[] | undefined {
  const [program = ''] = command;
  if (!Object.hasOwn(targetPrograms, program)) return undefined;
  const own = targetPrograms[program] ?? {};
  const withValue = Object.hasOwn(targetValued, program) ? targetValued[program] : valued;
  const words = plainPlaces(command, withValue)
    .slice(1)
    .map((at) => command[at] ?? '')
    .filter((name) => !name.includes('='));
  const names = program === 'nx' ? nxTargets(command, words) : words;
  const skipsTests = command.some((word) => /^-D(?:skipTests|maven\.test\.skip)(?:=true)?$/.test(word));
  return (names.length === 0 ? [''] : names).flatMap((name) => {
    const target = name.slice(name.lastIndexOf(':') + 1);
    const is = (Object.hasOwn(own, target) ? own[target] : undefined) ?? nameClass(nameIn(program, name));
    if (is === undefined || is === 'none') return [];
    // Maven compiles the tests, and does not run them.
    return [is === 'test' && skipsTests ? 'build' : is];
  });
}

/**
 * The checks of a program that takes names of environments, `tox -e lint,py312`; undefined if none is named. One whose
 * name says nothing (`py312`) runs the tests.
 */
function environmentsOf(command: readonly string[]): QualityClass[] | undefined {
  const [program = ''] = command;
  const options = Object.hasOwn(environmentPrograms, program) ? environmentPrograms[program] : undefined;
  if (options === undefined) return undefined;
  const names = command.flatMap((word, n) => {
    if (options.has(command[n - 1] ?? '')) return word.split(',');
    const [option = '', value] = word.split('=');
    return value !== undefined && options.has(option) ? value.split(',') : [];
  });
  if (names.length === 0) return undefined;
  return names.flatMap((name) => {
    const is = nameClass(name) ?? 'test';
    return is === 'none' ? [] : [is];
  });
}

/** A target's name; without its module for programs whose modules have names, such as `:test-utils:build`. */
function nameIn(program: string, name: string): string {
  if (program === 'nx') return name.split(':')[1] ?? name;
  return ['gradle', 'gradlew'].includes(program) ? name.slice(name.lastIndexOf(':') + 1) : name;
}

/** The targets in a command of Nx, `nx TARGET PROJECT`: a project may have a name such as `web-e2e`. */
function nxTargets(
  command: readonly string[],
  [first = '', ...others]: readonly string[],
): readonly string[] {
  if (first === 'run') return others.slice(0, 1);
  if (first !== 'run-many' && first !== 'affected') return [first];
  const given = command.flatMap((word) => /^(?:-t|--targets?)=(.+)$/.exec(word)?.[1] ?? []);
  return [...given, ...others].flatMap((names) => names.split(','));
}

/** The class of a script of the project, or of a shell script; undefined if the command runs none that has one. */
function scriptOf(first: string, command: readonly string[]): PatternClass | undefined {
  const runner = matchIn(runners, command);
  if (runner !== undefined) {
    const name = afterPlain(command, runner.plain.length)[0];
    return name === undefined ? undefined : nameClass(name);
  }
  return /\.(?:sh|bash)$/.test(first) ? nameClass(programOf(first).replace(/\.\w+$/, '')) : undefined;
}

/** What the name of a script or a target says of it. */
function nameClass(name: string): PatternClass | undefined {
  if (Object.hasOwn(scriptNames, name)) return scriptNames[name];
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  if (words.some((word) => noScript.has(word))) return 'none';
  const classes = words.flatMap((word) =>
    Object.hasOwn(scriptWords, word) ? [scriptWords[word] ?? 'none'] : [],
  );
  const [first] = classes;
  return first === 'test' ? (classes.find((one) => exactAfterTest.has(one)) ?? first) : first;
}
