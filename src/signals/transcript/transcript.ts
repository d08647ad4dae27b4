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
 * A response's usage may list further calls that the API made for it and bills beside it ({@link BESIDE}, and of
 * {@link ATTEMPTS} those that were declined after a part of the answer): each is a response of its own.
 * Source: reference notes on Claude Code, §3.
 */
import { findObject, holdText, isBlank, Picker, skipNothing, textIn } from '../../base/json-scan/pick.js';
import { asArray, asObject, asText, parseObject, type Json } from '../../base/json/json.js';
import { isStoreTime } from '../../base/time/store-time.js';
import type { EpochMs } from '../../base/time/units.js';
import type { SessionType } from '../../datasources/session-types.js';
import type { PatternTable } from '../checks/class-of.js';
import { identify } from '../identity.js';
import type { Usage } from '../pricing.js';
import { asId, asName } from '../privacy/name.js';
import type { Tier } from '../privacy/tier.js';
import { unlessMcpPrompt } from '../skills/mcp-prompt.js';
import { BashCalls } from './bash-calls.js';
import { isNote, noteShape, readNote, type ClientNote } from './client-notes.js';
import { DeclinedAttempts, modelId } from './declined-attempts.js';
import { editedLines } from './edited-lines.js';
import { lineShape } from './line-shape.js';
import { isTypedCommand, typedName, wordIn } from './markup.js';
import { isForked, isPrompt } from './prompt-line.js';
import { resultOf } from './result.js';
import { sessionTypeIn } from './session-type.js';
import { textsOf, type TranscriptText } from './texts.js';
import { errorClass, skillName } from './tool-use.js';
import type { Response, ToolCall, Transcript, TypedCommand } from './transcript-types.js';
import { ATTEMPTS, BESIDE, lacksUsage, nothingUsed, readUsage, usageOf } from './usage.js';

/** A call that may be billed beside a response. */
interface FurtherCall {
  /** Its place in the list of the usage. */
  place: number;
  /** Empty if it is that of the response. */
  model: string;
  /** The model of an attempt at the answer (see `modelId`), which is billed only if that declined in the middle; else null. */
  attemptOf: string | null;
  usage: Usage;
}

const linePicker = new Picker(lineShape);

/** The first names of the client's records. */
const RECORD_STARTS = ['parentUuid', 'type', 'logicalParentUuid', 'isSidechain', 'sessionId', 'uuid'];

/** The first name of a message, and the bytes of `{"parentUuid":`. */
const MESSAGE_START = ['parentUuid'];
const MESSAGE_START_BYTES = 14;

/** The further parts of a line that are read for a failed call. */
const failurePicker = new Picker({
  keys: { message: { keys: { content: { items: { keys: { tool_use_id: {}, content: { text: 400 } } } } } } },
});

/** The further parts of a line in which the client notes something. */
const notePicker = new Picker(noteShape);

