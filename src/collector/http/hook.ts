import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseObject } from '../../base/json/json.js';
import { privateFolder, writeDurably } from '../../base/files.js';
import { readBody } from '../../base/loopback/body.js';
import { HttpError } from '../../base/loopback/http-error.js';
import { mediaType } from './otlp.js';

/**
 * Answers `POST /v1/hooks`: a hook's payload goes to the inbox as the capture script would put it there, for the
 * drain to read. 202 with an empty body: Claude Code takes any text of an answer for a hook's output.
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
    // The drain sorts by time and tells payloads apart by this name: it is never used twice.
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
