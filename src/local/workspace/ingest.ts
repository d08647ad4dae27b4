import { randomUUID } from 'node:crypto';
import { ApiError } from '../errors.js';
import { isIngestible, quarantineName } from './project.js';
import type { Workspace } from './workspace.js';

export interface IngestResult {
  successful_rows: number;
  quarantined_rows: number;
}

/**
 * Judges each row, inserts the good ones and quarantines the others. When it resolves, all of them are on disk.
 * Throws an ApiError: 404 unknown datasource, 400 one that takes no rows, 503 half-way through a deployment.
 */
export function ingest(workspace: Workspace, datasource: string, body: string): Promise<IngestResult> {
  return workspace.gate.shared(async () => {
    if (workspace.halted !== undefined) throw new ApiError(503, `No rows are taken: ${workspace.halted}`);
    const target = workspace.project.datasources.get(datasource);
    const reader = workspace.rowReader(datasource);
    if (!target || !reader) throw new ApiError(404, `Data Source "${datasource}" does not exist`);
    if (!isIngestible(target)) {
      throw new ApiError(400, `Data Source "${datasource}" has no JSON paths: it takes no events`);
    }
    const importId = randomUUID();
    const given: string[] = [];
    const valid: string[] = [];
    const quarantined: string[] = [];
    for (const line of splitLines(body)) {
      const outcome = reader.read(line, importId);
      if (outcome.kind === 'valid') {
        given.push(line);
        valid.push(outcome.line);
      } else {
        quarantined.push(outcome.line);
      }
    }
    const refused = await workspace.writer(datasource).write(valid);
    for (const { index, reason } of refused)
      quarantined.push(reader.refuse(given[index] ?? '', importId, reason));
    await workspace.writer(quarantineName(datasource)).write(quarantined);
    return { successful_rows: valid.length - refused.length, quarantined_rows: quarantined.length };
  });
}

/** NDJSON, or one JSON object written over several lines. */
function splitLines(body: string): string[] {
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  const [first] = lines;
  if (lines.length < 2 || first === undefined || isJson(first) || !isJson(body)) return lines;
  return [body];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
