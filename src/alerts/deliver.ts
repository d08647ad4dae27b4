/** Tells a change of a rule to the command and the webhook that the user's own settings name. */
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { isLoopbackName } from '../base/loopback/guard.js';
import type { Change } from './evaluate.js';
import type { SavedRule } from './rule.js';
import { standText } from './words.js';

/** Time limit for both, milliseconds. */
const LIMIT_MS = 10_000;

/** What a command gets on its stdin and a webhook as its body. */
export interface Message {
  rule: string;
  severity: string;
  state: string;
  state_before: string;
  metric: string;
  session_id: string | null;
  value: number | null;
  threshold: number | null;
  from: string;
  to: string;
  at: string;
  is_late: boolean;
  /** One line for a person. */
  text: string;
}

/** The message about a change. */
export function messageOf(rule: SavedRule, session: string, change: Change): Message {
  return {
    rule: rule.rule,
    severity: rule.severity,
    state: change.state,
    state_before: change.stateBefore,
    metric: rule.metric,
    session_id: session === '' ? null : session,
    value: change.value,
    threshold: change.threshold,
    from: new Date(change.from).toISOString(),
    to: new Date(change.to).toISOString(),
    at: new Date(change.at).toISOString(),
    is_late: change.isLate,
    text: standText(rule, change),
  };
}

/** Where messages go. */
export interface Receivers {
  alert_command: string | null;
  alert_webhook: string | null;
}

interface Within {
  /** Ends it early. */
  signal?: AbortSignal;
  /** Time limit for both, milliseconds. */
  limitMs?: number;
}

/** Tells it to each receiver that is set; returns what went wrong, one line each. */
export async function deliver(
  message: Message,
  receivers: Receivers,
  { signal, limitMs = LIMIT_MS }: Within = {},
): Promise<string[]> {
  const limit = AbortSignal.timeout(limitMs);
  const end = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const { alert_command: command, alert_webhook: webhook } = receivers;
  const told = await Promise.allSettled([
    ...(command === null ? [] : [runCommand(command, message, end)]),
    ...(webhook === null ? [] : [post(webhook, message, end)]),
  ]);
  return told.flatMap((one) =>
    one.status === 'rejected' ? [one.reason instanceof Error ? one.reason.message : String(one.reason)] : [],
  );
}

/**
 * Runs the command in a shell, with the message as JSON on stdin and its main parts in the environment. At the end of its
 * time it is killed with all that it started.
 */
function runCommand(command: string, message: Message, end: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', command], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // A process group of its own.
      detached: true,
      env: {
        ...process.env,
        ATEL_ALERT_RULE: message.rule,
        ATEL_ALERT_STATE: message.state,
        ATEL_ALERT_SEVERITY: message.severity,
        ATEL_ALERT_TEXT: message.text,
      },
    });
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    };
    if (end.aborted) kill();
    else end.addEventListener('abort', kill);
    child.on('error', (error) => reject(new Error(`alert_command: ${error.message}`)));
    child.on('exit', (code, signal) => {
      end.removeEventListener('abort', kill);
      if (code === 0) resolve();
      else if (end.aborted) reject(new Error('alert_command took too long and was ended'));
      else reject(new Error(`alert_command ended with ${code ?? signal ?? 'an error'}`));
    });
    // The command need not read it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(message));
  });
}

/** Sends the message to an address of this machine. */
function post(webhook: string, message: Message, end: AbortSignal): Promise<void> {
  const url = new URL(webhook);
  if (!isLoopbackName(url.hostname))
    return Promise.reject(new Error(`alert_webhook: ${url.origin} is not this machine`));
  if (url.protocol !== 'http:')
    return Promise.reject(
      new Error(`alert_webhook takes an address that begins with http:, not ${url.protocol}`),
    );
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`alert_webhook: ${what}`));
    const sent = request(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json' }, signal: end },
      (answer) => {
        answer.resume();
        const { statusCode = 0 } = answer;
        if (statusCode >= 200 && statusCode < 300) resolve();
        else fail(`answered ${statusCode}`);
      },
    );
    sent.on('error', (error) => fail(end.aborted ? 'no answer in time' : error.message));
    sent.end(JSON.stringify(message));
  });
}
