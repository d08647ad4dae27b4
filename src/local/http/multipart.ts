/**
 * The file of a multipart/form-data body (RFC 7578), found by its boundary alone: the platform's own parser takes
 * longer for a file of some megabytes than the engine takes for its rows.
 */

/** A part of a form, with the names that its Content-Disposition gives it. */
export interface Part {
  name: string;
  filename: string | undefined;
  content: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** The parts of a body; undefined where the content type is another one, or names no boundary. */
export function readParts(body: Buffer, contentType: string): Part[] | undefined {
  const [, quoted, bare] =
    /^multipart\/form-data\s*;.*?boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return undefined;
  const parts: Part[] = [];
  const mark = Buffer.from(`\r\n--${boundary}`);
  // The first one stands at the very beginning, without a line before it.
  const first = body.indexOf(mark.subarray(2));
  for (let at = first < 0 ? -1 : first + mark.length - 2; at >= 0;) {
    const head = body.indexOf(HEAD_END, at);
    const end = head < 0 ? -1 : body.indexOf(mark, head + 2);
    if (end < 0) break;
    parts.push({
      ...namesIn(body.toString('utf8', at, head)),
      content: body.subarray(head + HEAD_END.length, end),
    });
    at = end + mark.length;
  }
  return parts;
}

function namesIn(head: string): Pick<Part, 'name' | 'filename'> {
  const [, name] = /[;\s]name="([^"]*)"/i.exec(head) ?? [];
  const [, filename] = /[;\s]filename="([^"]*)"/i.exec(head) ?? [];
  return { name: name ?? '', filename };
}
