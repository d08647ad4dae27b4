/** Reads what a tool was asked for and how it failed: of transcripts, hooks and OpenTelemetry alike. */
import { asText, type Json } from '../../base/json/json.js';
import { asName } from '../privacy/name.js';

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
