/**
 * Makes the history of a year in the engine itself: requests with the sessions, prompts, tool calls, subagents, skills
 * and tasks that they belong to; of every third session also what OpenTelemetry reports. Every value is a hash of the request's number, so each run makes the same rows.
 */

/** What is made. */
export interface History {
  /** Requests in {@link HISTORY_DAYS} days. */
  requests: number;
  /** Of these, in the last seven days. The rows of these days depend on no other number. */
  lastWeek: number;
  /** The end of the last day, milliseconds since 1970. */
  end: number;
}

export const HISTORY_DAYS = 365;

const DAY_MS = 86_400_000;
/** Requests of an ordinary session, and of the one big session. */
const SESSION = 100;
const BIG_SESSION = 3_000;
/** A batch has at most this many requests, so that making them needs little memory. */
const BATCH = 200_000;

/** Database and table with the same requests in plain columns, for comparison. */
const FLAT_DATABASE = 'bench';
export const FLAT = `${FLAT_DATABASE}.flat`;

const textOf = (...parts: readonly string[]) =>
  `concat(${parts.map((part) => `toString(${part})`).join(", ' ', ")})`;
/** A text of 32 hexadecimal digits. */
const id = (kind: string, ...of: string[]) => `lower(hex(MD5(${textOf(`'${kind}'`, ...of)})))`;
/** A text in the form of a UUID. */
const uuid = (kind: string, ...of: string[]) =>
  `toString(reinterpretAsUUID(MD5(${textOf(`'${kind}'`, ...of)})))`;
/** A number below `below`. */
const number = (kind: string, of: string, below: number) => `(cityHash64('${kind}', ${of}) % ${below})`;
const oneOf = (values: readonly string[], place: string) =>
  `[${values.map((value) => `'${value}'`).join(', ')}][1 + ${place}]`;

const models = ['claude-opus-4-8', 'claude-sonnet-4-6', 'claude-haiku-4-5-20251001'];
const agentTypes = ['Explore', 'general-purpose', 'Plan', 'reviewer', 'test-writer'];
const tools = ['Bash', 'Read', 'Edit', 'Grep', 'Write', 'Glob', 'WebFetch', 'Task'];
const skills = Array.from({ length: 12 }, (_, place) => `skill-${place}`);
const projects = Array.from({ length: 20 }, (_, place) => `project-${place}-7815fea6`);

/** Number of the first request of the big session, in the middle of the time before the last week. */
const firstOfBig = ({ requests, lastWeek }: History) =>
  Math.floor((lastWeek + requests) / 2 / SESSION) * SESSION;

/**
 * The time of a request by its number, milliseconds since 1970: the newest has number 0. Requests are at equal
 * distances, in the last week and before it.
 */
function timeOf({ requests, lastWeek, end }: History, of: string): string {
  const [week, rest] = [7 * DAY_MS, (HISTORY_DAYS - 7) * DAY_MS];
  const older = requests - lastWeek;
  return `toInt64(if(${of} < ${lastWeek},
    ${end} - intDiv((2 * toInt64(${of}) + 1) * ${week}, ${2 * Math.max(lastWeek, 1)}),
    ${end - week} - intDiv((2 * (toInt64(${of}) - ${lastWeek}) + 1) * ${rest}, ${2 * Math.max(older, 1)})))`;
}

const moment = (ms: string) => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;

/** Number of the session that a request belongs to. */
function sessionOf(history: History, of: string): string {
  const first = firstOfBig(history);
  return `if(${of} >= ${first} AND ${of} < ${first + BIG_SESSION}, ${first / SESSION}, intDiv(${of}, ${SESSION}))`;
}

/** A session with about as many requests as most, of the last days; the big one; and a task. */
export function madeNames(history: History): Record<'session' | 'bigSession' | 'task', string> {
  return {
    session: `SELECT ${uuid('session', '1')} AS value`,
    bigSession: `SELECT ${uuid('session', String(firstOfBig(history) / SESSION))} AS value`,
    task: `SELECT 'TASK-1' AS value`,
  };
}

