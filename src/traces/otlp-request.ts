/**
 * Encodes spans as OTLP's `ExportTraceServiceRequest`, in JSON or protobuf. Source: opentelemetry-proto 1.x, and
 * "OTLP/JSON" in the protocol's specification (its ids are hexadecimal).
 */
import packageJson from '../../package.json' with { type: 'json' };
import { writeMessage } from '../signals/otel/protobuf.js';
import type { AttributeValue, Span } from './span.js';
import type { EpochMs } from '../base/time/units.js';

const KINDS = { internal: 1, client: 3 } as const;
const ERROR = 2;

/** The request in OTLP/JSON. OpenTelemetry's file exporter writes one of these per line. */
export function traceRequest(spans: readonly Span[]) {
  return requestOf(spans, (id) => id);
}

/** The request in protobuf. */
export function encodeTraceRequest(spans: readonly Span[]): Uint8Array {
  return writeMessage(
    'ExportTraceServiceRequest',
    requestOf(spans, (id) => Buffer.from(id, 'hex')),
  );
}

function requestOf<Id>(spans: readonly Span[], idOf: (hex: string) => Id) {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: pairs({
            'service.name': 'agent-telemetry',
            'service.version': packageJson.version,
          }),
        },
        scopeSpans: [
          {
            scope: { name: 'atel', version: packageJson.version },
            spans: spans.map((span) => spanOf(span, idOf)),
          },
        ],
      },
    ],
  };
}

function spanOf<Id>(span: Span, idOf: (hex: string) => Id) {
  return {
    traceId: idOf(span.traceId),
    spanId: idOf(span.spanId),
    ...(span.parentSpanId === '' ? {} : { parentSpanId: idOf(span.parentSpanId) }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanos(span.start),
    endTimeUnixNano: nanos(span.end),
    attributes: pairs(span.attributes),
    events: span.events.map(({ at, name, attributes }) => ({
      timeUnixNano: nanos(at),
      name,
      attributes: pairs(attributes),
    })),
    links: span.links.map(({ traceId, spanId }) => ({ traceId: idOf(traceId), spanId: idOf(spanId) })),
    status: span.error === null ? {} : { code: ERROR, message: span.error },
  };
}

/** Milliseconds as nanoseconds in decimal digits, which a JavaScript number could not hold exactly. */
function nanos(ms: EpochMs): string {
  return `${BigInt(Math.round(ms)) * 1_000_000n}`;
}

function pairs(attributes: Readonly<Record<string, AttributeValue>>) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(key, value) }));
}

function anyValue(key: string, value: AttributeValue) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  // A key must always have the same type, so a whole number of dollars is a double too.
  return Number.isInteger(value) && !key.endsWith('_usd')
    ? { intValue: String(value) }
    : { doubleValue: value };
}
