/** The options of `atel export`, and how its formats are read. */
import type { exportCommand } from '../commands/export.js';
import type { OptionsOf } from '../shared/command.js';
import { UsageError } from '../shared/options.js';

export type ExportOptions = OptionsOf<typeof exportCommand.flags>;

/** Formats that this program writes itself, row by row. */
const TEXT_FORMATS = ['csv', 'json', 'ndjson'] as const;
export const FORMATS = [...TEXT_FORMATS, 'parquet', 'otel'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** The options, with stdout for `--out -`. */
export function withoutDash({ out, ...options }: ExportOptions): ExportOptions {
  return out === undefined || out === '-' ? options : { ...options, out };
}

/** The requested format for a log, which has rows but no store. Throws a UsageError. */
export function readTextFormat(options: ExportOptions): TextFormat {
  if (
    options.endpoint !== undefined ||
    FORMATS.slice(TEXT_FORMATS.length).some((one) => one === options.format)
  )
    throw new UsageError('parquet and otel need the store: run atel export without --file');
  return readFormat(options, TEXT_FORMATS);
}

export function readFormat<F extends string>({ format }: ExportOptions, known: readonly F[]): F {
  const found = known.find((one) => one === format);
  if (found === undefined) throw new UsageError(`--format takes ${known.join(', ')}, not "${format}"`);
  return found;
}