/** SELECT of the requests from number `from` to `to`, one row each, with what every table's rows are made of. */
function madeRequests(history: History, from: number, to: number): string {
  return `
    SELECT
      number AS n,
      n % ${SESSION} AS place,
      ${timeOf(history, 'n')} AS ms,
      ${sessionOf(history, 'n')} AS session,
      ${uuid('session', 'session')} AS session_id,
      ${oneOf(projects, number('project', 'session', projects.length))} AS project,
      ${uuid('prompt', 'intDiv(n, 10)')} AS prompt_id,
      multiIf(place BETWEEN 20 AND 29, 'a', place BETWEEN 60 AND 65, 'b', '') AS run,
      if(run = '', '', concat('a', substring(${id('agent', 'intDiv(n, 100)', 'run')}, 1, 16))) AS agent_id,
      if(run = '', '', ${oneOf(agentTypes, number('agent', 'intDiv(n, 100)', agentTypes.length))}) AS agent_type,
      if(place BETWEEN 80 AND 84, ${oneOf(skills, number('skill', 'intDiv(n, 100)', skills.length))}, '') AS skill_name,
      -- A side question replays the message before it.
      n % 1000 = 7 AS is_replay,
      concat('req_', substring(${id('request', 'n')}, 1, 24)) AS request_id,
      concat('msg_', substring(${id('message', 'n + is_replay')}, 1, 24)) AS message_id,
      multiIf(
        ${number('unpriced', 'n', 200)} = 0, 'gateway-model',
        run != '', '${models[2] ?? ''}',
        ${oneOf(models, number('model', 'n', models.length))}
      ) AS model,
      toUInt32(3 + ${number('input', 'n', 500)}) AS input_tokens,
      toUInt32(50 + ${number('output', 'n', 1500)}) AS output_tokens,
      toUInt32(20000 + ${number('read', 'n', 100_000)}) AS cache_read_tokens,
      toUInt32(${number('written', 'n', 3000)}) AS cache_creation_tokens,
      if(model = 'gateway-model', NULL,
        (input_tokens * 5 + output_tokens * 25 + cache_read_tokens * 0.5 + cache_creation_tokens * 6.25) / 1e6
      ) AS cost_usd,
      session % 3 = 0 AS has_otel,
      concat('toolu_', substring(${id('tool', 'n')}, 1, 24)) AS tool_use_id,
      if(place BETWEEN 80 AND 84 AND place % 10 = 4, 'Skill', ${oneOf(tools, number('tool', 'n', tools.length))}) AS tool_name,
      ${number('failure', 'n', 25)} = 0 AS has_failed,
      'live' AS origin,
      'bench' AS device,
      toUInt8(1) AS privacy_tier,
      toUInt16(1) AS schema_version
    FROM numbers(${from}, ${to - from})`;
}

const shared = ['session_id', 'project', 'origin', 'device', 'privacy_tier', 'schema_version'];
const sharedAndWork = [...shared, 'prompt_id', 'agent_id', 'agent_type', 'skill_name'];

/** Columns of a table's rows: their names, and SQL over {@link madeRequests}. */
type Columns = Record<string, string>;

const same = (names: readonly string[]): Columns => Object.fromEntries(names.map((name) => [name, name]));

function insertInto(table: string, columns: Columns, made: string, condition = '1'): string {
  const list = Object.entries(columns);
  // Each expression in a subquery of its own level: an alias must not hide the column that it is made of.
  return `INSERT INTO ${table} (${list.map(([name]) => name).join(', ')})
    SELECT ${list.map(([name, sql]) => `${sql} AS new_${name}`).join(', ')} FROM (${made}) WHERE ${condition}`;
}

const usage = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_creation_tokens'];

function sighting(source: 'transcript' | 'otel'): Columns {
  const isOtel = source === 'otel';
  return {
    ...same([...sharedAndWork, ...usage, 'model', 'request_id', 'cost_usd']),
    event_id: id(`api_request ${source}`, 'n'),
    // OpenTelemetry reports a request when it has ended.
    timestamp: moment(isOtel ? 'ms + 800' : 'ms'),
    source: `'${source}'`,
    request_key: 'request_id',
    ...(isOtel
      ? {
          agent_id: "''",
          agent_type: "if(agent_type IN ('reviewer', 'test-writer'), 'custom', agent_type)",
          message_id: "''",
          git_branch: "''",
          reported_cost_usd: 'cost_usd',
          duration_ms: `toUInt64(500 + ${number('duration', 'n', 20_000)})`,
        }
      : { message_id: 'message_id', git_branch: "'main'", reported_cost_usd: 'NULL', duration_ms: 'NULL' }),
    parent_agent_id: "''",
    is_sidechain: "run != '' OR is_replay",
    is_copy: '0',
    is_final: '1',
    is_refused: '0',
    cache_creation_5m_tokens: 'cache_creation_tokens',
    cache_creation_1h_tokens: '0',
    web_search_requests: '0',
    speed: "'standard'",
    service_tier: "'standard'",
    inference_geo: "''",
    price_source: "if(cost_usd IS NULL, '', 'list')",
    price_version: '1',
  };
}

