/** Reads forms. */
import { readBody } from '../../base/loopback/body.js';
import { ApiError } from '../errors.js';

/** The fields of a form, `multipart/form-data` or urlencoded. @throws {ApiError | HttpError} 400, 413, 415 */
export async function readForm(request: Request, limit: number): Promise<FormData> {
  const contentType = request.headers.get('content-type') ?? '';
  const body = await readBody(request, limit);
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- meant for streams; this body is whole and bounded
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw new ApiError(400, `The body is not a form (Content-Type: ${contentType || 'none'})`);
  }
}
