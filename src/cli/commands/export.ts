/** The definition of `atel export`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addTimeOptions } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const exportCommand = definition({
  name: 'export',
  group: 'export',
  summary: 'Rows as CSV, JSON, NDJSON or Parquet; traces as OpenTelemetry',
  description:
    'Write rows as CSV, JSON, NDJSON or Parquet, or traces as OpenTelemetry: to stdout, a file or an OTLP endpoint.',
  examples: [
    'atel export --since 30d > requests.csv',
    'atel export --table sessions --format ndjson',
    'atel export --table events --format json --out events.json',
    'atel export --file --task BUG-7 --format ndjson',
    'atel export --format parquet --out requests.parquet',
    'atel export --format otel --endpoint http://localhost:4318',
  ],
  flags: (made: Command) =>
    addTimeOptions(made, '7d', 'time zone of dates, e.g. Europe/Berlin or local (default: UTC)')
      .option('--format <name>', 'csv, json, ndjson, parquet or otel (traces)', 'csv')
      .option('--table <name>', 'requests, sessions, agents, skills or events (default: requests)')
      .option('--event <name>', 'only events with this name')
      .option('--tool <name>', 'only events of this tool')
      .option('--task <id>', 'only events of this task')
      .option('--out <file>', 'write there instead of to stdout (-); parquet needs one')
      .option('--endpoint <url>', 'with otel: send there over OTLP/HTTP, instead of writing OTLP/JSON')
      .option('--header <name=value...>', 'with --endpoint: send this header too'),
});
