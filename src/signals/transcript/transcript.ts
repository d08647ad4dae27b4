/**
 * Reads Claude Code's transcripts: one JSON object per line, of many types, in a format that its makers call internal.
 *
 * Shape: `user` and `assistant` lines carry `message`; an assistant's message carries `usage`.
 *
 * Rule: one response is written as several lines with the same message id and request id. The line with the most output
 * tokens is the response (early lines hold placeholders; of equal ones the last counts), dated by its first line. Lines
 * dated before the file's own life began are copies that a fork made. Its life begins with its first `queue-operation`,
 * or with the prompt that the last snapshot at the file's head names (a fork in a terminal writes all copied snapshots
 * and the one of its own first prompt before the copied messages).
 *
 * Behind some gateways responses have no request id, and all of them may have one message id. Then a line belongs to the
 * response before it if it follows that one's last line, or if no prompt and no result of a tool came between; but not
 * if it has fewer output tokens. Such a response is known by its message id with the uuid and time of its first line,
 * which a copy keeps.
 *
 * A response's usage may list further calls that the API made for it and bills beside it ({@link BESIDE}): each is a
 * response of its own.
 * Source: reference notes on Claude Code, §3.
 */
import { isNote, noteShape, readNote, type ClientNote } from './client-notes.js';
import { editedLines, editedShape, type EditedLines } from './edited-lines.js';
import { findObject, holdText, isBlank, Picker, skipNothing, textIn } from '../../base/json-scan/pick.js';
import type { Shape } from '../../base/json-scan/shape.js';
import { asArray, asObject, asText, parseObject, type Json } from '../../base/json/json.js';
import { commitFolders, LONGEST_COMMAND, readGitCommand, type GitCommand } from '../git/command.js';
import { readChecks, type CheckRun, type Judge } from '../checks/checks-in.js';
import type { PatternTable } from '../checks/class-of.js';
import { commitsOfCall, type MadeCommit } from '../git/made-commits.js';
import { identify } from '../identity.js';
import { asId, asName } from '../privacy/name.js';
import { unlessMcpPrompt } from '../skills/mcp-prompt.js';
import type { Tier } from '../privacy/tier.js';
import { isClientsText, isTypedCommand, typedName, wordIn } from './markup.js';
import { textsOf, type TranscriptText } from './texts.js';
import type { Usage } from '../pricing.js';
import { isStoreTime } from '../../base/time/store-time.js';
import type { EpochMs } from '../../base/time/units.js';

/** One response of the API, joined from its lines. */
export interface Response {
  /**
   * Request id; without one the message id, and a hash of the first line's uuid and time; without both the uuid of the
   * line. Of a further call of a response (see `isBeside`): the key of the response, `:iter:` and its place in the list.
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
  /** The checks that a call of Bash ran, in order. */
  checks: readonly CheckRun[];
}

const noCommits: readonly MadeCommit[] = [];
const noChecks: readonly CheckRun[] = [];

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
  /** Ids of the prompts that began in this file's own life. */
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
   * Lines that were understood but not counted: with usage, but without an id, with a time that cannot be stored, or
   * with counts that are not numbers.
   */
  leftOutLines: number;
}

/** The counts of a usage. */
const countsShape = {
  input_tokens: {},
  output_tokens: {},
  cache_read_input_tokens: {},
  cache_creation_input_tokens: {},
  cache_creation: { keys: { ephemeral_5m_input_tokens: {}, ephemeral_1h_input_tokens: {} } },
} satisfies Record<string, Shape>;

