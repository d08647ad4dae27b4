/**
 * Claude Code's transcripts: one JSON object a line, of many types, in a format that its makers call internal.
 *
 * Shape: `user` and `assistant` lines carry `message`; an assistant's message carries `usage`.
 * Rule: one response is written as several lines with the same message id and request id. The line with the
 * most output tokens is the response (early lines hold placeholders; a tie goes to the last), dated by its
 * first line. What is dated before the file's own life began is a copy that a fork made: before its first
 * `queue-operation`, or before the prompt that the last snapshot of edited files at the file's head names (a fork
 * in a terminal writes all copied snapshots and the one of its own first prompt before the copied messages).
 * Source: reference notes on Claude Code, §3.
 */
import { editedLines, editedShape, type EditedLines } from './edited-lines.js';
import { holdText, isBlank, Picker } from '../../base/json-scan/pick.js';
import type { Shape } from '../../base/json-scan/shape.js';
import { asArray, asCount, asObject, asText, type Json } from '../../base/json/json.js';
import { asName } from '../privacy/name.js';
import type { Usage } from '../pricing.js';
import { isStoreTime } from '../time.js';
import type { EpochMs } from '../../base/time/units.js';

/** One response of the API, its lines put together. */
export interface Response {
  /** Request id, else message id, else the line's own id. */
  key: string;
  requestId: string;
  messageId: string;
  model: string;
  /** Of the response's first line. */
  at: EpochMs;
  usage: Usage;
  /** Whether the kept line says why the response stopped; before that its numbers may be placeholders. */
  final: boolean;
  sidechain: boolean;
  promptId: string;
  agentId: string;
  agentType: string;
  skillName: string;
  branch: string;
  copy: boolean;
  /** Where in the file its last line ends, bytes. */
  end: number;
}

/** A tool call and what became of it. */
export interface ToolCall {
  id: string;
  name: string;
  /** Of the call. */
  at: EpochMs;
  promptId: string;
  /** Name of the skill, for a call of the Skill tool. */
  skill: string;
  /** Null while there is no result. */
  outcome: ToolOutcome | null;
  copy: boolean;
  /** Where in the file its last line ends, bytes. */
  end: number;
}

/** How a tool call came out. */
export interface ToolOutcome {
  at: number;
  failed: boolean;
  errorClass: string;
  /** What the result says of itself: `completed`, `async_launched`, … Empty where it says nothing. */
  status: string;
  /** Lines that it added and removed; null where it says nothing of lines. */
  lines: EditedLines | null;
}

/** A `/name` that was typed: a skill or a command. */
export interface TypedCommand {
  name: string;
  at: EpochMs;
  promptId: string;
  /** The folder that the session worked in. */
  cwd: string;
  copy: boolean;
  /** Where in the file its line ends, bytes. */
  end: number;
}

/** What one transcript file tells. */
export interface Transcript {
  responses: Response[];
  toolCalls: ToolCall[];
  /** Ids of the prompts that began in this file's own life. */
  prompts: string[];
  commands: TypedCommand[];
  /** Background subagents that the news of their end was told of, by id: their last word, `completed` or so. */
  agentNews: Map<string, string>;
  /** Prompt that the file's first line belongs to; empty if none is told. */
  firstPromptId: string;
  /** The folder that the session began in; empty if no line says. */
  cwd: string;
  /** First and last own line; null for a file without own lines. */
  firstAt: EpochMs | null;
  lastAt: EpochMs | null;
  /** Whether a `queue-operation` line tells for certain where the file's own life begins. */
  hasMark: boolean;
  /** Lines that were no JSON object. */
  corruptLines: number;
  /** Lines that were understood and could not be counted: with usage, but without an id or a time that can be stored. */
  leftOutLines: number;
}

/** What of a line is looked at. The rest, nearly all of it, is walked over. */
export const lineShape: Shape = {
  keys: {
    type: {},
    uuid: {},
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
            input_tokens: {},
            output_tokens: {},
            cache_read_input_tokens: {},
            cache_creation_input_tokens: {},
            cache_creation: { keys: { ephemeral_5m_input_tokens: {}, ephemeral_1h_input_tokens: {} } },
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
              input: { keys: { skill: {}, command: { text: 200 } } },
            },
          },
        },
      },
    },
  },
};
const linePicker = new Picker(lineShape);

