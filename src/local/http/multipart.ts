/**
 * Finds the file in a multipart/form-data body (RFC 7578) by its boundary alone: for a file of some megabytes, the
 * platform's own parser takes longer than the engine takes for the rows.
 */

/** A part of a form, with the names from its Content-Disposition. */
export interface Part {
  name: string;
  filename: string | undefined;
  content: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** The parts of a body; undefined if the content type is another one, or names no boundary. */
export function readParts(body: Buffer, contentType: string): Part[] | undefined {
  const [, quoted, bare] =
    /^multipart\/form-data\s*;.*?boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return undefined;
  const parts: Part[] = [];
  const mark = Buffer.from(`\r\n--${boundary}`);
  // The first boundary is at the very start of the body, without a line break before it.
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