interface Event {
  event: string;
  source: 'transcript' | 'hook' | 'otel' | 'cli';
  timestamp: string;
  more?: Columns;
}

function event({ event: kind, source, timestamp, more = {} }: Event): Columns {
  return {
    ...same(sharedAndWork),
    event_id: id(`${kind} ${source}`, 'n'),
    timestamp: moment(timestamp),
    source: `'${source}'`,
    event: `'${kind}'`,
    status: "''",
    error_class: "''",
    tool_name: "''",
    tool_use_id: "''",
    duration_ms: 'NULL',
    payload: "'{}'",
    version: '1',
    ...more,
  };
}

const ofCall = { ...same(['tool_use_id', 'tool_name']), status: "if(has_failed, 'failure', 'success')" };
const called = {
  ...ofCall,
  error_class: "if(has_failed, 'exit_1', '')",
  payload: `concat('{"answered_after_ms":', toString(100 + ${number('answer', 'n', 9000)}), '}')`,
};
const task = { task_id: "concat('TASK-', toString(intDiv(n, 100)))", tool_name: "'runner'" };
const installed = JSON.stringify({ skills, typed_only_skills: [] });

/** The statements that make the requests from number `from` to `to`, and what belongs to them. */
function batch(history: History, live: string, from: number, to: number): string[] {
  const made = madeRequests(history, from, to);
  const into = (table: string, columns: Columns, condition?: string) =>
    insertInto(`${live}.${table}`, columns, made, condition);
  const events = (of: Event, condition: string) => into('telemetry_events', event(of), condition);
  const activation = (kind: 'start' | 'stop', at: string): Columns => ({
    ...same(sharedAndWork),
    event_id: id(`agent_${kind}`, 'n'),
    timestamp: moment(at),
    source: "'hook'",
    event: `'${kind}'`,
    ...Object.fromEntries(usage.map((name) => [name, kind === 'stop' ? name : 'NULL'])),
    duration_ms: kind === 'stop' ? '30000' : 'NULL',
    version: '1',
  });
  return [
    into('api_requests', sighting('transcript')),
    into('api_requests', sighting('otel'), 'has_otel'),
    events({ event: 'tool_call', source: 'transcript', timestamp: 'ms + 900', more: called }, 'n % 10 != 0'),
    events(
      {
        event: 'tool_call',
        source: 'otel',
        timestamp: 'ms + 1900',
        more: { ...ofCall, duration_ms: `toUInt64(10 + ${number('took', 'n', 5000)})` },
      },
      'n % 10 != 0 AND has_otel',
    ),
    events({ event: 'prompt', source: 'hook', timestamp: 'ms - 500' }, 'n % 10 = 9'),
    events({ event: 'turn_end', source: 'hook', timestamp: 'ms + 2000' }, 'n % 10 = 0'),
    events(
      {
        event: 'session_start',
        source: 'hook',
        timestamp: 'ms - 2000',
        more: { payload: `'${installed}'`, ...same(['prompt_id']) },
      },
      `place = ${SESSION - 1}`,
    ),
    events(
      { event: 'issue_start', source: 'cli', timestamp: 'ms - 300', more: task },
      `place = ${SESSION - 1}`,
    ),
    events(
      {
        event: 'issue_phase',
        source: 'cli',
        timestamp: 'ms',
        more: { ...task, phase: "'verify'", status: "'success'", duration_ms: '20000' },
      },
      'place = 50',
    ),
    events(
      {
        event: 'issue_complete',
        source: 'cli',
        timestamp: 'ms + 300',
        more: { ...task, status: "if(has_failed, 'failure', 'success')", duration_ms: '60000' },
      },
      'place = 0',
    ),
    into('agent_activations', activation('start', 'ms - 300'), 'place IN (29, 65)'),
    into('agent_activations', activation('stop', 'ms + 1500'), 'place IN (20, 60)'),
    into(
      'skill_activations',
      {
        ...same([...sharedAndWork, 'tool_use_id']),
        event_id: id('skill', 'n'),
        timestamp: moment('ms + 900'),
        source: "'hook'",
        trigger: "'model'",
        duration_ms: '12',
        success: 'NOT has_failed',
        error_class: "if(has_failed, 'error', '')",
        version: '2',
      },
      'place = 84',
    ),
    into(
      'otel_metrics_sum',
      {
        ServiceName: "'claude-code'",
        MetricName: "'claude_code.token.usage'",
        Attributes: "map('session.id', session_id, 'model', model, 'type', 'output')",
        StartTimeUnix: `toDateTime64(${moment('ms - 60000')}, 9)`,
        TimeUnix: `toDateTime64(${moment('ms')}, 9)`,
        Value: 'output_tokens',
        AggregationTemporality: '1',
        IsMonotonic: '1',
        EventId: id('metric', 'n'),
      },
      'has_otel',
    ),
    insertInto(
      FLAT,
      {
        timestamp: moment('ms'),
        ...same(['session_id', 'project', 'model', 'agent_type', 'skill_name', ...usage, 'cost_usd']),
      },
      made,
      'NOT is_replay',
    ),
  ];
}

