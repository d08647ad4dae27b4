/** Decodes OTLP/protobuf metrics. */
import type { Decoded } from '../decoded.js';
import { parseMessage } from '../protobuf.js';
import { readMetrics, type DataPoint } from './point.js';

/** The data points of an OTLP/protobuf request. */
export function decodeMetricsProtobuf(body: Uint8Array): Decoded<DataPoint> {
  const parsed = parseMessage(body, 'ExportMetricsServiceRequest');
  return 'problem' in parsed ? parsed : readMetrics(parsed.request);
}
