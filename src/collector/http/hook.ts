/** Takes hook payloads over HTTP. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseObject } from '../../base/json/json.js';
import { privateFolder, writeDurably } from '../../base/files.js';
import { readBody } from '../../base/loopback/body.js';
import { HttpError } from '../../base/loopback/http-error.js';
import { mediaType } from './otlp.js';

/**
 * Answers `POST /v1/hooks`: puts a hook's payload into the inbox, as the capture script would, for the drain to read.
 * The answer is 202 with an empty body, because Claude Code takes any text for the hook's output.
 */
export async function takeHook(
  request: Request,
  inbox: string,
  maxBodyBytes: number,
  onPayload: () => void,
  onLost: () => void,
): Promise<Response> {
  if (mediaType(request) !== 'application/json')
    throw new HttpError(415, 'A hook payload is sent as application/json');
  const text = (await readBody(request, maxBodyBytes)).toString('utf8');
  if (parseObject(text) === undefined) throw new HttpError(400, 'A hook payload is a JSON object');
  try {
    await privateFolder(inbox);
    // The drain sorts payloads by time and identifies them by this name, so it must be unique.
    await writeDurably(join(inbox, `http-${Date.now()}-${randomBytes(8).toString('hex')}.json`), text);
  } catch (error) {
    // Claude Code does not send it again.
    onLost();
    const message = error instanceof Error ? error.message : String(error);
    return new Response(message, { status: 503, headers: { 'retry-after': '1' } });
  }
  onPayload();
  return new Response(null, { status: 202 });
}