/** The parts of a line that are read. The rest, nearly all of it, is skipped. */
export const lineShape: Shape = {
  keys: {
    type: {},
    subtype: {},
    uuid: {},
    parentUuid: {},
    apiBlockIndex: {},
    messageId: {},
    timestamp: { time: true },
    cwd: {},
    promptId: {},
    isMeta: {},
    isCompactSummary: {},
    isSidechain: {},
    isApiErrorMessage: {},
    requestId: {},
    agentId: {},
    attributionAgent: {},
    attributionSkill: {},
    gitBranch: {},
    forkedFrom: {},
    origin: { keys: { kind: {} } },
    toolUseResult: { text: 400, keys: { status: {}, success: {}, ...editedShape } },
    message: {
      keys: {
        id: {},
        model: {},
        stop_reason: {},
        usage: {
          keys: {
            ...countsShape,
            iterations: { items: { keys: { type: {}, model: {}, ...countsShape } } },
            server_tool_use: { keys: { web_search_requests: {} } },
            service_tier: {},
            speed: {},
            inference_geo: {},
          },
        },
        content: {
          text: 2_000,
          items: {
            keys: {
              type: {},
              id: {},
              name: {},
              tool_use_id: {},
              is_error: {},
              input: { keys: { skill: {}, run_in_background: {}, command: { text: LONGEST_COMMAND } } },
            },
          },
        },
      },
    },
  },
};
const linePicker = new Picker(lineShape);

/** The first names of the client's records. */
const RECORD_STARTS = ['parentUuid', 'type', 'logicalParentUuid', 'isSidechain', 'sessionId', 'uuid'];

/** The further parts of a line that are read for a failed call. */
const failurePicker = new Picker({
  keys: { message: { keys: { content: { items: { keys: { tool_use_id: {}, content: { text: 400 } } } } } } },
});

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

/** The further parts of a line in which the client notes something. */
const notePicker = new Picker(noteShape);

/** Builds a transcript line by line. Order matters: a prompt's id applies to the lines after it. */
export class TranscriptReader {
  readonly #responses = new Map<string, Response>();
  /** Further calls of responses, by the id of the response. */
  readonly #beside = new Map<string, Response[]>();
  /** The responses without a request id: by message id the one that was last written, and by uuid that of each line. */
  readonly #lastOf = new Map<string, { id: string; uuid: string; turn: number }>();
  readonly #lineOf = new Map<string, string>();
  /** The last response without any id, as its last line has it. */
  #lastBare: { id: string; uuid: string; turn: number; usage: Usage; isOpen: boolean } | undefined;
  /** Number of prompts and of results of tools so far. */
  #turn = 0;
  readonly #toolCalls = new Map<string, ToolCall>();
  /** What calls of Bash ask git to commit, by the call. */
  readonly #gitCommands = new Map<string, GitCommand & { folders: string[] }>();
  /** What tells of the checks of calls of Bash, by the call. */
  readonly #judges = new Map<string, Judge>();
  /**
   * Time of each prompt's last mention, by id: a fork writes the id of its own first prompt on every copied line, too.
   */
  readonly #prompts = new Map<string, number>();
  readonly #commands: TypedCommand[] = [];
  readonly #notes = new Map<string, ClientNote>();
  /** The sightings of each text, in the order of the file: which are copies is known only at the end. */
  readonly #texts = new Map<string, TranscriptText[]>();
  readonly #agentNews = new Map<string, string>();
  readonly #times: number[] = [];
  /** Cache of cleaned names by original text, since the same ones come again and again. */
  readonly #names = new Map<unknown, string>();
  #ownSince = -Infinity;
  #hasMark = false;
  /** Whether the file had a message so far. */
  #hasSpoken = false;
  /** The message that the last snapshot before all messages belongs to. */
  #snapshotOf = '';
  #cwd = '';
  #ownCwd = '';
  readonly #folders = new Set<string>();
  #promptId = '';
  /** The branch that was checked out at the last response. */
  #branch = '';
  #firstPromptId = '';
  #costState = '';
  /** The last `cost-state` lines of the files before. */
  readonly #formerCosts: string[] = [];
  #corrupt = 0;
  #leftOut = 0;
  #end = 0;
  /** Where the current line is in memory. */
  #from = 0;
  #to = 0;

  /**
   * @param tier the privacy tier whose texts are kept
   * @param checks which commands are checks, besides those that this program knows
   */
  constructor(
    private readonly tier: Tier = 1,
    private readonly checks?: PatternTable,
  ) {}

