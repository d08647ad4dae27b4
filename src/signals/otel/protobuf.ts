/**
 * The protobuf messages of OTLP that we read, and the two that we answer with. Field numbers are those of
 * opentelemetry-proto 1.x (`opentelemetry/proto/…/v1/*.proto`) and google/rpc/status.proto. Fields that are not listed
 * here are skipped.
 */
import protobuf from 'protobufjs/light.js';
import type { Json } from '../../base/json/json.js';
import type { Request } from './decoded.js';

type Fields = Record<string, [id: number, type: string, rule?: 'repeated' | 'optional']>;

const message = (fields: Fields, oneofs: Record<string, string[]> = {}): protobuf.IType => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [id, type, rule]]) => [
      name,
      {
        id,
        type,
        ...(rule === 'repeated' && { rule }),
        ...(rule === 'optional' && { options: { proto3_optional: true } }),
      },
    ]),
  ),
  oneofs: Object.fromEntries(Object.entries(oneofs).map(([name, oneof]) => [name, { oneof }])),
});

/** The three levels that each signal nests its records in. */
const levels = (signal: string, field: string, record: string): Record<string, protobuf.IType> => ({
  [`Export${signal}ServiceRequest`]: message({
    [`resource${field}`]: [1, `Resource${field}`, 'repeated'],
  }),
  [`Resource${field}`]: message({
    resource: [1, 'Resource'],
    [`scope${field}`]: [2, `Scope${field}`, 'repeated'],
    schemaUrl: [3, 'string'],
  }),
  [`Scope${field}`]: message({
    scope: [1, 'InstrumentationScope'],
    [field === 'Logs' ? 'logRecords' : field.toLowerCase()]: [2, record, 'repeated'],
    schemaUrl: [3, 'string'],
  }),
});

