/** What one version of the client emits: the contract that our readers were written for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const shape = z.record(z.string(), z.string());
const shapes = z.record(z.string(), shape);

const contractSchema = z.object({
  /** The client's version. */
  version: z.string(),
  /** All hook events that the types of the Agent SDK name; null if they were not looked up. */
  hook_events: z.array(z.string()).nullable(),
  /** Hook event → the shape of its payloads. */
  hooks: shapes,
  /** Type of transcript line (`system/SUBTYPE`, `attachment/TYPE`) → the shape of its lines. */
  transcript: shapes,
  /** Kind of OpenTelemetry record (`event NAME`, `metric NAME`, `span NAME`, `resource`) → its attributes. */
  otel: shapes,
  /** The result of `--output-format json` and of the last line of `stream-json`. */
  result: shape,
  /** The JSON that the status line command gets; null if no interactive session could be run. */
  status_line: shape.nullable(),
  /** Model → component → the client's price in USD per million tokens (web search: per thousand searches). */
  costs: z.record(z.string(), z.record(z.string(), z.number())),
});

/** @see contractSchema */
export type Contract = z.infer<typeof contractSchema>;

const folder = join(import.meta.dirname, 'contracts');

/** The path of the recorded contract of a version. */
export const contractFile = (version: string): string => join(folder, `${version}.json`);

/** The recorded versions, oldest first. */
export function recordedVersions(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort(byVersion);
}

/** Reads a recorded contract. Throws if the file is missing or malformed. */
export function readContract(version: string): Contract {
  return contractSchema.parse(JSON.parse(readFileSync(contractFile(version), 'utf8')));
}

/** The recorded contract to compare a client with: of its own version, else of the newest. */
export function contractFor(version: string): Contract {
  const recorded = recordedVersions();
  const chosen = recorded.includes(version) ? version : recorded.at(-1);
  if (chosen === undefined) throw new Error(`No contract is recorded in ${folder}`);
  return readContract(chosen);
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
