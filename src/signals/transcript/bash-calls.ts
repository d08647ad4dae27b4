/** What calls of Bash did: commits and checks. A command is read when it is called, its end when its result comes. */
import { Picker } from '../../base/json-scan/pick.js';
import { asObject, asText, type Json } from '../../base/json/json.js';
import { readChecks, type CheckRun, type Judge } from '../checks/checks-in.js';
import type { PatternTable } from '../checks/class-of.js';
import { commitFolders, mayCommit, readGitCommand, type GitCommand } from '../git/command.js';
import { commitsOfCall, type MadeCommit } from '../git/made-commits.js';
import { resultOf } from './result.js';
import type { QuietCall } from './transcript-types.js';

/** Longest output of a command that is read, bytes as written. The client itself keeps 30,000 characters. */
const LONGEST_OUTPUT = 200_000;

/** The further parts of a line that are read for a call that ran checks; a subagent's has no toolUseResult. */
const endPicker = new Picker({
  keys: {
    toolUseResult: { keys: { interrupted: {}, backgroundTaskId: {} } },
    message: { keys: { content: { items: { keys: { tool_use_id: {}, content: { text: 400 } } } } } },
  },
});

/** The further parts of a line that are read for a call that may have made commits; a subagent's has no toolUseResult. */
const outputPicker = new Picker({
  keys: {
    toolUseResult: {
      keys: {
        stdout: { text: LONGEST_OUTPUT },
        gitOperation: { keys: { commit: { keys: { sha: {}, branch: {} } } } },
      },
    },
    message: {
      keys: { content: { items: { keys: { tool_use_id: {}, content: { text: LONGEST_OUTPUT } } } } },
    },
  },
});

/**
 * Exit codes that a shell, `timeout` or a signal gives: the time was over (124), the command cannot be run (126) or does
 * not exist (127), or it was ended (130, 137, 143).
 */
const nothingJudged = new Set(['exit_124', 'exit_126', 'exit_127', 'exit_130', 'exit_137', 'exit_143']);

const noCommits: readonly MadeCommit[] = [];
const noChecks: readonly CheckRun[] = [];

/** The calls of Bash of one session that may have made commits or run checks. */
export class BashCalls {
  /** What calls of Bash ask git to commit, by the call. */
  readonly #gitCommands = new Map<string, GitCommand & { folders: string[] }>();
  /** The folder of calls of Bash that may commit by an alias or a script, by the call. */
  readonly #scripts = new Map<string, string>();
  /** What tells of the checks of calls of Bash, by the call. */
  readonly #judges = new Map<string, Judge>();

  /** @param checks which commands are checks, besides those that this program knows */
  constructor(private readonly checks?: PatternTable) {}

  /** Reads the command of a call, which runs in the folder. */
  add(id: string, input: Json | undefined, cwd: string): void {
    const shell = asText(input?.command) ?? '';
    const git = readGitCommand(shell);
    if (git !== undefined) this.#gitCommands.set(id, { ...git, folders: commitFolders(shell, cwd) });
    if ((git?.kinds.length ?? 0) === 0 && mayCommit(shell)) this.#scripts.set(id, cwd);
    const judge = readChecks(shell, this.checks);
    if (judge !== undefined)
      this.#judges.set(id, input?.run_in_background === true ? () => judge('') : judge);
  }

  /** The commits that a call made, by the result in a line, which is in the picker's memory. */
  commitsOf(callId: string, from: number, to: number): readonly MadeCommit[] {
    const command = this.#gitCommands.get(callId);
    if (command === undefined) return noCommits;
    const line = outputPicker.pickMore(from, to);
    const result = asObject(line?.toolUseResult);
    const said = resultOf(callId, line);
    const output = asText(result?.stdout) ?? asText(said) ?? '';
    const commits = commitsOfCall(command, output, result?.gitOperation);
    const { folders } = command;
    const isPaired = folders.length === commits.length;
    const isOne = new Set(folders).size === 1;
    return commits.map((commit, n) => ({
      ...commit,
      folder: (isPaired ? folders[n] : isOne ? folders[0] : '') ?? '',
    }));
  }

  /**
   * How a call may have made commits that git did not print; undefined if it made none, or git printed all of them.
   *
   * @param printed how many commits git printed
   */
  quietOf(callId: string, failure: string, printed: number): QuietCall | undefined {
    if (failure === 'denied') return undefined;
    const command = this.#gitCommands.get(callId);
    if (command === undefined || command.kinds.length === 0) {
      const cwd = this.#scripts.get(callId);
      return cwd === undefined || printed > 0
        ? undefined
        : { isAsked: false, folders: [cwd], reverted: [], most: null };
    }
    const { kinds, folders, reverted, most, isJudged } = command;
    if (most === 0 || (printed > 0 && printed >= kinds.length)) return undefined;
    if (isJudged && failure.startsWith('exit_')) return undefined;
    return {
      isAsked: true,
      folders: [...new Set(folders)].filter((folder) => folder !== ''),
      reverted,
      most: most === null ? null : most - printed,
    };
  }

  /** The checks that a call ran, by the result in a line. One that was denied ran none. */
  checksOf(callId: string, failed: boolean, failure: string, from: number, to: number): readonly CheckRun[] {
    const judge = this.#judges.get(callId);
    if (judge === undefined || failure === 'denied') return noChecks;
    if (failed) return judge(failure.startsWith('exit_') && !nothingJudged.has(failure) ? 'failure' : '');
    const line = endPicker.pickMore(from, to);
    const result = asObject(line?.toolUseResult);
    const said = resultOf(callId, line);
    const isCut = result?.interrupted === true || typeof result?.backgroundTaskId === 'string';
    return judge(isCut || /^Command\b.{0,60}\bbackground/.test(asText(said) ?? '') ? '' : 'success');
  }
}
