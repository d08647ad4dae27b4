/** Reads the captures: hook payloads, requests and results of the real client. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the real client emitted in five runs; see the README in that folder. */
export const capturesFolder = fileURLToPath(new URL('../fixtures/captures', import.meta.url));

/** Folder of the captured transcripts. */
export const transcriptsFolder = join(capturesFolder, 'transcripts', '-home-dev-shop');

/** The sessions of the captures. */
export const sessions = {
  first: '11111111-1111-4111-8111-111111111111',
  overloaded: '22222222-2222-4222-8222-222222222222',
  typedSkill: '33333333-3333-4333-8333-333333333333',
  fork: '88e31e5d-0cc6-4910-b7db-c6add25161ab',
};

/** The captured hook payloads, in the order in which they arrived; those of 2.1.332 are one or two of each new kind. */
export function capturedPayloads(
  captures: 'captures' | 'captures-2.1.332' = 'captures',
): { name: string; text: string; payload: Record<string, unknown> }[] {
  const folder = join(capturesFolder, '..', captures, 'hooks');
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return { name, text, payload: JSON.parse(text) as Record<string, unknown> };
    });
}

/** For each captured run: its first hook, when it came after 10:49, and the interval of its hooks, milliseconds. */
const RUNS = [
  { first: 67, start: 36_270, step: 20 },
  { first: 59, start: 35_584, step: 25 },
  { first: 55, start: 34_490, step: 195 },
  { first: 40, start: 33_700, step: 20 },
  { first: 0, start: 32_620, step: 24 },
];

/** Hooks carry no time. Each one gets a time within its run, according to the transcript. */
export function captureTime(index: number): number {
  const { first, start, step } = RUNS.find((one) => index >= one.first)!;
  return Date.parse('2026-11-20T10:49:00Z') + start + (index - first) * step;
}

/** A request that the scripted API answered and billed: the expected value for every figure. */
export interface BilledRequest {
  rid: string;
  model: string;
  usage: {
    input_tokens: number;
    output_tokens: number;
    cache_read_input_tokens: number;
    cache_creation_input_tokens: number;
    cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  };
}

/** The 23 requests that cost something; the one that was answered with 529 did not. */
export function billedRequests(): BilledRequest[] {
  return readLines<BilledRequest & { n: number }>('api-requests.ndjson').filter(({ n }) => n !== 19);
}

/** What the client itself reported at the end of each of the five runs. */
export function clientResults(): {
  session_id: string;
  total_cost_usd: number;
  modelUsage: Record<
    string,
    {
      inputTokens: number;
      outputTokens: number;
      cacheReadInputTokens: number;
      cacheCreationInputTokens: number;
      costUSD: number;
    }
  >;
}[] {
  return readLines('results.ndjson');
}

function readLines<T>(name: string): T[] {
  return readFileSync(join(capturesFolder, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
