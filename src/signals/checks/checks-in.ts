/**
 * The checks that a call of Bash runs, and what its one exit code tells of each. What it does not tell is unknown:
 *
 * - `a && b`: a success means that both passed; a failure is the only check's, if all others are sure to succeed (`cd`);
 * - `a || b`: a failure means that both failed; a success tells nothing;
 * - `a ; b`, `a | b`: the exit code is that of `b`, unless `set -e` and `set -o pipefail` say otherwise;
 * - `a &`, loops, conditions and functions: unknown.
 */
import type { QualityClass } from '../../datasources/quality-classes.js';
import { LONGEST_COMMAND } from '../git/command.js';
import { readScript, type Chain, type Part, type Pipeline, type Script } from '../shell/script.js';
import { classesOf, patternTable, programOf, withoutAssignments, type PatternTable } from './class-of.js';
import { certain, excused, passing } from './table.js';

/** How a call or a check ended; empty if unknown. */
export type CheckStatus = 'success' | 'failure' | '';

/** A check that a call ran. */
export interface CheckRun {
  check: QualityClass;
  status: CheckStatus;
}

/** Tells how each check of a call went, in order, by how the call ended. */
export type Judge = (ended: CheckStatus) => CheckRun[];

const noPatterns = patternTable({});

/** What tells of the checks in a command; undefined if it runs none. */
export function readChecks(command: string, own: PatternTable = noPatterns): Judge | undefined {
  const script = readScript(command);
  if (script === undefined) return undefined;
  // What was cut off decides, too.
  if (command.length >= LONGEST_COMMAND) script.isPlain = false;
  const judge: Judge = (ended) => {
    const runs = new Runs(own);
    runs.addScript(script, ended === 'success' && mayBeExcused(script) ? '' : ended);
    return runs.found;
  };
  return judge('').length === 0 ? undefined : judge;
}

/** What `set` has changed so far. */
interface Flags {
  stopsAtFailure: boolean;
  pipesFail: boolean;
  /** Whether `set -e` has no effect here: before `&&` and `||`, and after `!`. */
  neverStops: boolean;
}

const noFlags: Flags = { stopsAtFailure: false, pipesFail: false, neverStops: false };

class Runs {
  readonly found: CheckRun[] = [];

  constructor(private readonly own: PatternTable) {}

  addScript({ chains, isPlain }: Script, ended: CheckStatus, outer?: Flags): void {
    const flags = { ...(outer ?? noFlags) };
    // After `set -e`, `;` is as `&&`.
    const joined: Chain['pipelines'] = [];
    let isKnown = isPlain;
    for (const [n, { pipelines, isBackground }] of chains.entries()) {
      readFlags(pipelines, flags);
      const isLast = n === chains.length - 1;
      const [first] = pipelines;
      if (flags.stopsAtFailure && first !== undefined && pipelines.length === 1 && !isBackground)
        joined.push({ ...first, after: joined.length === 0 ? '' : '&&' });
      else {
        this.#addChain(
          joined.splice(0),
          isKnown && flags.stopsAtFailure && ended === 'success' ? ended : '',
          flags,
          true,
        );
        const tells = isKnown && isLast && !isBackground && !(flags.stopsAtFailure && ended === 'failure');
        this.#addChain(pipelines, tells ? ended : '', flags);
        // What failed may have been here.
        if (flags.stopsAtFailure && ended === 'failure') isKnown = false;
      }
      // What follows may not have run.
      if (!isLast && mayLeave(pipelines, ended)) isKnown = false;
    }
    this.#addChain(joined, isKnown ? ended : '', flags, true);
  }

  /** @param isJoined whether `set -e` joins the pipelines, not `&&` and `||` */
  #addChain(pipelines: Chain['pipelines'], ended: CheckStatus, flags: Flags, isJoined = false): void {
    // Whether all pipelines before each one are sure to succeed.
    const isSureBefore: boolean[] = [];
    let isSure = true;
    for (const { pipeline } of pipelines) {
      isSureBefore.push(isSure);
      isSure &&= isCertain(pipeline);
    }
    const ends: CheckStatus[] = [];
    let own = ended;
    for (const [n, last] of [...pipelines.entries()].reverse()) {
      const [ofBefore, ofLast] = split(isSureBefore[n] === true, n === 0, last, own);
      ends[n] = ofLast;
      own = ofBefore;
    }
    for (const [n, { pipeline }] of pipelines.entries()) {
      const neverStops = pipeline.isNegated || (!isJoined && n < pipelines.length - 1);
      this.#addPipeline(pipeline, ends[n] ?? '', neverStops ? withoutStops(flags) : flags);
    }
  }

  #addPipeline({ parts, isNegated }: Pipeline, ended: CheckStatus, flags: Flags): void {
    const own = isNegated ? turned(ended) : ended;
    const failing = parts.filter((part) => !isPassing(part)).length;
    for (const [n, part] of parts.entries()) {
      const isLast = n === parts.length - 1;
      const doOthersPass = failing === (isPassing(part) ? 0 : 1);
      const tells = flags.pipesFail ? own === 'success' || doOthersPass : isLast;
      this.#addPart(part, tells ? own : '', flags);
    }
  }

  #addPart(part: Part, status: CheckStatus, flags: Flags): void {
    if ('group' in part) {
      this.addScript(part.group, status, flags);
      return;
    }
    const inner = innerScript(part.words);
    if (inner !== undefined) {
      const script = readScript(inner.text);
      if (script !== undefined) this.addScript(script, status, inner.flags);
      return;
    }
    const classes = classesOf(part.words, this.own);
    // Several targets of one program: a failure is one of theirs.
    const each = classes.length > 1 && status === 'failure' ? '' : status;
    for (const check of classes) this.found.push({ check, status: each });
  }
}

