/** Reads one NDJSON line as a row of a datasource: valid for the table, or for quarantine with the reasons. */
import type { Column } from '../datafile/types.js';
import { messageOf } from '../errors.js';
import { compileCheck, invalid, type Check } from './check.js';
import { absent, compileJsonPath, compileKey, type PathReader } from './json-path.js';
import { parseJson, writeJson } from './json.js';
import { compileRowScan, type RowScan } from './scan.js';
import { isNullable, parseType } from './type.js';

/** A row for the table, or for quarantine with its reasons: one JSON object for JSONEachRow. */
interface RowOutcome {
  kind: 'valid' | 'quarantined';
  line: string;
}

interface ColumnPlan {
  name: string;
  type: string;
  /** Undefined: the value is found by the column's name. */
  path: string | undefined;
  read: PathReader;
  check: Check;
  nullable: boolean;
  hasDefault: boolean;
}

export interface RowReader {
  /** Whether a line can go to the engine exactly as it is in the body; if not, use `read`. */
  passes: RowScan;
  /** Reads and checks one line of NDJSON. */
  read: (line: string, importId: string) => RowOutcome;
  /** The quarantine line for a row that was valid here but that the engine refused. */
  refuse: (line: string, importId: string, reason: string) => string;
}

/** Compiles the reader for a datasource's rows of JSON; columns without a JSON path get their defaults. */
export function compileRowReader(columns: readonly Column[]): RowReader {
  const plans = columns.flatMap((column): ColumnPlan[] =>
    column.jsonPath === undefined ? [] : [planColumn(column, column.jsonPath)],
  );
  return { passes: compileRowScan(columns), ...readerOf(plans) };
}

/** Compiles the reader for rows whose keys are the names of the columns, as those of a CSV file. */
export function compileNameReader(columns: readonly Column[]): RowReader {
  const given = columns.filter(({ materialized }) => materialized === undefined);
  return { passes: () => false, ...readerOf(given.map((column) => planColumn(column, undefined))) };
}

function planColumn(column: Column, path: string | undefined): ColumnPlan {
  const type = parseType(column.type);
  return {
    name: column.name,
    type: column.type,
    path,
    read: path === undefined ? compileKey(column.name) : compileJsonPath(path),
    check: compileCheck(type),
    nullable: isNullable(type),
    hasDefault: column.defaultExpression !== undefined,
  };
}

function readerOf(plans: readonly ColumnPlan[]): Omit<RowReader, 'passes'> {
  return {
    read: (line, importId) => readLine(plans, line, importId),
    refuse: (line, importId, reason) => quarantine(plans, parseJson(line), [['', reason]], importId).line,
  };
}

function readLine(plans: readonly ColumnPlan[], line: string, importId: string): RowOutcome {
  try {
    return judgeLine(plans, line, importId);
  } catch (error) {
    // Values are read and written recursively: deeply nested brackets would overflow the stack.
    if (!(error instanceof RangeError)) throw error;
    return quarantine(plans, absent, [['', `The row is nested too deeply: ${line.slice(0, 500)}`]], importId);
  }
}

function judgeLine(plans: readonly ColumnPlan[], line: string, importId: string): RowOutcome {
  let row: unknown;
  try {
    row = parseJson(line);
  } catch (error) {
    return quarantine(
      plans,
      absent,
      [['', `Invalid JSON: ${messageOf(error)}: ${line.slice(0, 500)}`]],
      importId,
    );
  }
  if (row === null || typeof row !== 'object' || Array.isArray(row)) {
    return quarantine(plans, absent, [['', `Expected a JSON object: ${line.slice(0, 500)}`]], importId);
  }
  const parts: string[] = [];
  const problems: [string, string][] = [];
  for (const plan of plans) {
    const given = plan.read(row);
    if (given === absent || given === null) {
      const problem = missingProblem(plan, given === null);
      if (problem !== undefined) problems.push([plan.name, problem]);
      else if (plan.nullable && given === null) parts.push(`${JSON.stringify(plan.name)}:null`);
      continue;
    }
    const value = plan.check(given);
    if (value === invalid) problems.push([plan.name, invalidProblem(plan, given)]);
    else parts.push(`${JSON.stringify(plan.name)}:${writeJson(value)}`);
  }
  if (problems.length > 0) return quarantine(plans, row, problems, importId);
  return { kind: 'valid', line: `{${parts.join(',')}}` };
}

/** Missing and null are valid if there is a default or the column is Nullable. */
function missingProblem(plan: ColumnPlan, isNull: boolean): string | undefined {
  if (plan.hasDefault || plan.nullable) return undefined;
  const place = plan.path === undefined ? '' : `. While accessing jsonpath '${plan.path}'`;
  if (isNull) {
    return `Strict type checking failed. Column '${plan.name}' is not Nullable and has no default, but the value is null${place}`;
  }
  if (plan.path === undefined) {
    return `The file has no column '${plan.name}', which is not Nullable and has no default`;
  }
  const key =
    plan.path
      .split('.')
      .at(-1)
      ?.replace(/(?:\[:\])+$/, '') ?? plan.name;
  return `Strict type checking failed. Object does not have column '${key}', you should send a value or recreate the table with a Nullable column type. While accessing jsonpath '${plan.path}'`;
}

function invalidProblem(plan: ColumnPlan, given: unknown): string {
  const text = typeof given === 'string' ? given : writeJson(given);
  return `value '${text.slice(0, 200).toWellFormed()}' on column '${plan.name}' is not ${plan.type}`;
}

function quarantine(
  plans: readonly ColumnPlan[],
  row: unknown,
  problems: readonly [string, string][],
  importId: string,
): RowOutcome {
  const fields: Record<string, unknown> = {};
  if (row !== absent) {
    for (const plan of plans) {
      const given = plan.read(row);
      if (given === absent || given === null) continue;
      fields[plan.name] = (typeof given === 'string' ? given : writeJson(given)).toWellFormed();
    }
  }
  fields.c__error_column = problems.map(([column]) => column);
  fields.c__error = problems.map(([, reason]) => reason.toWellFormed());
  fields.c__import_id = importId;
  return { kind: 'quarantined', line: JSON.stringify(fields) };
}
