/**
 * Generates a history of Claude Code: thousands of transcripts, the same for the same seed, with every trap of real
 * ones. The true usage is summed up while writing, independently of the code under test.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface CorpusOptions {
  /** Approximate total size, bytes. */
  bytes: number;
  seed?: number;
  /** Median size of a session's main file, bytes. Default 100 KB. */
  median?: number;
  /** Size of the largest main file, bytes. Default 20 MB. */
  largest?: number;
  /** Median size of a tool's result, bytes. Default 3,000. */
  result?: number;
  /**
   * The client whose lines are written. Default: 2.1.197. 2.1.332 also writes its requests and prompts into the
   * transcript: most bytes are such lines, and none of them counts.
   */
  client?: '2.1.197' | '2.1.332';
  /** Whether every response has a request id. Default: all except those of every 25th session. */
  requestIds?: boolean;
}

/** The contents of the corpus, each response counted once. */
export interface CorpusTruth {
  bytes: number;
  files: number;
  sessions: number;
  requests: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheCreation: number;
  /** Lines that are not JSON objects. */
  corrupt: number;
  /** Number of tool calls with a result, each counted once. */
  toolCalls: number;
  /** Subagent files. */
  agents: number;
  /** The session in which each request was made, by request key. */
  owners: Map<string, string>;
}

interface Usage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
}

const MODELS = [
  'claude-opus-4-8',
  'claude-opus-4-8',
  'claude-sonnet-4-5-20250929',
  'claude-haiku-4-5-20251001',
  'claude-opus-4-8[1m]',
];
const TOOLS = ['Bash', 'Read', 'Edit', 'Grep', 'Write', 'Glob'];
const WORDS =
  'const return await function import export the request session token file path value if else for of new Map string number null true error result "quoted" \'single\' é ☃ 数 => { } [ ] ( ) ; , . // TODO'.split(
    ' ',
  );

/** Writes the corpus below `ROOT/projects` and returns its contents. */
export function writeCorpus(root: string, options: CorpusOptions): CorpusTruth {
  const corpus = new Corpus(root, options);
  return corpus.write();
}