/** What more is looked at of a call that failed. */
const failurePicker = new Picker({
  keys: { message: { keys: { content: { items: { keys: { tool_use_id: {}, content: { text: 400 } } } } } } },
});

/** Puts a transcript together line by line. Order matters: a prompt's id is carried to the lines after it. */
export class TranscriptReader {
  readonly #responses = new Map<string, Response>();
  readonly #toolCalls = new Map<string, ToolCall>();
  /** When each prompt was last told, by its id: a fork tells its own first one on every line that it copied, too. */
  readonly #prompts = new Map<string, number>();
  readonly #commands: TypedCommand[] = [];
  readonly #agentNews = new Map<string, string>();
  readonly #times: number[] = [];
  /** Names as they may be kept, by the text that they come of: they come again and again. */
  readonly #names = new Map<unknown, string>();
  #ownSince = -Infinity;
  #hasMark = false;
  /** Whether a message stood in the file already. */
  #hasSpoken = false;
  /** Message that the last snapshot before all messages was taken for. */
  #snapshotOf = '';
  #cwd = '';
  #ownCwd = '';
  #promptId = '';
  #firstPromptId = '';
  #corrupt = 0;
  #leftOut = 0;
  #end = 0;
  /** Where the line at hand stands. */
  #from = 0;
  #to = 0;

