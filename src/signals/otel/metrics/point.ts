/** Reads the data points of OTLP metrics. */
import { asArray, asObject, type Json } from '../../../base/json/json.js';
import { gather, type Reading, type Records } from '../decoded.js';
import { isStorable, readEnum, readId, readNanos, readText, readUnsigned } from '../field.js';
import { recordsIn, type Levels, type Origin } from '../origin.js';
import { readAttributes, readDouble, type Attributes } from '../value.js';
import type { EpochNanos } from '../../../base/time/units.js';

/** A data point of a metric, from either encoding. */
export type DataPoint = SumPoint | GaugePoint | HistogramPoint;

interface Point {
  origin: Origin;
  metric: { name: string; description: string; unit: string };
  attributes: Attributes;
  /** 0 if unknown. */
  startNanos: EpochNanos;
  nanos: bigint;
  flags: number;
  exemplars: Exemplar[];
}

interface SumPoint extends Point {
  kind: 'sum';
  value: number;
  temporality: number;
  isMonotonic: boolean;
}

interface GaugePoint extends Point {
  kind: 'gauge';
  value: number;
}

interface HistogramPoint extends Point {
  kind: 'histogram';
  count: number;
  sum: number;
  bucketCounts: number[];
  explicitBounds: number[];
  min: number | null;
  max: number | null;
  temporality: number;
}

/** An exemplar: a single measurement kept with a data point. */
interface Exemplar {
  nanos: bigint;
  traceId: string;
  spanId: string;
  value: number;
  attributes: Attributes;
}

export const metricLevels: Levels = {
  resources: 'resourceMetrics',
  scopes: 'scopeMetrics',
  records: 'metrics',
};

/** The data points of an `ExportMetricsServiceRequest`. */
export function readMetrics(request: Json): Records<DataPoint> {
  return gather(readAll(request));
}

function* readAll(request: Json): Generator<Reading<DataPoint>> {
  for (const { origin, record } of recordsIn(request, metricLevels)) yield* readMetric(origin, record);
}

/** Kinds of metrics that no table here can hold. */
const unread = ['exponentialHistogram', 'summary'];

const temporalities = [
  'AGGREGATION_TEMPORALITY_UNSPECIFIED',
  'AGGREGATION_TEMPORALITY_DELTA',
  'AGGREGATION_TEMPORALITY_CUMULATIVE',
];

function* readMetric(origin: Origin, record: Json): Generator<Reading<DataPoint>> {
  const metric = {
    name: readText(record.name),
    description: readText(record.description),
    unit: readText(record.unit),
  };
  const [sum, gauge, histogram] = [record.sum, record.gauge, record.histogram].map(asObject);
  for (const point of pointsOf(sum)) {
    yield readPoint(point, origin, metric, (common) => ({
      ...common,
      kind: 'sum',
      value: readNumber(point),
      temporality: readEnum(sum?.aggregationTemporality, temporalities),
      isMonotonic: sum?.isMonotonic === true,
    }));
  }
  for (const point of pointsOf(gauge)) {
    yield readPoint(point, origin, metric, (common) => ({
      ...common,
      kind: 'gauge',
      value: readNumber(point),
    }));
  }
  for (const point of pointsOf(histogram)) {
    yield readPoint(point, origin, metric, (common) => ({
      ...common,
      kind: 'histogram',
      count: readUnsigned(point.count, 53),
      sum: readDouble(point.sum) ?? 0,
      bucketCounts: asArray(point.bucketCounts).map((count) => readUnsigned(count, 53)),
      explicitBounds: asArray(point.explicitBounds).map((bound) => readDouble(bound) ?? 0),
      min: readDouble(point.min) ?? null,
      max: readDouble(point.max) ?? null,
      temporality: readEnum(histogram?.aggregationTemporality, temporalities),
    }));
  }
  for (const kind of unread) {
    const refused = `no table for metrics of kind ${kind}`;
    yield* pointsOf(asObject(record[kind])).map(() => ({ refused }));
  }
}

function pointsOf(data: Json | undefined): Json[] {
  return asArray(data?.dataPoints).map((point) => asObject(point) ?? {});
}

function readPoint(
  point: Json,
  origin: Origin,
  metric: Point['metric'],
  complete: (common: Point) => DataPoint,
): Reading<DataPoint> {
  const [startNanos, nanos] = [readNanos(point.startTimeUnixNano), readNanos(point.timeUnixNano)];
  if (!isStorable(nanos) || !isStorable(startNanos)) return { refused: 'time after 2106' };
  const record = complete({
    origin,
    metric,
    attributes: readAttributes(point.attributes),
    startNanos,
    nanos,
    flags: readUnsigned(point.flags, 8),
    exemplars: asArray(point.exemplars).map(readExemplar),
  });
  return isFinitePoint(record) ? { record } : { refused: 'value that is not a finite number' };
}

/** Whether all numbers are finite: JSON has neither NaN nor infinity. */
function isFinitePoint(point: DataPoint): boolean {
  const numbers =
    point.kind === 'histogram'
      ? [point.sum, point.min ?? 0, point.max ?? 0, ...point.explicitBounds]
      : [point.value];
  return [...numbers, ...point.exemplars.map(({ value }) => value)].every((number) =>
    Number.isFinite(number),
  );
}

function readExemplar(value: unknown): Exemplar {
  const exemplar = asObject(value) ?? {};
  const nanos = readNanos(exemplar.timeUnixNano);
  return {
    nanos: isStorable(nanos) ? nanos : 0n,
    traceId: readId(exemplar.traceId, 16),
    spanId: readId(exemplar.spanId, 8),
    value: readNumber(exemplar),
    attributes: readAttributes(exemplar.filteredAttributes),
  };
}

/** The value of a point; 0 if its flags say that nothing was recorded, as in the OpenTelemetry Collector. */
function readNumber(point: Json): number {
  return readDouble(point.asDouble) ?? readDouble(point.asInt) ?? 0;
}
