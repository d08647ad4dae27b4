/** Measures the wall time of programs and prints a table. */
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** A program whose wall time is measured. */
export interface Candidate {
  name: string;
  command: string;
  args: readonly string[];
  input?: string;
  /** Default: the environment of this process. */
  env?: NodeJS.ProcessEnv;
  /** Runs before each measurement, outside of it. */
  before?: () => void;
}

export interface Figure {
  name: string;
  /** Median and 95th percentile of the wall time, milliseconds. */
  median: number;
  p95: number;
}

/** Measures the candidates in turn, round by round, so that noise on the machine affects all of them. */
export function measure(candidates: readonly Candidate[], rounds: number): Figure[] {
  const times = candidates.map(() => [] as number[]);
  for (let round = -2; round < rounds; round += 1) {
    candidates.forEach((candidate, index) => {
      candidate.before?.();
      const start = performance.now();
      const { status, error } = spawnSync(candidate.command, candidate.args, {
        input: candidate.input ?? '',
        env: candidate.env ?? process.env,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const elapsed = performance.now() - start;
      if (error !== undefined || status !== 0)
        throw new Error(`${candidate.name} failed (${status})`, { cause: error });
      // The first two rounds only warm the caches.
      if (round >= 0) times[index]?.push(elapsed);
    });
  }
  return candidates.map(({ name }, index) => ({
    name,
    median: quantile(times[index] ?? [], 0.5),
    p95: quantile(times[index] ?? [], 0.95),
  }));
}

/** The value that a share `q` of the values does not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/** A table of the figures, each also as a multiple of the named references. */
export function table(figures: readonly Figure[], references: readonly string[]): string {
  const head = ['', 'median ms', 'p95 ms', ...references.map((name) => `× ${name}`)];
  const rows = figures.map((figure) => [
    figure.name,
    figure.median.toFixed(1),
    figure.p95.toFixed(1),
    ...references.map((name) =>
      (figure.median / (figures.find((one) => one.name === name)?.median ?? NaN)).toFixed(2),
    ),
  ]);
  return columns([head, ...rows]);
}

/** Lines of cells as a table; a line may have fewer cells than the first. */
export function columns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    // A lone cell after the name is a message, not a figure.
    Math.max(...lines.map((line) => (column === 1 && line.length === 2 ? 0 : (line[column]?.length ?? 0)))),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

/** Lines of cells as a table in Markdown, numbers to the right; the first line is its head. */
export function markdown(lines: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = lines;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rest].map((line) => `| ${line.join(' | ')} |`).join('\n');
}
