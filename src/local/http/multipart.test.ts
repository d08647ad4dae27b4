import { describe, expect, it } from 'vitest';
import { readParts } from './multipart.js';

const partsOf = (body: string, contentType: string) =>
  readParts(Buffer.from(body, 'latin1'), contentType)?.map(({ name, filename, content }) => [
    name,
    filename,
    content.toString('latin1'),
  ]);

describe('the parts of a form', () => {
  const body = [
    '--B\r\nContent-Disposition: form-data; name="about"\r\n\r\ntext\r\n',
    '--B\r\ncontent-disposition: form-data; filename="a b.parquet"; name="csv"\r\nContent-Type: x/y\r\n\r\n',
    'PAR1\r\n--A\r\n\r\n-B\xff\r\n\r\n--B--\r\n',
  ].join('');
  const parts = [
    ['about', undefined, 'text'],
    ['csv', 'a b.parquet', 'PAR1\r\n--A\r\n\r\n-B\xff\r\n'],
  ];

  it.each(['multipart/form-data; boundary=B', 'Multipart/Form-Data;charset=utf-8; boundary="B"'])(
    'the parts are read byte for byte (%s)',
    (contentType) => {
      expect(partsOf(body, contentType)).toEqual(parts);
    },
  );

  it('the parts that fetch writes are read', async () => {
    const form = new FormData();
    form.append('csv', new Blob(['PAR1', new Uint8Array([0, 255, 13, 10])]), 'rows.parquet');
    const request = new Request('http://here', { method: 'POST', body: form });
    const written = Buffer.from(await request.arrayBuffer());
    const [part, ...others] = readParts(written, request.headers.get('content-type') ?? '') ?? [];
    expect(others).toEqual([]);
    expect(part).toMatchObject({ name: 'csv', filename: 'rows.parquet' });
    expect(part?.content).toEqual(Buffer.from([0x50, 0x41, 0x52, 0x31, 0, 255, 13, 10]));
  });

  it('a part may be empty or incomplete, and there may be none', () => {
    expect(
      partsOf(
        '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--B--',
        'multipart/form-data; boundary=B',
      ),
    ).toEqual([['a', undefined, '']]);
    expect(partsOf(body.slice(0, -10), 'multipart/form-data; boundary=B')).toEqual(parts.slice(0, 1));
    expect(partsOf('nothing of the kind', 'multipart/form-data; boundary=B')).toEqual([]);
    expect(partsOf('--B--\r\n', 'multipart/form-data; boundary=B')).toEqual([]);
  });

  it('a body of another type has no parts', () => {
    expect(partsOf(body, 'application/octet-stream')).toBeUndefined();
    expect(partsOf(body, 'multipart/form-data')).toBeUndefined();
  });
});
