/** Reads OTLP/JSON bodies just far enough to name each record and its attributes. */
import { z } from 'zod';
import type { OtlpReceiver } from '../helpers/otlp-receiver.js';

const attribute = z.looseObject({ key: z.string(), value: z.record(z.string(), z.unknown()).optional() });
const attributes = z.array(attribute).optional();
const points = z.looseObject({
  dataPoints: z.array(z.looseObject({ attributes })).optional(),
  aggregationTemporality: z.union([z.number(), z.string()]).optional(),
});
const scoped = z.looseObject({
  logRecords: z.array(z.looseObject({ attributes })).optional(),
  metrics: z
    .array(
      z.looseObject({
        name: z.string(),
        unit: z.string().optional(),
        sum: points.optional(),
        gauge: points.optional(),
        histogram: points.optional(),
      }),
    )
    .optional(),
  spans: z
    .array(
      z.looseObject({
        name: z.string(),
        attributes,
        events: z.array(z.looseObject({ name: z.string() })).optional(),
      }),
    )
    .optional(),
});
const group = z.looseObject({
  resource: z.looseObject({ attributes }).optional(),
  scopeLogs: z.array(scoped).optional(),
  scopeMetrics: z.array(scoped).optional(),
  scopeSpans: z.array(scoped).optional(),
});
const body = z.looseObject({
  resourceLogs: z.array(group).optional(),
  resourceMetrics: z.array(group).optional(),
  resourceSpans: z.array(group).optional(),
});

type Attributes = z.infer<typeof attributes>;

/** One record: what it is, and its fields with the OTLP type of each. */
interface OtelRecord {
  kind: string;
  fields: [field: string, type: string][];
}

/** All records that a receiver got as OTLP/JSON. */
export function recordsIn(receiver: OtlpReceiver): OtelRecord[] {
  return groupsIn(receiver).flatMap((each) => [
    { kind: 'resource', fields: fieldsOf(each.resource?.attributes) },
    ...scopesOf(each).flatMap((scope) => [
      ...(scope.logRecords ?? []).map((record) => ({
        kind: `event ${textOf(record.attributes, 'event.name') ?? ''}`,
        fields: fieldsOf(record.attributes),
      })),
      ...(scope.metrics ?? []).flatMap((metric) => metricRecords(metric)),
      ...(scope.spans ?? []).flatMap((span) => [
        { kind: `span ${span.name}`, fields: fieldsOf(span.attributes) },
        ...(span.events ?? []).map(({ name }) => ({ kind: `span event ${name}`, fields: fieldsOf([]) })),
      ]),
    ]),
  ]);
}

/** The `api_request` events that a receiver got: the client's own cost of each request, in USD. */
export function apiRequestsIn(receiver: OtlpReceiver): { request_id: string; cost_usd: number }[] {
  const records = groupsIn(receiver)
    .flatMap(scopesOf)
    .flatMap(({ logRecords }) => logRecords ?? []);
  return records.flatMap(({ attributes: of }) =>
    textOf(of, 'event.name') === 'api_request'
      ? { request_id: textOf(of, 'request_id') ?? '', cost_usd: Number(textOf(of, 'cost_usd')) }
      : [],
  );
}

function groupsIn(receiver: OtlpReceiver): z.infer<typeof group>[] {
  return receiver.requests.flatMap((request) => {
    const { resourceLogs, resourceMetrics, resourceSpans } = body.parse(JSON.parse(request.body.toString()));
    return [...(resourceLogs ?? []), ...(resourceMetrics ?? []), ...(resourceSpans ?? [])];
  });
}

function scopesOf(each: z.infer<typeof group>): z.infer<typeof scoped>[] {
  return [...(each.scopeLogs ?? []), ...(each.scopeMetrics ?? []), ...(each.scopeSpans ?? [])];
}

function metricRecords(metric: NonNullable<z.infer<typeof scoped>['metrics']>[number]): OtelRecord[] {
  const kind = `metric ${metric.name}`;
  return (['sum', 'gauge', 'histogram'] as const).flatMap((type) => {
    const data = metric[type];
    if (data === undefined) return [];
    const of = `${type}, temporality ${data.aggregationTemporality ?? 'none'}, unit ${metric.unit ?? ''}`;
    return (data.dataPoints ?? []).map((point) => ({
      kind,
      fields: [['(metric)', of] satisfies [string, string], ...fieldsOf(point.attributes)],
    }));
  });
}

function fieldsOf(of: Attributes): [string, string][] {
  return (of ?? []).map(({ key, value }) => [key, Object.keys(value ?? {})[0] ?? 'empty']);
}

function textOf(of: Attributes, key: string): string | undefined {
  const value = of?.find((each) => each.key === key)?.value;
  const [first] = Object.values(value ?? {});
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined;
}