/** What a chain's end tells of its last pipeline and of those before it, which may be sure to succeed. */
function split(
  isSureBefore: boolean,
  isFirst: boolean,
  last: Chain['pipelines'][number],
  ended: CheckStatus,
): [ofBefore: CheckStatus, ofLast: CheckStatus] {
  if (isFirst) return ['', ended];
  if (ended === '') return ['', ''];
  if (last.after === '||') {
    if (alwaysFails(last.pipeline)) return [ended, ''];
    return ended === 'failure' ? [ended, ended] : ['', ''];
  }
  if (ended === 'success') return [ended, ended];
  if (isSureBefore) return ['', ended];
  return isCertain(last.pipeline) ? [ended, ''] : ['', ''];
}

const withoutStops = (flags: Flags): Flags => ({ ...flags, stopsAtFailure: false, neverStops: true });

const turned = (status: CheckStatus): CheckStatus =>
  status === '' ? '' : status === 'success' ? 'failure' : 'success';

const programIn = (part: Part): string =>
  'group' in part ? '' : programOf(withoutAssignments(part.words)[0] ?? '');

/** Whether a pipeline is sure to succeed. A command that only sets variables is, unless another one's output is a value. */
function isCertain({ parts, isNegated }: Pipeline): boolean {
  return (
    !isNegated &&
    parts.every((part) => {
      if ('group' in part) return false;
      if (withoutAssignments(part.words).length > 0) return certain.has(programIn(part));
      return !part.words.some((word) => /\$\(|`/.test(word));
    })
  );
}

function isPassing(part: Part): boolean {
  return passing.has(programIn(part));
}

/** Whether a pipeline never succeeds: `false`, or `exit 1`. */
function alwaysFails({ parts: [part, ...others], isNegated }: Pipeline): boolean {
  if (part === undefined || others.length > 0 || isNegated || 'group' in part) return false;
  const [program, code] = part.words;
  return program === 'false' || (program === 'exit' && /^[1-9]\d*$/.test(code ?? ''));
}

/** Whether a chain may have ended the script, so that the call ended so. */
function mayLeave(pipelines: Chain['pipelines'], ended: CheckStatus): boolean {
  return pipelines.some(({ pipeline }) =>
    pipeline.parts.some((part) => {
      if ('group' in part) return part.group.chains.some((chain) => mayLeave(chain.pipelines, ended));
      const isFailing = ended === 'success' && alwaysFails({ parts: [part], isNegated: false });
      return ['exit', 'return', 'exec'].includes(part.words[0] ?? '') && !isFailing;
    }),
  );
}

/** Takes note of `set -e` and `set -o pipefail`. */
function readFlags(pipelines: Chain['pipelines'], flags: Flags): void {
  for (const { pipeline } of pipelines)
    for (const part of pipeline.parts) {
      if ('group' in part || part.words[0] !== 'set') continue;
      for (const [n, word] of part.words.entries()) {
        if (/^-[a-zA-Z]*e/.test(word)) flags.stopsAtFailure = !flags.neverStops;
        if (/^\+[a-zA-Z]*e/.test(word)) flags.stopsAtFailure = false;
        if (word === 'errexit')
          flags.stopsAtFailure = !flags.neverStops && (part.words[n - 1] ?? '').startsWith('-');
        if (word === 'pipefail') flags.pipesFail = (part.words[n - 1] ?? '').startsWith('-');
      }
    }
}

/** The script of `bash -c 'SCRIPT'` with its options; undefined if the command is none. */
function innerScript(words: readonly string[]): { text: string; flags: Flags } | undefined {
  const [program = '', ...others] = withoutAssignments(words);
  if (!['bash', 'sh', 'zsh'].includes(programOf(program))) return undefined;
  const option = others.findIndex((word) => /^-[a-z]*c$/.test(word));
  const text = others[option + 1];
  if (option === -1 || text === undefined) return undefined;
  const flags = { ...noFlags };
  const part = { words: ['set', ...others.slice(0, option + 1)] };
  readFlags([{ after: '', pipeline: { parts: [part], isNegated: false } }], flags);
  return { text, flags };
}

/** Whether the last command is one whose exit code 1 the client reports as a success. */
function mayBeExcused({ chains }: Script): boolean {
  const part = chains.at(-1)?.pipelines.at(-1)?.pipeline.parts.at(-1);
  if (part === undefined) return false;
  return 'group' in part ? mayBeExcused(part.group) : excused.has(programIn(part));
}