/** All statements that make the history in the tables of the database `live`, in their order. */
export function* statements(history: History, live: string): Generator<string> {
  const name = "LowCardinality(String) DEFAULT ''";
  yield `CREATE DATABASE IF NOT EXISTS ${FLAT_DATABASE} ENGINE = Atomic`;
  yield `CREATE TABLE IF NOT EXISTS ${FLAT} (
    timestamp DateTime64(3, 'UTC'), session_id String, project ${name}, model ${name}, agent_type ${name},
    skill_name ${name}, ${usage.map((column) => `${column} UInt32`).join(', ')}, cost_usd Nullable(Float64)
  ) ENGINE = MergeTree PARTITION BY toYYYYMM(timestamp) ORDER BY timestamp`;
  for (let from = 0; from < history.requests; from += BATCH)
    yield* batch(history, live, from, Math.min(history.requests, from + BATCH));
  const sums = usage.map((column) => `sum(${column}) AS ${column}`).join(', ');
  yield `INSERT INTO ${live}.session_summaries (
      session_id, event_id, timestamp, project, source, origin, device, privacy_tier, schema_version, started_at,
      last_activity_at, ended_at, end_reason, models, prompts, requests, tool_calls, tool_failures, lines_added,
      lines_removed, agents_used, skills_used, ${usage.join(', ')}, total_tokens, total_cost_usd, unpriced_requests,
      reported_cost_usd, version
    )
    SELECT
      session_id, ${id('session', 'session_id')}, last, project, 'transcript', 'live', 'bench', 1, 1, first,
      last, last, 'other', models, intDiv(made, 10), made, made, 4, 10 * made, made, 2, 1,
      ${usage.join(', ')}, ${usage.join(' + ')}, cost, unpriced, NULL, toUnixTimestamp64Milli(last)
    FROM (
      SELECT
        session_id, any(project) AS project, min(timestamp) AS first, max(timestamp) AS last, count() AS made,
        groupUniqArray(toString(model)) AS models, ${sums}, sum(cost_usd) AS cost, countIf(cost_usd IS NULL) AS unpriced
      FROM ${FLAT}
      GROUP BY session_id
    )`;
}

/** The sums of the questions about cost over the flat table. */
export const flatSums = (part: string, from: string, to: string) => `
  SELECT
    ${part} AS part,
    ${usage.map((column) => `sum(${column})`).join(', ')},
    sum(${usage.join(' + ')}) AS tokens,
    sumOrNull(cost_usd) AS cost,
    count() AS requests,
    countIf(cost_usd IS NULL) AS unpriced
  FROM ${FLAT}
  WHERE timestamp >= '${from}' AND timestamp < '${to}'
  GROUP BY part
  ORDER BY cost DESC`;
