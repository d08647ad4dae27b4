/** What a transcript says, after its lines were joined. */
import type { EpochMs } from '../../base/time/units.js';
import type { CheckRun } from '../checks/checks-in.js';
import type { MadeCommit } from '../git/made-commits.js';
import type { SessionType } from '../../datasources/session-types.js';
import type { Usage } from '../pricing.js';
import type { ClientNote } from './client-notes.js';
import type { EditedLines } from './edited-lines.js';
import type { TranscriptText } from './texts.js';

/** One response of the API, joined from its lines. */
export interface Response {
  /**
   * Request id; with `|` and the message id after it if others may have the same (reused-ids.ts); without one the message
   * id, and a hash of the first line's uuid and time; without both the uuid of the line. Of a further call of a response
   * (see `isBeside`): the key of the response, `:iter:` and its place in the list.
   */
  key: string;
  requestId: string;
  messageId: string;
  model: string;
  /** Time of the response's first line. */
  at: EpochMs;
  usage: Usage;
  /** Whether it is a further call that the API made for a response and bills beside it: an advisor's, or a compaction. */
  isBeside: boolean;
  /** Whether the kept line has a stop reason; without one its numbers may be placeholders. */
  final: boolean;
  /** Whether the API declined the request before any output: then it bills nothing. */
  declined: boolean;
  sidechain: boolean;
  promptId: string;
  agentId: string;
  agentType: string;
  skillName: string;
  branch: string;
  copy: boolean;
  /** Offset after its last line in the file. */
  end: number;
}

/** A tool call and its outcome. */
export interface ToolCall {
  id: string;
  name: string;
  /** Time of the call. */
  at: EpochMs;
  promptId: string;
  /** The model that made it. */
  model: string;
  /** The branch that was checked out; empty if unknown. */
  branch: string;
  /** Name of the skill, for a call of the Skill tool. */
  skill: string;
  /** Null until there is a result. */
  outcome: ToolOutcome | null;
  copy: boolean;
  /** Offset after its last line in the file. */
  end: number;
  /** Its number among the calls and notes of its thread, in order of the file. */
  place: number;
}

/** A call of Bash that may have made commits that git did not print. */
export interface QuietCall {
  /** Whether it asks git for commits; else it has an alias or a script that may make some. */
  isAsked: boolean;
  /** Absolute paths of the folders in which it may have made them. */
  folders: readonly string[];
  /** The hashes that its reverts name. */
  reverted: readonly string[];
  /** The most commits that it can have made besides those that git printed; null if it cannot be told. */
  most: number | null;
}

/** The outcome of a tool call. */
export interface ToolOutcome {
  at: EpochMs;
  failed: boolean;
  errorClass: string;
  /** The status in the result: `completed`, `async_launched`, … Empty if it has none. */
  status: string;
  /** Lines added and removed; null if the result does not report lines. */
  lines: EditedLines | null;
  /** The commits that a call of Bash made, in order. */
  commits: readonly MadeCommit[];
  /** How a call of Bash may have made commits that git did not print; undefined for most. */
  quiet: QuietCall | undefined;
  /** The checks that a call of Bash ran, in order. */
  checks: readonly CheckRun[];
}

/** A typed `/name`: a skill or a command. */
export interface TypedCommand {
  name: string;
  at: EpochMs;
  promptId: string;
  /** The session's working directory. */
  cwd: string;
  copy: boolean;
  /** Offset after its line in the file. */
  end: number;
}

/** The content of one transcript file. */
export interface Transcript {
  responses: Response[];
  toolCalls: ToolCall[];
  /** Ids of the prompts that began in this file's own life; of old clients' prompts the uuids of their lines. */
  prompts: string[];
  commands: TypedCommand[];
  /** What the client noted besides messages, each once. */
  notes: ClientNote[];
  /** The texts that the tier of the reading keeps; none at tier 1. */
  texts: TranscriptText[];
  /** Background subagents whose end was reported, by id, with the reported status, e.g. `completed`. */
  agentNews: Map<string, string>;
  /** The prompt that the file's first line belongs to; empty if unknown. */
  firstPromptId: string;
  /** The working directory at the start of the session; empty if unknown. */
  cwd: string;
  /** The working directories of all lines; none at tier 1. */
  folders: ReadonlySet<string>;
  /** How the session was started; empty if its lines do not tell. */
  type: SessionType | '';
  /** Times of the first and last own line; null without own lines. */
  firstAt: EpochMs | null;
  lastAt: EpochMs | null;
  /** Whether a `queue-operation` line marks for certain where the file's own life begins. */
  hasMark: boolean;
  /** The last `cost-state` line, which has the client's own costs; empty if there is none. */
  costState: string;
  /** Records that are damaged, and lines that are not a JSON object. */
  corruptLines: number;
  /**
   * Lines that were understood but not counted: responses and notes without an id, with a time that cannot be stored, or
   * without counts that are numbers.
   */
  leftOutLines: number;
}
