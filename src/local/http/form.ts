/** Reads forms. */
import { readBody } from '../../base/loopback/body.js';
import { ApiError } from '../errors.js';

/** The fields of a form, `multipart/form-data` or urlencoded. @throws {ApiError | HttpError} 400, 413, 415 */
export async function readForm(request: Request, limit: number): Promise<FormData> {
  return parseForm(await readBody(request, limit), request.headers.get('content-type') ?? '');
}

/** The fields of a form that are texts, in their order. @throws {ApiError} 400 */
export async function formFields(body: Buffer, contentType: string): Promise<[string, string][]> {
  const form = await parseForm(body, contentType);
  return [...form].flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[key, value]] : [],
  );
}

async function parseForm(body: Buffer, contentType: string): Promise<FormData> {
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- meant for streams; this body is whole and bounded
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw new ApiError(400, `The body is not a form (Content-Type: ${contentType || 'none'})`);
  }
}