  /** Takes the next line of the file. Never throws, whatever the line contains. */
  add(text: string): void {
    const { from, to } = holdText(text);
    this.pick(from, to, this.#end + to - from + 1);
  }

  /**
   * Takes the next line from the picker's memory.
   *
   * @param end offset after the line in the file
   */
  pick(from: number, to: number, end: number): void {
    const line = linePicker.pick(from, to);
    if (line === undefined) {
      if (!isBlank(from, to)) this.#salvage(from, to, end, true);
      return;
    }
    this.#from = from;
    this.#to = to;
    this.#take(line, end);
  }

  /** Takes the whole records of a last line without a line break. What follows them may still be being written. */
  pickRest(from: number, to: number, end: number): void {
    this.#salvage(from, to, end, false);
  }

  /** Begins another file of the same session. */
  nextFile(): void {
    this.#formerCosts.push(this.#costState);
    this.#costState = '';
    this.#promptId = '';
    this.#turn += 1;
  }

  /**
   * Takes the whole records of a damaged line. A crash leaves records without a line break between them, cut ones before
   * whole ones, and runs of NUL bytes.
   *
   * @param isEnded whether the line has a line break: then what is not whole at its end is damaged
   */
  #salvage(from: number, to: number, end: number, isEnded: boolean): void {
    let at = skipNothing(from, to);
    // What was there before the NUL bytes is gone.
    if (at === to && isEnded) this.#corrupt += 1;
    let isCut = false;
    while (at < to) {
      const head = linePicker.pickHead(at, to);
      // In a cut record, only an object with a time is a record of its own.
      if (head !== undefined && (!isCut || typeof head.value.timestamp === 'number')) {
        if (isCut) this.#corrupt += 1;
        this.#from = at;
        this.#to = head.end;
        this.#take(head.value, end);
        isCut = false;
        at = skipNothing(head.end, to);
      } else {
        isCut = true;
        at = findObject(RECORD_STARTS, at + 1, to);
      }
    }
    if (isCut && isEnded) this.#corrupt += 1;
  }

  /** Counts lines that were too long to be read. */
  passOver(lines: number): void {
    this.#corrupt += lines;
  }

