import { expect, it } from 'vitest';
import { outsideFunction } from './outside.js';

it.each([
  ["SELECT * FROM postgresql('h:1', 'd', 't', 'u', 'p')", 'postgresql'],
  ["SELECT * FROM t LEFT JOIN S3 ('https://x') AS s ON 1", 'S3'],
  ["SELECT url('x'), mysql FROM t", undefined],
  ["SELECT * FROM t, url('https://x')", 'url'],
  ["SELECT * FROM (SELECT 1 FROM a, b WHERE c IN (1, 2)) AS x, s3('https://x')", 's3'],
  ["SELECT a, url('x') FROM t WHERE f(b, url('x'))", undefined],
  ['SELECT * FROM url', undefined],
  ["SELECT * FROM file('x')", undefined],
  ["SELECT 'FROM url(' FROM t", undefined],
  ["SELECT 'x FROM url('x')", undefined],
])('%s reads %s', (sql, name) => {
  expect(outsideFunction(sql)).toBe(name);
});
