/** The terminal: its width, and whether to use colours. */
import picocolors from 'picocolors';

/** Where a command prints. */
export interface Terminal {
  /** Maximum width of a line, columns. */
  width: number;
  paint: ReturnType<typeof picocolors.createColors>;
}

/** Width if it is unknown. */
const USUAL_WIDTH = 80;
/** In wider tables, rows are hard to follow. */
const MAX_WIDTH = 120;

/** The part of a stream that is needed here. */
interface Stream {
  isTTY?: boolean;
  columns?: number;
}

/**
 * The terminal of a stream. The width is that of the terminal, else COLUMNS, else 80. Colours are used only on a
 * terminal, and not with NO_COLOR (no-color.org) or TERM=dumb; FORCE_COLOR switches them on for a pipe.
 */
export function terminalOf(
  stream: Stream = process.stdout,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  const configured = Number(env.COLUMNS);
  // A terminal without a set size reports 0 columns.
  const measured = stream.isTTY === true ? (stream.columns ?? 0) : 0;
  const columns = measured > 0 ? measured : configured > 0 ? configured : USUAL_WIDTH;
  return {
    width: Math.min(MAX_WIDTH, Math.max(40, Math.floor(columns))),
    paint: picocolors.createColors(isColourful(stream, env)),
  };
}

function isColourful(stream: Stream, env: Readonly<Record<string, string | undefined>>): boolean {
  const isSet = (value: string | undefined) => value !== undefined && value !== '';
  if (isSet(env.NO_COLOR)) return false;
  if (isSet(env.FORCE_COLOR)) return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
}