class Corpus {
  readonly #random: () => number;
  readonly #pool: string[];
  readonly #truth: CorpusTruth = {
    bytes: 0,
    files: 0,
    sessions: 0,
    requests: 0,
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheCreation: 0,
    corrupt: 0,
    toolCalls: 0,
    agents: 0,
    owners: new Map(),
  };
  #ids = 0;
  #clock = Date.parse('2026-10-01T08:00:00.000Z');

  constructor(
    private readonly root: string,
    private readonly options: CorpusOptions,
  ) {
    this.#random = mulberry32(options.seed ?? 1);
    this.#pool = Array.from({ length: 4_000 }, () => this.#codeLine());
  }

  write(): CorpusTruth {
    const { bytes, median = 100_000, largest = 20_000_000 } = this.options;
    let original: { lines: Line[]; session: string; slug: string } | undefined;
    let wantsLargest = bytes >= 4 * largest;
    while (this.#truth.bytes < bytes) {
      let size = Math.min(largest, median * Math.exp(1.3 * this.#gauss()));
      if (wantsLargest && this.#truth.sessions > 20) {
        size = largest;
        wantsLargest = false;
      }
      const slug = `-home-dev-project-${Math.floor(this.#random() * 40)}`;
      const n = this.#truth.sessions;
      // Every twentieth session is forked, alternately with a mark at the start of the fork and without (as from a
      // terminal).
      const fork = n % 20 === 19 && original !== undefined ? original : undefined;
      original = this.#session(fork?.slug ?? slug, size, n, fork);
    }
    return this.#truth;
  }

  #session(slug: string, size: number, n: number, fork?: { lines: Line[]; session: string }) {
    const session = this.#uuid();
    const folder = join(this.root, 'projects', slug);
    // File systems store birth times with a precision of a few milliseconds; a real fork is never this close to its
    // original.
    if (fork !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    const file = new FileOf(join(folder, `${session}.jsonl`));
    const cwd = `/home/dev/${slug.slice('-home-dev-'.length)}`;
    const context: Context = {
      session,
      cwd,
      branch: this.#random() < 0.7 ? 'main' : `feat/${Math.floor(this.#random() * 50)}`,
      model: this.#pick(MODELS),
      agentId: '',
      agentType: '',
      promptId: '',
      hasRequestIds: this.options.requestIds === true || n % 25 !== 7,
      hasPlaceholders: n % 3 === 0,
      lines: [],
    };
    const marked = n % 2 === 0 || (fork !== undefined && n % 40 === 19);
    this.#clock = Date.parse('2026-10-01T08:00:00.000Z') + Math.floor(this.#random() * 40 * 86_400_000);
    if (fork !== undefined) this.#clock = Math.max(this.#clock, (fork.lines.at(-1)?.at ?? 0) + 60_000);
    if (marked && fork === undefined) this.#mark(file, context);
    if (this.options.client === '2.1.332') this.#start(file, context);
    if (fork !== undefined) {
      if (marked) this.#mark(file, context);
      // A fork from the middle copies only the lines up to there.
      const upTo = Math.ceil(fork.lines.length * (n % 3 === 0 ? 1 : 0.6));
      for (const line of fork.lines.slice(0, upTo)) {
        file.add(line.text.replaceAll(fork.session, session));
        context.lines.push({ ...line, text: line.text.replaceAll(fork.session, session) });
      }
    }
    file.add(JSON.stringify({ type: 'mode', mode: 'normal', sessionId: session }));
    let turns = 0;
    while (file.bytes < size || turns === 0) {
      this.#turn(file, context, folder, turns, n);
      turns += 1;
      // Resumed: the client also marks the start of a later part of the same session.
      if (marked && turns % 7 === 0) this.#mark(file, context);
    }
    if (this.options.client === '2.1.332') this.#costState(file, context);
    // A line that is still being written: incomplete, so not a line yet.
    if (n % 50 === 3)
      file.addTorn(`{"type":"assistant","timestamp":"${this.#now()}","message":{"id":"msg_torn"`);
    this.#close(file);
    this.#truth.sessions += 1;
    return { lines: context.lines, session, slug };
  }

  #turn(file: FileOf, context: Context, folder: string, turn: number, n: number): void {
    context.promptId = this.#uuid();
    this.#line(
      file,
      context,
      `${this.#envelope(context)}"promptId":"${context.promptId}","type":"user","message":{"role":"user","content":${this.#text(200)}},${this.#tail(context)}`,
    );
    if (turn % 4 === 0) {
      this.#line(
        file,
        context,
        `${this.#envelope(context)}"attachment":{"type":"file","content":${this.#text(1_500)}},"type":"attachment",${this.#tail(context)}`,
      );
      file.add(
        `{"type":"file-history-snapshot","messageId":"${this.#uuid()}","snapshot":{"messageId":"x","trackedFileBackups":{},"timestamp":"${this.#now()}"},"isSnapshotUpdate":false}`,
      );
    }
    if (this.options.client === '2.1.332') this.#snapshot(file, context, 57_000);
    const requests = 2 + Math.floor(this.#random() * 8);
    for (let r = 0; r < requests; r += 1) {
      const last = r === requests - 1;
      const spawns = !last && this.#random() < 0.012 && context.agentId === '';
      this.#response(file, context, last ? 'text' : spawns ? 'agent' : 'tool', folder);
    }
    this.#traps(file, context, turn, n);
  }

  /** Lines between turns that must not be counted, or not twice. */
  #traps(file: FileOf, context: Context, turn: number, n: number): void {
    const key = turn + n;
    if (key % 11 === 3) {
      // A side question repeats the last response with a new request id.
      const replay = context.lastResponse;
      if (replay !== undefined) {
        this.#line(
          file,
          { ...context, sidechain: true },
          `${this.#envelope({ ...context, sidechain: true })}"message":${replay},"requestId":"req_${this.#id()}","type":"assistant",${this.#tail(context)}`,
          false,
        );
      }
    }
    if (key % 13 === 5)
      file.add(
        `${this.#envelope(context)}"type":"assistant","isApiErrorMessage":true,"message":{"id":"${this.#uuid()}","model":"<synthetic>","role":"assistant","content":[{"type":"text","text":"API Error: 529"}],"stop_reason":"stop_sequence","usage":{"input_tokens":0,"output_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}},${this.#tail(context)}`,
      );
    if (key % 9 === 4 && context.lastResponse !== undefined) {
      file.add(
        `${this.#envelope(context)}"type":"progress","data":{"type":"agent_progress","agentId":"a${this.#id()}","message":{"type":"assistant","message":${context.lastResponse}${context.lastRequest ?? ''}}},"parentToolUseID":"toolu_x","toolUseID":"agent_msg_x",${this.#tail(context)}`,
      );
    }
    if (key % 37 === 11) {
      // Two lines joined, because a crash cut off the first.
      file.add(
        `${this.#envelope(context)}"promptId":"${context.promptId}","type":"user","message":{"role":"user","content":"cut of{"type":"user","timestamp":"${this.#now()}","message":{"role":"user","content":"x"}}`,
      );
      this.#truth.corrupt += 1;
    }
    if (key % 41 === 17) {
      file.add('\u0000'.repeat(64));
      this.#truth.corrupt += 1;
    }
    if (key % 10 === 6)
      file.add(
        `${this.#envelope(context)}"type":"system","subtype":"turn_duration","durationMs":1200,${this.#tail(context)}`,
      );
  }

  #response(file: FileOf, context: Context, kind: 'text' | 'tool' | 'agent', folder: string): void {
    const id = this.#id();
    const usage = this.#usage();
    const messageId = `msg_${id}`;
    const request = context.hasRequestIds ? `"requestId":"req_${id}",` : '';
    const owner = context.hasRequestIds ? `req_${id}` : messageId;
    this.#count(owner, usage, context.session);
    if (this.options.client === '2.1.332') this.#request(file, context);
    const toolUseId = `toolu_${id}`;
    const tool = kind === 'agent' ? 'Agent' : this.#pick(TOOLS);
    const blocks =
      kind === 'text'
        ? [`{"type":"text","text":${this.#text(700)}}`]
        : [
            ...(this.#random() < 0.5 ? [`{"type":"text","text":${this.#text(300)}}`] : []),
            kind === 'agent'
              ? `{"type":"tool_use","id":"${toolUseId}","name":"Agent","input":{"description":"look","prompt":${this.#text(400)},"subagent_type":"Explore"}}`
              : `{"type":"tool_use","id":"${toolUseId}","name":"${tool}","input":{"file_path":"/home/dev/x.ts","command":${this.#text(150)}${tool === 'Edit' || tool === 'Write' ? `,"content":${this.#text(2_000)}` : ''}}}`,
          ];
    blocks.forEach((block, index) => {
      const isLast = index === blocks.length - 1;
      const isPlaceholder = !isLast && (context.hasPlaceholders || context.agentId !== '');
      const message = this.#message(messageId, context.model, block, usage, isPlaceholder, kind);
      if (isLast) {
        context.lastResponse = message;
        context.lastRequest = context.hasRequestIds ? `,"requestId":"req_${id}"` : '';
      }
      const attribution = context.agentType === '' ? '' : `"attributionAgent":"${context.agentType}",`;
      this.#line(
        file,
        context,
        `${this.#envelope(context)}"message":${message},${request}${attribution}"type":"assistant",${this.#tail(context)}`,
      );
    });
    if (kind === 'text') return;
    let agent: string | undefined;
    if (kind === 'agent') agent = this.#agent(context, folder, toolUseId);
    this.#truth.toolCalls += 1;
    const result =
      agent === undefined
        ? this.#text((this.options.result ?? 3_000) * Math.exp(this.#gauss()))
        : this.#text(500);
    const told =
      agent === undefined
        ? `{"type":"text","file":{"filePath":"/home/dev/x.ts","content":${result},"numLines":10,"startLine":1,"timestamp":"not a time","uuid":"nested","sessionId":"nested"}}`
        : `{"status":"completed","agentId":"${agent}","agentType":"Explore","content":[{"type":"text","text":${result}}],"totalTokens":99999,"usage":{"input_tokens":9999,"output_tokens":9999}}`;
    this.#line(
      file,
      context,
      `${this.#envelope(context)}"promptId":"${context.promptId}","type":"user","message":{"role":"user","content":[{"tool_use_id":"${toolUseId}","type":"tool_result","content":${result}}]},${this.#tail(context, `"toolUseResult":${told},"sourceToolAssistantUUID":"${this.#uuid()}",`)}`,
    );
  }

  /** What 2.1.332 writes at the start of a session, in about the sizes of a real one. */
  #start(file: FileOf, context: Context): void {
    const kinds = {
      environment: 900,
      model: 300,
      agent_listing_delta: 3_400,
      skill_listing: 13_000,
      date: 20,
    };
    for (const [type, bytes] of Object.entries(kinds)) this.#attachment(file, context, type, bytes);
    this.#snapshot(file, context, 6_800);
    file.add(
      `{"type":"api-request-shape","sessionId":"${context.session}","shapeHash":"${this.#id()}","timestamp":"${this.#now()}","version":"2.1.332","shape":{"system":[{"type":"text","text":${this.#text(8_000)}}],"tools":[{"name":"Bash","description":${this.#text(30_000)},"usage":{"input_tokens":9999}}]}}`,
    );
  }

  /** The request of a response, and the message that is new in it. */
  #request(file: FileOf, { session }: Context): void {
    const hash = this.#id();
    file.add(
      `{"type":"api-request-blob","sessionId":"${session}","hash":"${hash}","message":{"role":"user","content":[{"type":"tool_result","content":${this.#text(150)}}]}}`,
    );
    file.add(
      `{"type":"api-request","sessionId":"${session}","id":"${this.#uuid()}","timestamp":"${this.#now()}","version":"2.1.332","querySource":"repl_main_thread","shapeHash":"${hash}","params":{"model":"claude-opus-5-5","max_tokens":128000},"thread":{"type":"none"},"keep":2,"tail":["${hash}"],"cacheControl":${this.#text(800)}}`,
    );
  }

  #snapshot(file: FileOf, context: Context, bytes: number): void {
    this.#attachment(file, context, 'prompt_snapshot', bytes);
  }

  #attachment(file: FileOf, context: Context, type: string, bytes: number): void {
    file.add(
      `${this.#envelope(context)}"attachment":{"type":"${type}","systemPrompt":[${this.#text(bytes)}]},"type":"attachment",${this.#tail(context)}`,
    );
  }

  /** The client's own total. Its figures are not those of the corpus: nothing may count them. */
  #costState(file: FileOf, { session }: Context): void {
    file.add(
      `{"type":"cost-state","sessionId":"${session}","totalCostUSD":1.5,"totalLinesAdded":3,"totalLinesRemoved":0,"modelUsage":{"claude-opus-5-5":{"inputTokens":17140,"outputTokens":2800,"thinkingTokens":0,"cacheReadInputTokens":195650,"cacheCreationInputTokens":11641,"costUSD":1.5}},"hasUnknownModelCost":false}`,
    );
  }

  /** A subagent with its own file. Its responses end in placeholders that were written back late. */
  #agent(parent: Context, folder: string, toolUseId: string): string {
    const agentId = `a${this.#id()}`;
    const path = join(folder, parent.session, 'subagents', `agent-${agentId}.jsonl`);
    const file = new FileOf(path);
    const context: Context = {
      ...parent,
      agentId,
      agentType: 'Explore',
      sidechain: true,
      lines: [],
      lastResponse: undefined,
    };
    const prompt = `${this.#envelope(context)}"promptId":"${context.promptId}","agentId":"${agentId}","type":"user","message":{"role":"user","content":${this.#text(300)}},${this.#tail(context)}`;
    this.#line(file, context, prompt);
    const requests = 3 + Math.floor(this.#random() * 25);
    for (let r = 0; r < requests; r += 1)
      this.#response(file, context, r === requests - 1 ? 'text' : 'tool', folder);
    this.#close(file);
    const meta = new FileOf(path.replace(/\.jsonl$/, '.meta.json'));
    meta.add(JSON.stringify({ agentType: 'Explore', description: 'look', toolUseId, spawnDepth: 1 }));
    meta.close();
    this.#truth.agents += 1;
    return agentId;
  }

  #message(
    id: string,
    model: string,
    block: string,
    usage: Usage,
    placeholder: boolean,
    kind: string,
  ): string {
    const shown = placeholder ? { ...usage, output_tokens: 1 + (usage.output_tokens % 7) } : usage;
    const oneHour = Math.floor(shown.cache_creation_input_tokens / 3);
    const stop = placeholder ? 'null' : kind === 'text' ? '"end_turn"' : '"tool_use"';
    return `{"id":"${id}","type":"message","role":"assistant","model":"${model}","content":[${block}],"stop_reason":${stop},"stop_sequence":null,"usage":{"input_tokens":${shown.input_tokens},"cache_creation_input_tokens":${shown.cache_creation_input_tokens},"cache_read_input_tokens":${shown.cache_read_input_tokens},"output_tokens":${shown.output_tokens},"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"service_tier":"standard","cache_creation":{"ephemeral_1h_input_tokens":${oneHour},"ephemeral_5m_input_tokens":${shown.cache_creation_input_tokens - oneHour}},"inference_geo":"","iterations":[],"speed":"standard"}}`;
  }

  #usage(): Usage {
    return {
      input_tokens: 1 + Math.floor(this.#random() * 3_000),
      cache_creation_input_tokens: Math.floor(this.#random() * 5_000),
      cache_read_input_tokens: Math.floor(this.#random() * 120_000),
      output_tokens: 20 + Math.floor(this.#random() * 1_500),
    };
  }

  #count(key: string, usage: Usage, session: string): void {
    this.#truth.requests += 1;
    this.#truth.input += usage.input_tokens;
    this.#truth.output += usage.output_tokens;
    this.#truth.cacheRead += usage.cache_read_input_tokens;
    this.#truth.cacheCreation += usage.cache_creation_input_tokens;
    this.#truth.owners.set(key, session);
  }

  #mark(file: FileOf, { session }: Context): void {
    for (const operation of ['enqueue', 'dequeue'])
      file.add(
        JSON.stringify({ type: 'queue-operation', operation, timestamp: this.#now(), sessionId: session }),
      );
  }

  #envelope({ sidechain, agentId }: Pick<Context, 'sidechain' | 'agentId'>): string {
    const agent = agentId === '' ? '' : `"agentId":"${agentId}",`;
    return `{"parentUuid":"${this.#uuid()}","isSidechain":${sidechain === true},${agent}`;
  }

  #tail({ cwd, session, branch }: Context, more = ''): string {
    return `"uuid":"${this.#uuid()}","timestamp":"${this.#now()}",${more}"userType":"external","entrypoint":"cli","cwd":"${cwd}","sessionId":"${session}","version":"${this.options.client ?? '2.1.197'}","gitBranch":"${branch}"}`;
  }

  /** Writes a line of the session itself, which a fork may copy. */
  #line(file: FileOf, context: Context, text: string, copied = true): void {
    file.add(text);
    if (copied) context.lines.push({ text, at: this.#clock });
  }

  #close(file: FileOf): void {
    file.close();
    this.#truth.files += 1;
    this.#truth.bytes += file.bytes;
  }

  #now(): string {
    this.#clock += 1 + Math.floor(this.#random() * 4_000);
    return new Date(this.#clock).toISOString();
  }

  /** JSON text of about this size that looks like code: many escapes, some non-ASCII characters. */
  #text(bytes: number): string {
    const lines: string[] = [];
    for (let size = 0; size < bytes;) {
      const line = this.#pool[Math.floor(this.#random() * this.#pool.length)] ?? '';
      lines.push(line);
      size += line.length;
    }
    return `"${lines.join('')}"`;
  }

  #codeLine(): string {
    const words = Array.from({ length: 3 + Math.floor(this.#random() * 9) }, () => this.#pick(WORDS));
    const text = `${'  '.repeat(Math.floor(this.#random() * 4))}${words.join(' ')}\n`;
    return JSON.stringify(text).slice(1, -1);
  }

  #id(): string {
    this.#ids += 1;
    return `${this.#ids.toString(36).padStart(6, '0')}${Math.floor(this.#random() * 2 ** 32).toString(36)}`;
  }

  #uuid(): string {
    const hex = Array.from({ length: 4 }, () =>
      Math.floor(this.#random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  #gauss(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }

  #pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.#random() * from.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }
}

interface Line {
  text: string;
  at: number;
}

interface Context {
  session: string;
  cwd: string;
  branch: string;
  model: string;
  agentId: string;
  agentType: string;
  promptId: string;
  sidechain?: boolean;
  hasRequestIds: boolean;
  hasPlaceholders: boolean;
  lines: Line[];
  lastResponse?: string | undefined;
  lastRequest?: string;
}

/** A file that is written in large pieces. */
class FileOf {
  bytes = 0;
  readonly #file: number;
  #waiting: string[] = [];
  #size = 0;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'w');
  }

  add(line: string): void {
    this.addTorn(`${line}\n`);
  }

  addTorn(text: string): void {
    this.#waiting.push(text);
    const size = Buffer.byteLength(text);
    this.#size += size;
    this.bytes += size;
    if (this.#size > 1 << 20) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#waiting.join(''));
    this.#waiting = [];
    this.#size = 0;
  }
}

/** A small generator of random numbers from 0 to 1, the same for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
