/** Takes rows for a datasource: stores the valid ones and quarantines the others. */
import { randomUUID } from 'node:crypto';
import type { RowReader } from '../columns/row.js';
import type { Datasource } from '../datafile/types.js';
import { ApiError } from '../errors.js';
import { isIngestible, quarantineName } from './project.js';
import { joinLines, type RowBatch, type TableWriter } from './table-writer.js';
import type { Workspace } from './workspace.js';

export interface IngestResult {
  successful_rows: number;
  quarantined_rows: number;
}

/** Where rows go, and how they are read. */
export interface Intake {
  datasource: Datasource;
  reader: RowReader;
  /** The table that gets the rows, as the engine names it. */
  table: string;
  writer: TableWriter;
  /** The datasources that the rows change. */
  filled: readonly string[];
}

/**
 * Checks each row, inserts the valid ones and quarantines the others. When it resolves, all of them are on disk. Throws
 * an ApiError: 404 for an unknown datasource, 400 for one that takes no rows, 503 while a deployment is unfinished.
 *
 * @param body NDJSON, or one JSON object over several lines; UTF-8
 */
export function ingest(workspace: Workspace, name: string, body: Buffer): Promise<IngestResult> {
  return workspace.gate.shared(() =>
    takeRows(workspace, liveIntake(workspace, name, 'path'), body, randomUUID()),
  );
}

/**
 * The intake of a datasource's own table. Throws as `ingest` does.
 *
 * @param by what finds the value of a column in a row: its JSON path, or its name
 */
export function liveIntake(workspace: Workspace, name: string, by: 'path' | 'name'): Intake {
  const { datasource, reader } = readerFor(workspace, name, by);
  const writer = workspace.writer(name);
  return { datasource, reader, table: workspace.tableOf(name), writer, filled: workspace.filledWith(name) };
}

/** A datasource with the reader for its rows. Throws as `ingest` does. */
export function readerFor(
  workspace: Workspace,
  name: string,
  by: 'path' | 'name',
): Pick<Intake, 'datasource' | 'reader'> {
  if (workspace.halted !== undefined) throw new ApiError(503, `No rows are taken: ${workspace.halted}`);
  const datasource = workspace.project.datasources.get(name);
  const reader = by === 'path' ? workspace.rowReader(name) : workspace.nameReader(name);
  if (!datasource || !reader) throw new ApiError(404, `Data Source "${name}" does not exist`);
  if (by === 'path' && !isIngestible(datasource)) {
    throw new ApiError(400, `Data Source "${name}" has no JSON paths: it takes no events, only CSV files`);
  }
  return { datasource, reader };
}

/** Checks and stores rows, as `ingest` does; quarantined rows get this import id. */
export async function takeRows(
  workspace: Workspace,
  { datasource: { name }, reader, writer }: Intake,
  body: Buffer,
  importId: string,
): Promise<IngestResult> {
  const { lines, valid, quarantined } = judge(reader, body, importId);
  const refused = await writer.write(valid.batch());
  for (const { index, reason } of refused) {
    const line = lines[index];
    quarantined.add(
      reader.refuse(line === undefined ? '' : body.toString('utf8', ...line), importId, reason),
    );
  }
  await workspace.writer(quarantineName(name)).write(quarantined.batch());
  return { successful_rows: valid.rows - refused.length, quarantined_rows: quarantined.rows };
}

/** Start and end of a line in the body. */
type Place = readonly [from: number, to: number];

function judge(reader: RowReader, body: Buffer, importId: string) {
  const valid = new RowsOf(body);
  const quarantined = new RowsOf(body);
  /** The valid lines as they were sent. */
  const lines: Place[] = [];
  for (const place of placesOf(reader, body)) {
    if (reader.passes(body, ...place)) {
      valid.keep(place);
      lines.push(place);
      continue;
    }
    const outcome = reader.read(body.toString('utf8', ...place), importId);
    if (outcome.kind === 'valid') {
      valid.add(outcome.line);
      lines.push(place);
    } else quarantined.add(outcome.line);
  }
  return { lines, valid, quarantined };
}

/** Rows for the engine: unchanged lines of the body where possible, and rewritten ones. */
class RowsOf {
  rows = 0;
  readonly #pieces: Buffer[] = [];
  /** Consecutive lines of the body that are not in `#pieces` yet. */
  #from = 0;
  #to = 0;

  constructor(private readonly body: Buffer) {}

  keep([from, to]: Place): void {
    this.rows += 1;
    if (this.#to > this.#from && from === this.#to + 1) this.#to = to;
    else {
      this.#cut();
      this.#from = from;
      this.#to = to;
    }
  }

  add(line: string): void {
    this.rows += 1;
    this.#cut();
    this.#pieces.push(Buffer.from(line));
  }

  /** All rows, one per line. */
  batch(): RowBatch {
    this.#cut();
    return { rows: this.rows, bytes: joinLines(this.#pieces) };
  }

  #cut(): void {
    if (this.#to > this.#from) this.#pieces.push(this.body.subarray(this.#from, this.#to));
    this.#from = this.#to = 0;
  }
}

/** The lines of the body that are not blank; the whole body if it is one object over several lines. */
function placesOf(reader: RowReader, body: Buffer): Place[] {
  const places: Place[] = [];
  for (let from = 0; from < body.length;) {
    const lineBreak = body.indexOf(LINE_BREAK, from);
    const to = lineBreak < 0 ? body.length : lineBreak;
    if (!isBlank(body, from, to)) places.push([from, to]);
    from = to + 1;
  }
  const [first] = places;
  if (places.length < 2 || first === undefined || reader.passes(body, ...first)) return places;
  return !isJson(body.toString('utf8', ...first)) && isJson(body.toString('utf8'))
    ? [[0, body.length]]
    : places;
}

const LINE_BREAK = 0x0a;
const whitespace = new Set([0x09, 0x0b, 0x0c, 0x0d, 0x20]);

function isBlank(body: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (!whitespace.has(body[at] ?? 0)) return false;
  return true;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