  /** Takes the next line of the file. Whatever it is, it does not throw. */
  add(text: string): void {
    const { from, to } = holdText(text);
    this.pick(from, to, this.#end + to - from + 1);
  }

  /**
   * Takes the next line as it stands in the picker's memory.
   *
   * @param end where in the file the line ends, bytes
   */
  pick(from: number, to: number, end: number): void {
    const line = linePicker.pick(from, to);
    if (line === undefined && isBlank(from, to)) return;
    this.#from = from;
    this.#to = to;
    this.#take(line, end);
  }

  /** Counts lines that were too long to be looked at. */
  passOver(lines: number): void {
    this.#corrupt += lines;
  }

  #take(line: Json | undefined, end: number): void {
    this.#end = end;
    if (line === undefined) {
      this.#corrupt += 1;
      return;
    }
    const { type } = line;
    if (type === 'file-history-snapshot' && !this.#hasSpoken) this.#snapshotOf = asText(line.messageId) ?? '';
    const at = line.timestamp;
    if (typeof at !== 'number' || !isStoreTime(at)) {
      // Many lines have no time and tell nothing that happened.
      if (typeof at === 'number' || usageOf(line) !== undefined) this.#leftOut += 1;
      return;
    }
    if (!isForked(line)) this.#times.push(at);
    // Only at the head: an interactive client writes such lines whenever a person types while it is busy.
    if (type === 'queue-operation' && !this.#hasMark && !this.#hasSpoken) {
      this.#ownSince = at;
      this.#hasMark = true;
    }
    this.#hasSpoken ||= type === 'user' || type === 'assistant';
    // In its own session, no response stands before that prompt.
    if (type === 'user' && this.#responses.size > 0 && line.uuid === this.#snapshotOf)
      this.#ownSince = Math.max(this.#ownSince, at);
    if (type === 'user') this.#addUser(line, at);
    if (type === 'assistant') this.#addAssistant(line, at);
  }

  /**
   * What the lines so far tell.
   *
   * @param copiedUntil time of the last line that is known to be another session's
   */
  finish(copiedUntil = -Infinity): Transcript {
    const ownFrom = Math.max(this.#ownSince, copiedUntil + 1);
    let [firstAt, lastAt]: [number | null, number | null] = [null, null];
    for (const at of this.#times) {
      if (at < ownFrom) continue;
      if (firstAt === null || at < firstAt) firstAt = at;
      if (lastAt === null || at > lastAt) lastAt = at;
    }
    const prompts: string[] = [];
    for (const [id, at] of this.#prompts) if (at >= ownFrom) prompts.push(id);
    return {
      responses: markCopies(this.#responses.values(), ownFrom),
      toolCalls: markCopies(this.#toolCalls.values(), ownFrom),
      prompts,
      commands: markCopies(this.#commands, ownFrom),
      agentNews: this.#agentNews,
      firstPromptId: this.#firstPromptId,
      cwd: this.#ownCwd === '' ? this.#cwd : this.#ownCwd,
      firstAt,
      lastAt,
      hasMark: this.#hasMark,
      corruptLines: this.#corrupt,
      leftOutLines: this.#leftOut,
    };
  }

  #addUser(line: Json, at: number): void {
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
    const promptId = asText(line.promptId);
    if (promptId !== undefined) {
      this.#promptId = promptId;
      if (this.#firstPromptId === '') this.#firstPromptId = this.#promptId;
      if (results.length === 0 && isPrompt(line) && !isForked(line))
        this.#prompts.set(promptId, Math.max(this.#prompts.get(promptId) ?? at, at));
    }
    if (typeof content === 'string') this.#addText(content, line, at);
    for (const result of results) {
      const call = this.#toolCalls.get(asText(result.tool_use_id) ?? '');
      if (call === undefined) continue;
      const told = asObject(line.toolUseResult);
      const failed = result.is_error === true || told?.success === false;
      call.end = this.#end;
      call.outcome = {
        at,
        failed,
        errorClass: failed ? errorClass(line.toolUseResult ?? this.#saidOf(call.id)) : '',
        status: asText(told?.status) ?? '',
        lines: failed ? null : editedLines(call.name, told),
      };
    }
  }

  /** What the failed result of a call says: a subagent's lines have no toolUseResult. */
  #saidOf(callId: string): unknown {
    return asArray(asObject(failurePicker.pickMore(this.#from, this.#to)?.message)?.content)
      .map(asObject)
      .find((block) => block?.tool_use_id === callId)?.content;
  }

  /** Text that a person typed or the client put in: a `/name`, or the news of a background subagent. */
  #addText(content: string, line: Json, at: number): void {
    const command = /^\s*<command-(?:name|message)>/.test(content)
      ? /<command-name>\s*\/?([^<]+?)\s*<\/command-name>/.exec(content)?.[1]
      : undefined;
    if (command !== undefined && line.isMeta !== true) {
      this.#commands.push({
        name: detach(command),
        at,
        promptId: asText(line.promptId) ?? '',
        cwd: asText(line.cwd) ?? '',
        copy: isForked(line),
        end: this.#end,
      });
    }
    if (content.startsWith('<task-notification>')) {
      const id = /<task-id>\s*([^<\s]+)\s*<\/task-id>/.exec(content)?.[1];
      const status = /<status>\s*([^<\s]+)\s*<\/status>/.exec(content)?.[1];
      if (id !== undefined && status !== undefined) this.#agentNews.set(detach(id), detach(status));
    }
  }

  #addAssistant(line: Json, at: number): void {
    const message = asObject(line.message);
    const usage = usageOf(line);
    if (message === undefined || usage === undefined) return;
    this.#addToolCalls(message, line, at);

    const requestId = asText(line.requestId) ?? '';
    const messageId = asText(message.id) ?? '';
    // Behind some proxies a response has no id: its line has one.
    const lineId = requestId === '' && messageId === '' ? (asText(line.uuid) ?? '') : '';
    const key = [requestId, messageId, lineId].find((one) => one !== '');
    if (key === undefined) {
      this.#leftOut += 1;
      return;
    }
    const id = `${messageId}|${requestId}|${lineId}`;
    const seen = this.#responses.get(id);
    const next = readUsage(usage);
    if (seen !== undefined && next.output < seen.usage.output) return;
    this.#responses.set(id, {
      key,
      requestId,
      messageId,
      model: this.#nameOf(message.model).replace(/\[[^\]]*\]$/, ''),
      at: Math.min(seen?.at ?? at, at),
      usage: next,
      final: message.stop_reason !== null && message.stop_reason !== undefined,
      sidechain: line.isSidechain === true && seen?.sidechain !== false,
      promptId: this.#promptId,
      agentId: asText(line.agentId) ?? '',
      agentType: this.#nameOf(line.attributionAgent),
      skillName: this.#nameOf(line.attributionSkill),
      branch: this.#nameOf(line.gitBranch),
      copy: isForked(line),
      end: this.#end,
    });
  }

  #addToolCalls(message: Json, line: Json, at: number): void {
    for (const one of asArray(message.content)) {
      const block = asObject(one);
      const id = asText(block?.id);
      if (block?.type !== 'tool_use' || id === undefined || this.#toolCalls.has(id)) continue;
      const input = asObject(block.input);
      const name = this.#nameOf(block.name);
      this.#toolCalls.set(id, {
        id,
        name,
        at,
        promptId: this.#promptId,
        skill: name === 'Skill' ? skillName(input) : '',
        outcome: null,
        copy: isForked(line),
        end: this.#end,
      });
    }
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
 * What was found, each marked as another session's where it happened before this one's own life. In place: V8
 * compiles all that reads responses anew for one of another shape.
 */
function markCopies<T extends { at: number; copy: boolean }>(found: Iterable<T>, ownFrom: number): T[] {
  const marked = [...found];
  for (const one of marked) if (one.at < ownFrom) one.copy = true;
  return marked;
}

/** The usage that a line tells of a response; undefined where it tells none, or the client made the line up. */
function usageOf(line: Json): Json | undefined {
  if (line.type !== 'assistant' || line.isApiErrorMessage === true) return undefined;
  const message = asObject(line.message);
  return message?.model === '<synthetic>' ? undefined : asObject(message?.usage);
}

/** `/branch` says of each line it copied where it came from. */
function isForked(line: Json): boolean {
  return line.forkedFrom !== undefined && line.forkedFrom !== null;
}

/** A text of its own: a piece of a larger one would keep all of that in memory. */
function detach(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}

/** What the client writes of a command that it runs itself (`/model`, `! ls`): one that is a skill begins otherwise. */
const ownCommand = /^\s*<(?:command-name|local-command-\w+|bash-(?:input|stdout|stderr))>/;

/**
 * Whether a user line without results is a prompt, as UserPromptSubmit tells them: not injected text, not the news of
 * a finished subagent, no command of the client's own, not the summary after `/compact`.
 */
function isPrompt(line: Json): boolean {
  const content = asObject(line.message)?.content;
  const isNotification =
    asObject(line.origin)?.kind === 'task-notification' ||
    (typeof content === 'string' && content.startsWith('<task-notification>'));
  const isClients = typeof content === 'string' && ownCommand.test(content);
  return line.isMeta !== true && line.isCompactSummary !== true && !isNotification && !isClients;
}

/** The skill that a Skill call names; older clients said `command`, and some write a leading slash. */
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

function readUsage(usage: Json): Usage {
  const creation = asObject(usage.cache_creation);
  const oneHour = asCount(creation?.ephemeral_1h_input_tokens) ?? 0;
  const fiveMinutes = asCount(creation?.ephemeral_5m_input_tokens) ?? 0;
  const total = Math.max(asCount(usage.cache_creation_input_tokens) ?? 0, oneHour + fiveMinutes);
  return {
    input: asCount(usage.input_tokens) ?? 0,
    output: asCount(usage.output_tokens) ?? 0,
    cacheRead: asCount(usage.cache_read_input_tokens) ?? 0,
    // The parts can sum to less than the whole; the rest was written for five minutes.
    cacheCreation5m: total - oneHour,
    cacheCreation1h: oneHour,
    webSearches: asCount(asObject(usage.server_tool_use)?.web_search_requests) ?? 0,
    speed: asText(usage.speed) ?? '',
    serviceTier: asText(usage.service_tier) ?? '',
    inferenceGeo: asText(usage.inference_geo) ?? '',
  };
}
