import picocolors from 'picocolors';

/** Where a command prints to. */
export interface Terminal {
  /** Columns that a line may take. */
  width: number;
  paint: ReturnType<typeof picocolors.createColors>;
}

/** What a terminal that nobody measured is taken for. */
const USUAL_WIDTH = 80;
/** Wider than this, a table's rows are hard to follow. */
const MAX_WIDTH = 120;

/** A stream as far as it matters here. */
interface Stream {
  isTTY?: boolean;
  columns?: number;
}

/**
 * The terminal behind a stream: as wide as it is, else as COLUMNS says, else 80. In colour only where it is one,
 * and not with NO_COLOR (no-color.org) or TERM=dumb; FORCE_COLOR asks for colour in a pipe.
 */
export function terminalOf(
  stream: Stream = process.stdout,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  const told = Number(env.COLUMNS);
  // A terminal whose size nobody set says that it has no columns.
  const measured = stream.isTTY === true ? (stream.columns ?? 0) : 0;
  const columns = measured > 0 ? measured : told > 0 ? told : USUAL_WIDTH;
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