/** Builds a transcript line by line. Order matters: a prompt's id applies to the lines after it. */
export class TranscriptReader {
  readonly #responses = new Map<string, Response>();
  /** The calls that may be billed beside a response, by its id. Which are so is known only at the end. */
  readonly #beside = new Map<string, FurtherCall[]>();
  readonly #declined = new DeclinedAttempts();
  /** The responses without a request id: by message id the one that was last written, and by uuid that of each line. */
  readonly #lastOf = new Map<string, { id: string; uuid: string; turn: number }>();
  readonly #lineOf = new Map<string, string>();
  /** The last response without any id, as its last line has it. */
  #lastBare: { id: string; uuid: string; turn: number; usage: Usage; isOpen: boolean } | undefined;
  /** Number of prompts and of results of tools so far. */
  #turn = 0;
  readonly #toolCalls = new Map<string, ToolCall>();
  readonly #bash: BashCalls;
  /**
   * Time of each prompt's last mention, by id: a fork writes the id of its own first prompt on every copied line, too.
   */
  readonly #prompts = new Map<string, number>();
  /** Time of each prompt without an id, by the uuid of its line: clients before 2.1.8x wrote no ids of prompts. */
  readonly #oldPrompts = new Map<string, number>();
  readonly #commands: TypedCommand[] = [];
  readonly #notes = new Map<string, ClientNote>();
  /** The sightings of each text, in the order of the file: which are copies is known only at the end. */
  readonly #texts = new Map<string, TranscriptText[]>();
  readonly #agentNews = new Map<string, string>();
  readonly #times: number[] = [];
  /** Times of the lines that `/branch` copied. */
  readonly #forkedTimes: number[] = [];
  /** Cache of cleaned names by original text, since the same ones come again and again. */
  readonly #names = new Map<unknown, string>();
  #ownSince = -Infinity;
  #hasMark = false;
  /** Whether the file had a message so far. */
  #hasSpoken = false;
  /** The message that the last snapshot before all messages belongs to. */
  #snapshotOf = '';
  #cwd = '';
  /** The first one of an assistant's line: all there is if the user's lines are gone. */
  #assistantCwd = '';
  /** How the session was started, by its first line and by its first own one, that tells; empty before it. */
  #type: SessionType | '' = '';
  #ownType: SessionType | '' = '';
  #ownCwd = '';
  readonly #folders = new Set<string>();
  #promptId = '';
  /** The branch that was checked out at the last response. */
  #branch = '';
  /** The prompt of the earliest line that names one. */
  #firstPromptId = '';
  #firstPromptAt = Infinity;
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
    checks?: PatternTable,
  ) {
    this.#bash = new BashCalls(checks);
  }

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
        // Messages begin with their parent: another one that is cut, too, is a record of its own.
        if (isCut && findObject(MESSAGE_START, at, at + MESSAGE_START_BYTES) === at) this.#corrupt += 1;
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
    (isForked(line) ? this.#forkedTimes : this.#times).push(at);
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

  /** The times of all lines. */
  times(): Set<EpochMs> {
    return new Set([...this.#times, ...this.#forkedTimes]);
  }

  /**
   * The transcript of the lines so far.
   *
   * @param copiedUntil time of the last line that is known to be a copy
   * @param copied the times of the lines that can be copies. Default: any time
   */
  finish(copiedUntil = -Infinity, copied?: ReadonlySet<EpochMs>): Transcript {
    const isOwn = (at: EpochMs) =>
      at >= this.#ownSince && (at > copiedUntil || (copied !== undefined && !copied.has(at)));
    let [firstAt, lastAt]: [number | null, number | null] = [null, null];
    for (const at of this.#times) {
      if (!isOwn(at)) continue;
      if (firstAt === null || at < firstAt) firstAt = at;
      if (lastAt === null || at > lastAt) lastAt = at;
    }
    const responses = markCopies(this.#responses.values(), isOwn);
    for (const [id, calls] of this.#beside) {
      const response = this.#responses.get(id);
      if (response !== undefined) this.#addBilled(responses, response, calls, this.#declined.of(id));
    }
    const prompts: string[] = [];
    for (const [id, at] of this.#prompts) if (isOwn(at)) prompts.push(id);
    // A client that writes ids has lines without one, too: they are its own.
    for (const [uuid, at] of this.#oldPrompts) if (isOwn(at) && at < this.#firstPromptAt) prompts.push(uuid);
    return {
      responses,
      toolCalls: markCopies(this.#toolCalls.values(), isOwn),
      prompts,
      commands: markCopies(this.#commands, isOwn),
      notes: markCopies(this.#notes.values(), isOwn),
      texts: [...this.#texts.values()].flatMap((sightings) => firstOwn(markCopies(sightings, isOwn))),
      agentNews: this.#agentNews,
      firstPromptId: this.#firstPromptId,
      cwd: this.#ownCwd || this.#cwd || this.#assistantCwd,
      folders: this.#folders,
      type: this.#ownType || this.#type,
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
    this.#type ||= sessionTypeIn(this.#from, this.#to);
    if (at >= this.#ownSince && this.#ownSince !== -Infinity)
      this.#ownType ||= sessionTypeIn(this.#from, this.#to);
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
      if (at < this.#firstPromptAt) {
        this.#firstPromptId = promptId;
        this.#firstPromptAt = at;
      }
      if (results.length === 0 && isNextTurn && !isForked(line))
        this.#prompts.set(promptId, Math.max(this.#prompts.get(promptId) ?? at, at));
    } else if (at < this.#firstPromptAt && isNextTurn && results.length === 0 && this.#isOldPrompt(line))
      this.#oldPrompts.set(asText(line.uuid) ?? String(this.#end), at);
    if (typeof content === 'string') this.#addText(content, line, at);
    for (const result of results) {
      const call = this.#toolCalls.get(asId(result.tool_use_id));
      if (call === undefined) continue;
      const toolResult = asObject(line.toolUseResult);
      const failed = result.is_error === true || toolResult?.success === false;
      call.end = this.#end;
      const failure = failed ? errorClass(line.toolUseResult ?? this.#saidOf(call.id)) : '';
      const commits = this.#bash.commitsOf(call.id, this.#from, this.#to);
      call.outcome = {
        at,
        failed,
        errorClass: failure,
        status: asText(toolResult?.status) ?? '',
        lines: failed ? null : editedLines(call.name, toolResult),
        commits,
        quiet: this.#bash.quietOf(call.id, failure, commits.length),
        checks: this.#bash.checksOf(call.id, failed, failure, this.#from, this.#to),
      };
    }
  }

  /** Whether a line of an old client is a prompt to the main thread, and not the client's note of an interruption. */
  #isOldPrompt(line: Json): boolean {
    if (line.isSidechain === true || line.agentId !== undefined || isForked(line)) return false;
    return !textIn(this.#from, this.#to).includes('"[Request interrupted by user');
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
    this.#notes.set(id, {
      ...noted,
      at,
      promptId: this.#promptId,
      copy,
      end: this.#end,
      place: this.#nextPlace(),
    });
  }

  /** The number of the next call or note. */
  #nextPlace(): number {
    return this.#toolCalls.size + this.#notes.size + 1;
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

  /** The text of a failed result, for a subagent's lines, which have no toolUseResult. */
  #saidOf(callId: string): unknown {
    return resultOf(callId, failurePicker.pickMore(this.#from, this.#to));
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
    if (this.#assistantCwd === '') this.#assistantCwd = asText(line.cwd) ?? '';
    const usage = usageOf(line);
    if (message === undefined || usage === undefined) {
      if (lacksUsage(line)) this.#leftOut += 1;
      return;
    }
    // Reading a list makes new objects, so it is read once.
    const blocks = asArray(message.content);
    this.#addToolCalls(blocks, message.model, line, at);

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
    this.#declined.add(id, line, at, blocks);
    const seen = this.#responses.get(id);
    if (seen !== undefined && next.output < seen.usage.output) {
      // A later line can tell that a call is billed.
      if (this.#beside.has(id)) seen.end = Math.max(seen.end, this.#end);
      return;
    }
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
    if (iterations.length > 0) this.#noteBeside(id, iterations);
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

  /** Notes the further calls that a response's usage lists and that may be billed beside it. */
  #noteBeside(id: string, iterations: readonly unknown[]): void {
    const calls: FurtherCall[] = [];
    for (const [place, one] of iterations.entries()) {
      const iteration = asObject(one);
      const kind = asText(iteration?.type) ?? '';
      const isAttempt = ATTEMPTS.has(kind);
      if (iteration === undefined || (!isAttempt && !BESIDE.has(kind))) continue;
      const usage = readUsage(iteration);
      if (usage === undefined || usage.output === 0) continue;
      const model = asText(iteration.model);
      // Without a model, it is that of the response.
      if (isAttempt && model === undefined) continue;
      calls.push({
        place,
        model: model === undefined ? '' : this.#modelOf(model),
        attemptOf: isAttempt ? modelId(model) : null,
        usage,
      });
    }
    if (calls.length > 0) this.#beside.set(id, calls);
  }

  /**
   * Adds the further calls that are billed beside a response.
   *
   * @param declined the models that declined in the middle of the answer
   */
  #addBilled(
    responses: Response[],
    response: Response,
    calls: readonly FurtherCall[],
    declined: ReadonlySet<string>,
  ): void {
    const { speed, serviceTier, inferenceGeo } = response.usage;
    for (const { place, model, attemptOf, usage } of calls) {
      if (attemptOf !== null && (!declined.has(attemptOf) || attemptOf === modelId(response.model))) continue;
      responses.push({
        ...response,
        key: `${response.key}:iter:${place}`,
        // Its own, so that it is not taken for the response, and the same in a replay of the response.
        messageId: `${response.messageId}:iter:${place}`,
        model: model === '' ? response.model : model,
        usage: { ...usage, speed, serviceTier, inferenceGeo },
        isBeside: true,
      });
    }
  }

  #addToolCalls(blocks: readonly unknown[], model: unknown, line: Json, at: EpochMs): void {
    for (const one of blocks) {
      const block = asObject(one);
      if (block?.type !== 'tool_use') continue;
      const id = asId(block.id);
      if (id === '' || this.#toolCalls.has(id)) continue;
      const input = asObject(block.input);
      const name = this.#nameOf(block.name);
      if (name === 'Bash') this.#bash.add(id, input, asText(line.cwd) ?? '');
      this.#toolCalls.set(id, {
        id,
        name,
        at,
        promptId: this.#promptId,
        model: this.#modelOf(model),
        branch: this.#nameOf(line.gitBranch),
        skill: name === 'Skill' ? skillName(input) : '',
        outcome: null,
        copy: isForked(line),
        end: this.#end,
        place: this.#nextPlace(),
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
 * Marks what is not of the file's own life as a copy. In place: a new object would have another shape, and V8
 * would recompile all code that reads responses (bench/backfill.ts).
 */
function markCopies<T extends { at: EpochMs; copy: boolean }>(
  found: Iterable<T>,
  isOwn: (at: EpochMs) => boolean,
): T[] {
  const marked = [...found];
  for (const one of marked) if (!isOwn(one.at)) one.copy = true;
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

/** Whether a message has no content at all: some declined ones count a token of output that there is not. */
function isEmpty({ content }: Json): boolean {
  return Array.isArray(content) && content.length === 0;
}

/** Copies a text: a substring would keep the whole original in memory. */
function detach(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