  #take(line: Json, end: number): void {
    this.#end = end;
    const { type } = line;
    if (type === 'cost-state') this.#costState = textIn(this.#from, this.#to);
    if (type === 'file-history-snapshot' && !this.#hasSpoken) this.#snapshotOf = asText(line.messageId) ?? '';
    const at = line.timestamp;
    if (typeof at !== 'number' || !isStoreTime(at)) {
      // Many lines have no time and report no event.
      if (typeof at === 'number' || usageOf(line) !== undefined || isNote(type, line.subtype))
        this.#leftOut += 1;
      return;
    }
    if (!isForked(line)) this.#times.push(at);
    // Only at the head: an interactive client also writes such lines whenever the user types while it is busy.
    if (type === 'queue-operation' && !this.#hasMark && !this.#hasSpoken) {
      this.#ownSince = at;
      this.#hasMark = true;
    }
    this.#hasSpoken ||= type === 'user' || type === 'assistant';
    // In an original session, no response comes before that prompt.
    if (type === 'user' && this.#responses.size > 0 && line.uuid === this.#snapshotOf)
      this.#ownSince = Math.max(this.#ownSince, at);
    if (type === 'user') this.#addUser(line, at);
    if (type === 'assistant') this.#addAssistant(line, at);
    if (isNote(type, line.subtype)) this.#addNote(line, at);
    if (this.tier > 1) {
      const folder = asText(line.cwd);
      if (folder !== undefined) this.#folders.add(folder);
    }
    if (this.tier > 1 && (type === 'user' || usageOf(line) !== undefined)) this.#addTexts(line, at);
  }

  /**
   * The transcript of the lines so far.
   *
   * @param copiedUntil time of the last line that is known to be a copy
   */
  finish(copiedUntil = -Infinity): Transcript {
    const ownFrom = Math.max(this.#ownSince, copiedUntil + 1);
    let [firstAt, lastAt]: [number | null, number | null] = [null, null];
    for (const at of this.#times) {
      if (at < ownFrom) continue;
      if (firstAt === null || at < firstAt) firstAt = at;
      if (lastAt === null || at > lastAt) lastAt = at;
    }
    const responses = markCopies(this.#responses.values(), ownFrom);
    for (const calls of this.#beside.values())
      for (const call of markCopies(calls, ownFrom)) responses.push(call);
    const prompts: string[] = [];
    for (const [id, at] of this.#prompts) if (at >= ownFrom) prompts.push(id);
    return {
      responses,
      toolCalls: markCopies(this.#toolCalls.values(), ownFrom),
      prompts,
      commands: markCopies(this.#commands, ownFrom),
      notes: markCopies(this.#notes.values(), ownFrom),
      texts: [...this.#texts.values()].flatMap((sightings) => firstOwn(markCopies(sightings, ownFrom))),
      agentNews: this.#agentNews,
      firstPromptId: this.#firstPromptId,
      cwd: this.#ownCwd === '' ? this.#cwd : this.#ownCwd,
      folders: this.#folders,
      firstAt,
      lastAt,
      hasMark: this.#hasMark,
      costState: largestCost([...this.#formerCosts, this.#costState]),
      corruptLines: this.#corrupt,
      leftOutLines: this.#leftOut,
    };
  }

  #addUser(line: Json, at: EpochMs): void {
    const cwd = asText(line.cwd);
    if (cwd !== undefined) {
      if (this.#cwd === '') this.#cwd = cwd;
      if (this.#ownCwd === '' && at >= this.#ownSince && this.#ownSince !== -Infinity) this.#ownCwd = cwd;
    }
    const content = asObject(line.message)?.content;
    const results: Json[] = [];
    for (const one of asArray(content)) {
      const block = asObject(one);
      if (block?.type === 'tool_result') results.push(block);
    }
    const isNextTurn = results.length > 0 || isPrompt(line);
    if (isNextTurn) this.#turn += 1;
    const promptId = asText(line.promptId) === undefined ? undefined : asId(line.promptId);
    if (promptId !== undefined) {
      this.#promptId = promptId;
      if (this.#firstPromptId === '') this.#firstPromptId = this.#promptId;
      if (results.length === 0 && isNextTurn && !isForked(line))
        this.#prompts.set(promptId, Math.max(this.#prompts.get(promptId) ?? at, at));
    }
    if (typeof content === 'string') this.#addText(content, line, at);
    for (const result of results) {
      const call = this.#toolCalls.get(asId(result.tool_use_id));
      if (call === undefined) continue;
      const toolResult = asObject(line.toolUseResult);
      const failed = result.is_error === true || toolResult?.success === false;
      call.end = this.#end;
      const failure = failed ? errorClass(line.toolUseResult ?? this.#saidOf(call.id)) : '';
      call.outcome = {
        at,
        failed,
        errorClass: failure,
        status: asText(toolResult?.status) ?? '',
        lines: failed ? null : editedLines(call.name, toolResult),
        commits: this.#commitsOf(call.id),
        checks: this.#checksOf(call.id, failed, failure),
      };
    }
  }

  /** The client repeats a pull request's line; the first one counts. */
  #addNote(line: Json, at: EpochMs): void {
    const { type, subtype } = line;
    const copy = isForked(line);
    const noted = readNote(type, subtype, notePicker.pickMore(this.#from, this.#to) ?? {});
    if (noted === undefined) {
      this.#leftOut += 1;
      return;
    }
    const id = `${noted.event} ${noted.id}`;
    if (this.#notes.has(id)) return;
    // A pull request is opened from the branch that is checked out.
    if (noted.pullRequest !== null && this.#branch !== '') noted.payload.branch = this.#branch;
    this.#notes.set(id, { ...noted, at, promptId: this.#promptId, copy, end: this.#end });
  }

  /**
   * Texts are rare in what is read otherwise, so the whole line is parsed. Of several with one id the first counts that
   * is no copy: a fork writes the id of its own first prompt on the lines that it copied, too.
   */
  #addTexts(line: Json, at: EpochMs): void {
    const whole = parseObject(textIn(this.#from, this.#to));
    if (whole === undefined) return;
    const uuid = asText(line.uuid) ?? String(this.#end);
    for (const text of textsOf(whole, this.tier, isPrompt(line))) {
      const { kind, kept, toolUseId } = text;
      const isUsers = kind === 'prompt';
      const promptId = isUsers ? asId(line.promptId) : this.#promptId;
      const what = toolUseId !== '' ? toolUseId : isUsers ? '' : kept.text;
      const id = `${kind} ${isUsers && promptId === '' ? uuid : promptId} ${what}`;
      const copy = isForked(line);
      const before = this.#texts.get(id);
      // A later sighting can be the first one of the file's own only if it is dated later.
      if (before?.some((one) => copy || (!one.copy && one.at >= at)) === true) continue;
      const toolName = this.#toolCalls.get(toolUseId)?.name ?? '';
      const sighting = { ...text, at, toolName, promptId, uuid, copy, end: this.#end };
      if (before === undefined) this.#texts.set(id, [sighting]);
      else before.push(sighting);
    }
  }

  /** The commits that a call made, by the result in the current line. */
  #commitsOf(callId: string): readonly MadeCommit[] {
    const command = this.#gitCommands.get(callId);
    if (command === undefined) return noCommits;
    const line = outputPicker.pickMore(this.#from, this.#to);
    const result = asObject(line?.toolUseResult);
    const said = asArray(asObject(line?.message)?.content)
      .map(asObject)
      .find((block) => asId(block?.tool_use_id) === callId)?.content;
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

  /** The checks that a call ran, by the result in the current line. One that was denied ran none. */
  #checksOf(callId: string, failed: boolean, failure: string): readonly CheckRun[] {
    const judge = this.#judges.get(callId);
    if (judge === undefined || failure === 'denied') return noChecks;
    if (failed) return judge(failure.startsWith('exit_') ? 'failure' : '');
    const line = endPicker.pickMore(this.#from, this.#to);
    const result = asObject(line?.toolUseResult);
    const said = asArray(asObject(line?.message)?.content)
      .map(asObject)
      .find((block) => asId(block?.tool_use_id) === callId)?.content;
    const isCut = result?.interrupted === true || typeof result?.backgroundTaskId === 'string';
    return judge(isCut || /^Command\b.{0,60}\bbackground/.test(asText(said) ?? '') ? '' : 'success');
  }

  /** The text of a failed result, for a subagent's lines, which have no toolUseResult. */
  #saidOf(callId: string): unknown {
    return asArray(asObject(failurePicker.pickMore(this.#from, this.#to)?.message)?.content)
      .map(asObject)
      .find((block) => asId(block?.tool_use_id) === callId)?.content;
  }

  /** Text that the user typed or the client inserted: a `/name`, or the notification of a background subagent. */
  #addText(content: string, line: Json, at: EpochMs): void {
    const command = isTypedCommand(content)
      ? typedName(content)
      : // A skill with `context: fork` runs in a subagent; its line has no markup.
        /^\/([\w:.-]+)(?:\s|$)/.exec(content)?.[1];
    if (command !== undefined && line.isMeta !== true) {
      this.#commands.push({
        name: detach(command),
        at,
        promptId: asId(line.promptId),
        cwd: asText(line.cwd) ?? '',
        copy: isForked(line),
        end: this.#end,
      });
    }
    if (content.startsWith('<task-notification>')) {
      const id = wordIn('task-id', content);
      const status = wordIn('status', content);
      if (id !== undefined && status !== undefined) this.#agentNews.set(detach(asId(id)), detach(status));
    }
  }

  #addAssistant(line: Json, at: EpochMs): void {
    const message = asObject(line.message);
    const usage = usageOf(line);
    if (message === undefined || usage === undefined) return;
    this.#addToolCalls(message, line, at);

    const next = readUsage(usage);
    const requestId = asId(line.requestId);
    const messageId = asId(message.id);
    const uuid = asText(line.uuid) ?? '';
    if (next === undefined || (requestId === '' && messageId === '' && uuid === '')) {
      this.#leftOut += 1;
      return;
    }
    const id =
      requestId !== ''
        ? `${messageId}|${requestId}|`
        : messageId !== ''
          ? this.#idOfLine(messageId, uuid, line, next, at)
          : this.#idWithoutIds(uuid, line, message, next);
    const seen = this.#responses.get(id);
    if (seen !== undefined && next.output < seen.usage.output) return;
    const declined =
      message.stop_reason === 'refusal' && (next.output === 0 || (seen === undefined && isEmpty(message)));
    const response = {
      key: seen?.key ?? (requestId === '' ? (messageId === '' ? asId(uuid) : id) : requestId),
      requestId,
      messageId,
      model: this.#modelOf(message.model),
      at: Math.min(seen?.at ?? at, at),
      usage: declined ? nothingUsed : next,
      isBeside: false,
      final: message.stop_reason !== null && message.stop_reason !== undefined,
      declined,
      sidechain: line.isSidechain === true && seen?.sidechain !== false,
      promptId: this.#promptId,
      agentId: asId(line.agentId),
      agentType: this.#nameOf(line.attributionAgent),
      skillName: unlessMcpPrompt(this.#nameOf(line.attributionSkill)),
      branch: this.#nameOf(line.gitBranch),
      copy: isForked(line),
      end: this.#end,
    };
    this.#responses.set(id, response);
    this.#branch = response.branch;
    const iterations = asArray(usage.iterations);
    if (iterations.length > 0) this.#addBeside(id, response, iterations);
  }

  /** The id of the response that a line without a request id belongs to. */
  #idOfLine(messageId: string, uuid: string, line: Json, usage: Usage, at: EpochMs): string {
    const last = this.#lastOf.get(messageId);
    let id = uuid === '' ? undefined : this.#lineOf.get(uuid);
    if (id === undefined && last !== undefined) {
      const follows = last.turn === this.#turn || (last.uuid !== '' && line.parentUuid === last.uuid);
      const output = this.#responses.get(last.id)?.usage.output ?? 0;
      if (follows && usage.output >= output) ({ id } = last);
    }
    id ??= `${messageId}:${identify('response', uuid, String(at)).slice(0, 12)}`;
    if (uuid !== '') this.#lineOf.set(uuid, id);
    this.#lastOf.set(messageId, { id, uuid, turn: this.#turn });
    return id;
  }

  /**
   * The id of the response that a line without any id belongs to: the response of the line before, if that one cannot be
   * its last (it waits for a tool, or only thought) or this line says that it is a further block; else its own.
   */
  #idWithoutIds(uuid: string, line: Json, message: Json, usage: Usage): string {
    const last = this.#lastBare;
    const follows =
      last !== undefined &&
      line.parentUuid === last.uuid &&
      last.turn === this.#turn &&
      usage.input === last.usage.input &&
      usage.cacheRead === last.usage.cacheRead &&
      usage.output >= last.usage.output;
    const isFurther = typeof line.apiBlockIndex === 'number' && line.apiBlockIndex > 0;
    const id = follows && (last.isOpen || isFurther) ? last.id : `||${uuid}`;
    const { stop_reason: stop } = message;
    const kinds = asArray(message.content).map((block) => asObject(block)?.type);
    const isOpen =
      stop === null ||
      stop === undefined ||
      stop === 'tool_use' ||
      (kinds.length > 0 && kinds.every((kind) => kind === 'thinking' || kind === 'redacted_thinking'));
    this.#lastBare = { id, uuid, turn: this.#turn, usage, isOpen };
    return id;
  }

  /** Adds the further calls that a response's usage lists. */
  #addBeside(id: string, response: Response, iterations: readonly unknown[]): void {
    const calls: Response[] = [];
    for (const [n, one] of iterations.entries()) {
      const iteration = asObject(one);
      if (iteration === undefined || !BESIDE.has(asText(iteration.type) ?? '')) continue;
      const usage = readUsage(iteration);
      if (usage === undefined || usage.output === 0) continue;
      const { speed, serviceTier, inferenceGeo } = response.usage;
      const model = asText(iteration.model);
      calls.push({
        ...response,
        key: `${response.key}:iter:${n}`,
        // Its own, so that it is not taken for the response, and the same in a replay of the response.
        messageId: `${response.messageId}:iter:${n}`,
        model: model === undefined ? response.model : this.#modelOf(model),
        usage: { ...usage, speed, serviceTier, inferenceGeo },
        isBeside: true,
      });
    }
    if (calls.length > 0) this.#beside.set(id, calls);
  }

  #addToolCalls(message: Json, line: Json, at: EpochMs): void {
    for (const one of asArray(message.content)) {
      const block = asObject(one);
      if (block?.type !== 'tool_use') continue;
      const id = asId(block.id);
      if (id === '' || this.#toolCalls.has(id)) continue;
      const input = asObject(block.input);
      const name = this.#nameOf(block.name);
      if (name === 'Bash') {
        const shell = asText(input?.command) ?? '';
        const git = readGitCommand(shell);
        if (git !== undefined)
          this.#gitCommands.set(id, { ...git, folders: commitFolders(shell, asText(line.cwd) ?? '') });
        const judge = readChecks(shell, this.checks);
        if (judge !== undefined)
          this.#judges.set(id, input?.run_in_background === true ? () => judge('') : judge);
      }
      this.#toolCalls.set(id, {
        id,
        name,
        at,
        promptId: this.#promptId,
        model: this.#modelOf(message.model),
        branch: this.#nameOf(line.gitBranch),
        skill: name === 'Skill' ? skillName(input) : '',
        outcome: null,
        copy: isForked(line),
        end: this.#end,
      });
    }
  }

  #modelOf(text: unknown): string {
    return this.#nameOf(text).replace(/\[[^[\]]*\]$/, '');
  }

  #nameOf(text: unknown): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = asName(text);
    this.#names.set(text, name);
    return name;
  }
}

/**
 * Marks everything dated before the file's own life as a copy. In place: a new object would have another shape, and V8
 * would recompile all code that reads responses (bench/backfill.ts).
 */
function markCopies<T extends { at: EpochMs; copy: boolean }>(found: Iterable<T>, ownFrom: EpochMs): T[] {
  const marked = [...found];
  for (const one of marked) if (one.at < ownFrom) one.copy = true;
  return marked;
}

/** The first of some sightings that is no copy; the first one if all are copies. */
function firstOwn<T extends { copy: boolean }>(sightings: readonly T[]): T[] {
  return [sightings.find(({ copy }) => !copy) ?? sightings[0]].filter((one) => one !== undefined);
}

/** Of the `cost-state` lines of a session's files the one with the largest cost: costs only grow. */
function largestCost(states: readonly string[]): string {
  const [first = '', ...rest] = states.filter((state) => state !== '');
  return rest.reduce((one, other) => (costOf(other) >= costOf(one) ? other : one), first);
}

function costOf(state: string): number {
  const cost = parseObject(state)?.totalCostUSD;
  return typeof cost === 'number' ? cost : 0;
}

/** The usage on a response line; undefined if it has none, or the client made the line up. */
function usageOf(line: Json): Json | undefined {
  if (line.type !== 'assistant' || line.isApiErrorMessage === true) return undefined;
  const message = asObject(line.message);
  return message?.model === '<synthetic>' ? undefined : asObject(message?.usage);
}

/** The usage of a declined request: what the client notes of it is not billed. */
const nothingUsed: Usage = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheCreation5m: 0,
  cacheCreation1h: 0,
  webSearches: 0,
  speed: '',
  serviceTier: '',
  inferenceGeo: '',
};

/** Whether a message has no content at all: some declined ones count a token of output that there is not. */
function isEmpty({ content }: Json): boolean {
  return Array.isArray(content) && content.length === 0;
}

/** `/branch` marks each line that it copied with its origin. */
function isForked(line: Json): boolean {
  return line.forkedFrom !== undefined && line.forkedFrom !== null;
}

/** Copies a text: a substring would keep the whole original in memory. */
function detach(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}

/**
 * Whether a user line without results is a prompt in the sense of UserPromptSubmit: not an inserted text, not the
 * notification of a finished subagent, not a command of the client, not the summary after `/compact`.
 */
export function isPrompt(line: Json): boolean {
  const content = asObject(line.message)?.content;
  const isNotification = asObject(line.origin)?.kind === 'task-notification';
  const isClients = typeof content === 'string' && isClientsText(content);
  return line.isMeta !== true && line.isCompactSummary !== true && !isNotification && !isClients;
}

/** The skill of a Skill call. Older clients wrote `command`, and some add a leading slash. */
export function skillName(input: Json | undefined): string {
  return asName((asText(input?.skill) ?? asText(input?.command))?.replace(/^\//, ''));
}

/**
 * The kind of a failure, never its text: `exit_1` for a command that ended with 1, `interrupted`, `denied`,
 * else `error`.
 */
export function errorClass(error: unknown): string {
  const text = typeof error === 'string' ? error : '';
  const exit = /^(?:Error: )?Exit code (\d{1,3})\b/.exec(text)?.[1];
  if (exit !== undefined) return `exit_${exit}`;
  if (/interrupted|aborted/i.test(text.slice(0, 200))) return 'interrupted';
  if (/permission|denied|doesn't want to proceed/i.test(text.slice(0, 200))) return 'denied';
  if (/timed? ?out/i.test(text.slice(0, 200))) return 'timeout';
  return 'error';
}

/**
 * The kinds of `usage.iterations` that are billed beside the response: the calls of an advisor, which has a model of its
 * own, and compactions by the server. The counts of a response include its `message` and `fallback_message` entries or,
 * after a fallback, those of the model that answered; the attempts before it are not billed.
 */
const BESIDE: ReadonlySet<string> = new Set(['advisor_message', 'compaction']);

/** Largest count that the store holds. */
const MOST_COUNT = 2 ** 32 - 1;

/**
 * A count of tokens: 0 if it is missing, NaN if it is not a number. Some gateways send numbers as text, which are read
 * as what they say.
 */
function countIn(value: unknown): number {
  if (value === undefined || value === null) return 0;
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && count >= 0 && count <= MOST_COUNT ? Math.round(count) : NaN;
}

/** The counts of a usage; undefined if one of them is not a number. */
function readUsage(usage: Json): Usage | undefined {
  const creation = asObject(usage.cache_creation);
  const oneHour = countIn(creation?.ephemeral_1h_input_tokens);
  const fiveMinutes = countIn(creation?.ephemeral_5m_input_tokens);
  const total = Math.max(countIn(usage.cache_creation_input_tokens), oneHour + fiveMinutes);
  const input = countIn(usage.input_tokens);
  const output = countIn(usage.output_tokens);
  const cacheRead = countIn(usage.cache_read_input_tokens);
  const webSearches = countIn(asObject(usage.server_tool_use)?.web_search_requests);
  if (Number.isNaN(total + input + output + cacheRead + webSearches)) return undefined;
  return {
    input,
    output,
    cacheRead,
    // The parts may sum to less than the total; the rest counts as written for five minutes.
    cacheCreation5m: total - oneHour,
    cacheCreation1h: oneHour,
    webSearches,
    speed: kindOf(usage.speed),
    serviceTier: kindOf(usage.service_tier),
    inferenceGeo: kindOf(usage.inference_geo),
  };
}

/** What {@link asId} makes of the few kinds that usages have. */
const kinds = new Map<string, string>();
const MOST_KINDS = 100;

function kindOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  const known = kinds.get(value);
  if (known !== undefined) return known;
  const kind = asId(value);
  if (kinds.size < MOST_KINDS) kinds.set(value, kind);
  return kind;
}
