/** How a figure changed relative to the previous one, as a share of that. */
export function change(share: number | null): string {
  if (share === null) return '';
  const size = Math.round(Math.abs(share) * 100);
  if (size === 0) return '= 0 %';
  return `${share > 0 ? '↑' : '↓'} ${size > 999 ? '>999' : String(size)} %`;
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
