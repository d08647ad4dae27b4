import { expect, it } from 'vitest';
import { progressLine } from './progress.js';

function terminal() {
  const clock = { ms: 0 };
  const written: string[] = [];
  const line = progressLine({ isTTY: true, write: (text) => written.push(text) }, () => clock.ms);
  return { clock, written, line: line! };
}

it('shows a bar, the words and the time that is left, at most ten times a second', () => {
  const { clock, written, line } = terminal();
  clock.ms = 2_000;
  line.show((seconds) => ({ share: 0.25, text: `${1_000 / seconds} rows/s` }));
  clock.ms = 2_050;
  line.show(() => ({ share: 0.5, text: 'too soon' }));
  clock.ms = 4_000;
  line.show(() => ({ share: null, text: '7 spans' }));
  line.clear();
  expect(written).toEqual([
    `\r\x1b[K${'█'.repeat(6)}${'░'.repeat(18)} 500 rows/s, 6 s left`,
    '\r\x1b[K7 spans',
    '\r\x1b[K',
  ]);
});

it('is nothing where nobody watches', () => {
  expect(progressLine({ isTTY: false, write: () => undefined })).toBeUndefined();
});
