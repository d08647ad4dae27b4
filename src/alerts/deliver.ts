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

/** Tells it to each receiver that is set; returns what went wrong, one line each. */
export async function deliver(message: Message, receivers: Receivers): Promise<string[]> {
  const { alert_command: command, alert_webhook: webhook } = receivers;
  const told = await Promise.allSettled([
    ...(command === null ? [] : [runCommand(command, message)]),
    ...(webhook === null ? [] : [post(webhook, message)]),
  ]);
  return told.flatMap((one) =>
    one.status === 'rejected' ? [one.reason instanceof Error ? one.reason.message : String(one.reason)] : [],
  );
}

/** Runs the command in a shell, with the message as JSON on stdin and its main parts in the environment. */
function runCommand(command: string, message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', command], {
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
      env: {
        ...process.env,
        ATEL_ALERT_RULE: message.rule,
        ATEL_ALERT_STATE: message.state,
        ATEL_ALERT_SEVERITY: message.severity,
        ATEL_ALERT_TEXT: message.text,
      },
    });
    child.on('error', (error) => reject(new Error(`alert_command: ${error.message}`)));
    child.on('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`alert_command ended with ${code ?? signal ?? 'an error'}`)),
    );
    // The command need not read it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(message));
  });
}

/** Sends the message to an address of this machine. */
function post(webhook: string, message: Message): Promise<void> {
  const url = new URL(webhook);
  if (!isLoopbackName(url.hostname))
    return Promise.reject(new Error(`alert_webhook: ${url.origin} is not this machine`));
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`alert_webhook: ${what}`));
    const sent = request(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json' }, timeout: LIMIT_MS },
      (answer) => {
        answer.resume();
        const { statusCode = 0 } = answer;
        if (statusCode >= 200 && statusCode < 300) resolve();
        else fail(`answered ${statusCode}`);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${LIMIT_MS} ms`)));
    sent.on('error', (error) => fail(error.message));
    sent.end(JSON.stringify(message));
  });
}
