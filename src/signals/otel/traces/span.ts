/** Reads the spans of OTLP traces. */
import { asArray, asObject, type Json } from '../../../base/json/json.js';
import { gather, type Reading, type Records } from '../decoded.js';
import { isStorable, readEnum, readId, readNanos, readText } from '../field.js';
import { recordsIn, type Levels, type Origin } from '../origin.js';
import { readAttributes, type Attributes } from '../value.js';
import type { EpochNanos } from '../../../base/time/units.js';

/** A span, from either encoding. Ids are hexadecimal, empty if missing. */
export interface Span {
  origin: Origin;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  /** Internal, Server, Client, Producer, Consumer or Unspecified. */
  kind: string;
  /** 0 if unknown. */
  startNanos: EpochNanos;
  endNanos: bigint;
  attributes: Attributes;
  /** Unset, Ok or Error. */
  statusCode: string;
  statusMessage: string;
  events: SpanEvent[];
  links: SpanLink[];
}

/** An event within a span. */
interface SpanEvent {
  nanos: bigint;
  name: string;
  attributes: Attributes;
}

/** A link to a related span. */
interface SpanLink {
  traceId: string;
  spanId: string;
  traceState: string;
  attributes: Attributes;
}

export const traceLevels: Levels = { resources: 'resourceSpans', scopes: 'scopeSpans', records: 'spans' };

/** The spans of an `ExportTraceServiceRequest`. */
export function readTraces(request: Json): Records<Span> {
  return gather(readAll(request));
}

function* readAll(request: Json): Generator<Reading<Span>> {
  for (const { origin, record } of recordsIn(request, traceLevels)) yield readSpan(origin, record);
}

const kinds = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const statuses = ['Unset', 'Ok', 'Error'];
const enumNames = (prefix: string, names: string[]) => names.map((name) => prefix + name.toUpperCase());
const kindNames = enumNames('SPAN_KIND_', kinds);
const statusNames = enumNames('STATUS_CODE_', statuses);

function readSpan(origin: Origin, span: Json): Reading<Span> {
  const [startNanos, endNanos] = [readNanos(span.startTimeUnixNano), readNanos(span.endTimeUnixNano)];
  const [traceId, spanId] = [readId(span.traceId, 16), readId(span.spanId, 8)];
  if (traceId === '' || spanId === '') return { refused: 'span without a valid id' };
  if (!isStorable(startNanos) || !isStorable(endNanos)) return { refused: 'time after 2106' };
  const status = asObject(span.status) ?? {};
  return {
    record: {
      origin,
      traceId,
      spanId,
      parentSpanId: readId(span.parentSpanId, 8),
      traceState: readText(span.traceState),
      name: readText(span.name),
      kind: kinds[readEnum(span.kind, kindNames)] ?? '',
      startNanos,
      endNanos,
      attributes: readAttributes(span.attributes),
      statusCode: statuses[readEnum(status.code, statusNames)] ?? '',
      statusMessage: readText(status.message),
      events: asArray(span.events).map(readEvent),
      links: asArray(span.links).map(readLink),
    },
  };
}

function readEvent(value: unknown): SpanEvent {
  const event = asObject(value) ?? {};
  const nanos = readNanos(event.timeUnixNano);
  return {
    nanos: isStorable(nanos) ? nanos : 0n,
    name: readText(event.name),
    attributes: readAttributes(event.attributes),
  };
}

function readLink(value: unknown): SpanLink {
  const link = asObject(value) ?? {};
  return {
    traceId: readId(link.traceId, 16),
    spanId: readId(link.spanId, 8),
    traceState: readText(link.traceState),
    attributes: readAttributes(link.attributes),
  };
}
