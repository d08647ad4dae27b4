/** The options of connections, sinks and imports: stored as they are written, never run by this server. */
import { DatafileError } from '../errors.js';
import type { Command } from './lines.js';
import type { ConnectionType, Options } from './types.js';

/** `NAME value`, or `NAME >` with a block. An empty value is one too: `KAFKA_KEY ""`. */
export function readOption(options: Record<string, string>, command: Command): void {
  if (command.name in options) {
    throw new DatafileError(`line ${command.line}: ${command.name} is there twice`);
  }
  options[command.name] = command.block ?? command.value;
}

/** Throws a DatafileError if an option is missing or empty; `any` is enough if one of them is there. */
export function requireOption(options: Options, where: string, any: readonly string[]): void {
  if (any.some((name) => (options[name] ?? '') !== '')) return;
  throw new DatafileError(`${where} needs ${any.join(' or ')}`);
}

/** Cron's five fields: minute, hour, day of the month, month, day of the week. */
const cron = /^[\d*,/\-?LW#A-Za-z]+(?:\s+[\d*,/\-?LW#A-Za-z]+){4}$/;

/** A schedule: `@on-demand`, `@once` or cron's five fields. Throws a DatafileError. */
export function readSchedule(name: string, text: string, line: number | undefined): string {
  const schedule = text.trim();
  if (/^@(?:on-demand|once|auto)$/i.test(schedule)) return schedule.toLowerCase();
  if (cron.test(schedule)) return schedule;
  const where = line === undefined ? '' : `line ${line}: `;
  throw new DatafileError(`${where}${name} is @on-demand or cron's five fields, found "${schedule}"`);
}

/** The options of a KAFKA_… or IMPORT_… datasource, checked. Throws a DatafileError. */
export function checkImport(options: Options): void {
  const names = Object.keys(options);
  const isKafka = names.some((name) => name.startsWith('KAFKA_'));
  if (isKafka && names.some((name) => name.startsWith('IMPORT_'))) {
    throw new DatafileError('a datasource has KAFKA_ or IMPORT_ options, not both');
  }
  if (isKafka) {
    requireOption(options, 'a Kafka datasource', ['KAFKA_CONNECTION_NAME', 'KAFKA_BOOTSTRAP_SERVERS']);
    requireOption(options, 'a Kafka datasource', ['KAFKA_TOPIC']);
    return;
  }
  requireOption(options, 'an import', ['IMPORT_CONNECTION_NAME', 'IMPORT_SERVICE']);
  if (options.IMPORT_SCHEDULE !== undefined) {
    readSchedule('IMPORT_SCHEDULE', options.IMPORT_SCHEDULE, undefined);
  }
}

/** The options of a sink, checked. Throws a DatafileError. */
export function checkExport(node: string, options: Options): void {
  const where = `node ${node}: TYPE sink`;
  requireOption(options, where, ['EXPORT_CONNECTION_NAME', 'EXPORT_SERVICE']);
  requireOption(options, where, ['EXPORT_BUCKET_URI', 'EXPORT_KAFKA_TOPIC']);
  if (options.EXPORT_SCHEDULE !== undefined) {
    readSchedule('EXPORT_SCHEDULE', options.EXPORT_SCHEDULE, undefined);
  }
}

/** The connection that an import or a sink names, with the types that it may have; undefined if it names none. */
export function connectionOf(
  options: Options,
): { name: string; types: readonly ConnectionType[] } | undefined {
  const name =
    options.KAFKA_CONNECTION_NAME ?? options.IMPORT_CONNECTION_NAME ?? options.EXPORT_CONNECTION_NAME;
  if (name === undefined) return undefined;
  const isKafka = options.KAFKA_CONNECTION_NAME !== undefined || options.EXPORT_KAFKA_TOPIC !== undefined;
  const uri = options.IMPORT_BUCKET_URI ?? options.EXPORT_BUCKET_URI ?? '';
  if (isKafka) return { name, types: ['kafka'] };
  if (uri.startsWith('gs://')) return { name, types: ['gcs'] };
  return { name, types: uri.startsWith('s3://') ? ['s3'] : ['s3', 'gcs', 'dynamodb'] };
}
