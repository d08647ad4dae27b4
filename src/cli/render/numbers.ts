/** Figures as text for a terminal. */
import type { Change } from '../../base/format/changes.js';

const arrows = { up: '↑', down: '↓', none: '=' } as const;

/** How a figure changed: `↑ 27 %`. Empty if it is unknown. */
export function changeText(change: Change | null): string {
  return change === null ? '' : `${arrows[change.direction]} ${change.size}`;
}

/** A bar whose length shows a share of 1, in eighths of a column. */
export function bar(share: number | null, columns: number): string {
  if (share === null) return '';
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * columns * 8);
  // A share above zero is always visible.
  const seen = share > 0 ? Math.max(1, eighths) : 0;
  return '█'.repeat(Math.floor(seen / 8)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][seen % 8] ?? '');
}

/** A figure in a column of figures; a dash if it is unknown. */
export function known(figure: number | null, show: (figure: number) => string): string {
  return figure === null ? '–' : show(figure);
}