const otlp = protobuf.Root.fromJSON({
  nested: {
    // common/v1, resource/v1
    AnyValue: message(
      {
        stringValue: [1, 'string'],
        boolValue: [2, 'bool'],
        intValue: [3, 'int64'],
        doubleValue: [4, 'double'],
        arrayValue: [5, 'ArrayValue'],
        kvlistValue: [6, 'KeyValueList'],
        bytesValue: [7, 'bytes'],
      },
      {
        value: [
          'stringValue',
          'boolValue',
          'intValue',
          'doubleValue',
          'arrayValue',
          'kvlistValue',
          'bytesValue',
        ],
      },
    ),
    ArrayValue: message({ values: [1, 'AnyValue', 'repeated'] }),
    KeyValueList: message({ values: [1, 'KeyValue', 'repeated'] }),
    KeyValue: message({ key: [1, 'string'], value: [2, 'AnyValue'] }),
    InstrumentationScope: message({
      name: [1, 'string'],
      version: [2, 'string'],
      attributes: [3, 'KeyValue', 'repeated'],
    }),
    Resource: message({ attributes: [1, 'KeyValue', 'repeated'] }),

    // logs/v1
    ...levels('Logs', 'Logs', 'LogRecord'),
    LogRecord: message({
      timeUnixNano: [1, 'fixed64'],
      severityNumber: [2, 'int32'],
      severityText: [3, 'string'],
      body: [5, 'AnyValue'],
      attributes: [6, 'KeyValue', 'repeated'],
      flags: [8, 'fixed32'],
      traceId: [9, 'bytes'],
      spanId: [10, 'bytes'],
      observedTimeUnixNano: [11, 'fixed64'],
      eventName: [12, 'string'],
    }),

    // metrics/v1
    ...levels('Metrics', 'Metrics', 'Metric'),
    Metric: message(
      {
        name: [1, 'string'],
        description: [2, 'string'],
        unit: [3, 'string'],
        gauge: [5, 'Gauge'],
        sum: [7, 'Sum'],
        histogram: [9, 'Histogram'],
        exponentialHistogram: [10, 'UnreadPoints'],
        summary: [11, 'UnreadPoints'],
      },
      { data: ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] },
    ),
    Gauge: message({ dataPoints: [1, 'NumberDataPoint', 'repeated'] }),
    Sum: message({
      dataPoints: [1, 'NumberDataPoint', 'repeated'],
      aggregationTemporality: [2, 'int32'],
      isMonotonic: [3, 'bool'],
    }),
    Histogram: message({
      dataPoints: [1, 'HistogramDataPoint', 'repeated'],
      aggregationTemporality: [2, 'int32'],
    }),
    // No table holds these kinds: their points are only counted.
    UnreadPoints: message({ dataPoints: [1, 'UnreadPoint', 'repeated'] }),
    UnreadPoint: message({}),
    NumberDataPoint: message(
      {
        startTimeUnixNano: [2, 'fixed64'],
        timeUnixNano: [3, 'fixed64'],
        asDouble: [4, 'double'],
        exemplars: [5, 'Exemplar', 'repeated'],
        asInt: [6, 'sfixed64'],
        attributes: [7, 'KeyValue', 'repeated'],
        flags: [8, 'uint32'],
      },
      { value: ['asDouble', 'asInt'] },
    ),
    HistogramDataPoint: message(
      {
        startTimeUnixNano: [2, 'fixed64'],
        timeUnixNano: [3, 'fixed64'],
        count: [4, 'fixed64'],
        sum: [5, 'double', 'optional'],
        bucketCounts: [6, 'fixed64', 'repeated'],
        explicitBounds: [7, 'double', 'repeated'],
        exemplars: [8, 'Exemplar', 'repeated'],
        attributes: [9, 'KeyValue', 'repeated'],
        flags: [10, 'uint32'],
        min: [11, 'double', 'optional'],
        max: [12, 'double', 'optional'],
      },
      { _sum: ['sum'], _min: ['min'], _max: ['max'] },
    ),
    Exemplar: message(
      {
        timeUnixNano: [2, 'fixed64'],
        asDouble: [3, 'double'],
        spanId: [4, 'bytes'],
        traceId: [5, 'bytes'],
        asInt: [6, 'sfixed64'],
        filteredAttributes: [7, 'KeyValue', 'repeated'],
      },
      { value: ['asDouble', 'asInt'] },
    ),

    // trace/v1
    ...levels('Trace', 'Spans', 'Span'),
    Span: message({
      traceId: [1, 'bytes'],
      spanId: [2, 'bytes'],
      traceState: [3, 'string'],
      parentSpanId: [4, 'bytes'],
      name: [5, 'string'],
      kind: [6, 'int32'],
      startTimeUnixNano: [7, 'fixed64'],
      endTimeUnixNano: [8, 'fixed64'],
      attributes: [9, 'KeyValue', 'repeated'],
      events: [11, 'SpanEvent', 'repeated'],
      links: [13, 'SpanLink', 'repeated'],
      status: [15, 'SpanStatus'],
    }),
    SpanEvent: message({
      timeUnixNano: [1, 'fixed64'],
      name: [2, 'string'],
      attributes: [3, 'KeyValue', 'repeated'],
    }),
    SpanLink: message({
      traceId: [1, 'bytes'],
      spanId: [2, 'bytes'],
      traceState: [3, 'string'],
      attributes: [4, 'KeyValue', 'repeated'],
    }),
    SpanStatus: message({ message: [2, 'string'], code: [3, 'int32'] }),

    // collector/…/v1: the responses of the three services have the same field numbers.
    ExportServiceResponse: message({ partialSuccess: [1, 'ExportPartialSuccess'] }),
    ExportPartialSuccess: message({ rejected: [1, 'int64'], errorMessage: [2, 'string'] }),
    Status: message({ code: [1, 'int32'], message: [2, 'string'] }),
  },
});

/** Bytes stay bytes; 64-bit numbers become text, as in OTLP/JSON. */
const asJson = { longs: String };

/** Parses the body of an OTLP/protobuf request, `Export…ServiceRequest`. */
export function parseMessage(body: Uint8Array, type: string): Request {
  try {
    const root = otlp.lookupType(type);
    const request: Json = root.toObject(root.decode(body), asJson);
    return { request };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problem: { name: 'not_protobuf', message: `The body is not a valid ${type}: ${message}` } };
  }
}

/** Encodes a message, e.g. `ExportServiceResponse`. */
export function writeMessage(type: string, content: Json): Uint8Array {
  const root = otlp.lookupType(type);
  return root.encode(root.fromObject(content)).finish();
}
