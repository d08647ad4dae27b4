/** Decodes OTLP/JSON metrics. */
import type { Decoded } from '../decoded.js';
import { parseRequest } from '../json.js';
import { readMetrics, metricLevels, type DataPoint } from './point.js';

/** The data points of an OTLP/JSON request. */
export function decodeMetricsJson(body: Uint8Array): Decoded<DataPoint> {
  const parsed = parseRequest(body, metricLevels.resources);
  return 'problem' in parsed ? parsed : readMetrics(parsed.request);
}
