/** Asks a listener for its health. */
import { get } from 'node:http';
import { parseObject, type Json } from '../json/json.js';

/** Our answer is short. */
const MOST_LENGTH = 10_000;

/** What `/health` at an address answers; undefined if nothing, or no JSON object, is answered within a second. */
export function healthAt(baseUrl: string): Promise<Json | undefined> {
  return new Promise((resolve) => {
    const request = get(new URL('/health', baseUrl), { timeout: 1_000, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MOST_LENGTH) request.destroy();
      });
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve(parseObject(text)));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined)).on('close', () => resolve(undefined));
  });
}
