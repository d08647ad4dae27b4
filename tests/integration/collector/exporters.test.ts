import { join } from 'node:path';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Collector } from '../../../src/collector/index.js';
import { deliver } from '../../../src/spool/deliver.js';
import { Spool } from '../../../src/spool/spool.js';
import { spooledRows, withCollector } from '../helpers/collector.js';
import { useStore } from '../helpers/store.js';

interface Exporters {
  logs: LogRecordExporter;
  metrics: PushMetricExporter;
  traces: SpanExporter;
}

/** The exporters of OpenTelemetry's own SDK, one set per protocol. */
const protocols: Record<string, (collector: Collector) => Exporters> = {
  grpc: ({ grpcPort }) => {
    const url = `http://127.0.0.1:${grpcPort}`;
    return {
      logs: new GrpcLogs({ url }),
      metrics: new GrpcMetrics({ url }),
      traces: new GrpcTraces({ url }),
    };
  },
  'http/protobuf': ({ httpPort }) => {
    const url = (signal: string) => ({ url: `http://localhost:${httpPort}/v1/${signal}` });
    return {
      logs: new ProtoLogs(url('logs')),
      metrics: new ProtoMetrics(url('metrics')),
      traces: new ProtoTraces(url('traces')),
    };
  },
  'http/json': ({ httpPort }) => {
    const url = (signal: string) => ({ url: `http://127.0.0.1:${httpPort}/v1/${signal}` });
    return {
      logs: new JsonLogs(url('logs')),
      metrics: new JsonMetrics(url('metrics')),
      traces: new JsonTraces(url('traces')),
    };
  },
};

const resource = resourceFromAttributes({
  'service.name': 'checkout',
  team: 'payments',
  'host.name': 'secret-host',
});

/** Attributes of a program that is not Claude Code. */
async function sendLogs(exporter: LogRecordExporter): Promise<void> {
  const provider = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter, scheduledDelayMillis: 60_000 })],
  });
  const logger = provider.getLogger('shop', '1.2.3');
  logger.emit({
    timestamp: [1_795_171_772, 123_456_789],
    severityNumber: SeverityNumber.INFO,
    severityText: 'INFO',
    body: 'order 7 paid',
    attributes: {
      'http.request.method': 'POST',
      'http.response.status_code': 201,
      'gen_ai.request.model': 'a model with a prompt in its name',
      'order.items': 3,
      'gen_ai.prompt': 'secret',
    },
  });
  logger.emit({ timestamp: [1_795_171_773, 0], body: { reason: 'card', attempts: 2 } });
  await provider.forceFlush();
  await provider.shutdown();
}

async function sendMetrics(exporter: PushMetricExporter): Promise<void> {
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const meter = provider.getMeter('shop');
  meter
    .createCounter('orders', { unit: '{order}', description: 'Orders paid' })
    .add(5, { 'user.email': 'a@b.co', 'http.request.method': 'POST' });
  meter.createGauge('stock').record(42);
  meter
    .createHistogram('latency', { unit: 'ms', advice: { explicitBucketBoundaries: [10, 100] } })
    .record(55);
  await provider.forceFlush();
  await provider.shutdown();
}

async function sendTraces(exporter: SpanExporter): Promise<void> {
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 60_000 })],
  });
  const span = provider.getTracer('shop').startSpan('pay', {
    kind: SpanKind.SERVER,
    attributes: { 'http.response.status_code': 500, 'http.status': 500 },
  });
  span.addEvent('declined', { code: 51 });
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'card_declined' });
  span.end();
  await provider.forceFlush();
  await provider.shutdown();
}

const ways = Object.entries(protocols).flatMap(([name, connect]) =>
  ['none', 'gzip'].map((compression) => ({ name, compression, connect })),
);

describe.each(ways)(
  "OpenTelemetry's exporter over $name, compression $compression",
  ({ compression, connect }) => {
    beforeEach(() => {
      vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', compression);
    });
    afterEach(() => {
      vi.unstubAllEnvs();
    });

    it('logs are stored', () =>
      withCollector(async (collector, home) => {
        await sendLogs(connect(collector).logs);
        expect(await spooledRows(home)).toMatchObject([
          {
            table: 'otel_logs',
            row: {
              timestamp: '2026-11-20T10:49:32.123456789Z',
              service_name: 'checkout',
              severity_number: 9,
              severity_text: 'INFO',
              // A body is free text and dropped; attributes are kept if they are on the allow-list and one word.
              body: '',
              scope_name: 'shop',
              scope_version: '1.2.3',
              log_attributes: { 'http.request.method': 'POST', 'http.response.status_code': '201' },
            },
          },
          { table: 'otel_logs', row: { timestamp: '2026-11-20T10:49:33.000000000Z', body: '' } },
        ]);
        const rows = await spooledRows(home);
        expect(Object.keys(rows[0]?.row.log_attributes ?? {})).toHaveLength(2);
      }));

    it('metrics are stored', () =>
      withCollector(async (collector, home) => {
        await sendMetrics(connect(collector).metrics);
        // The reader collects once more at its shutdown.
        const rows = (await spooledRows(home)).slice(0, 3);
        expect(rows).toMatchObject([
          {
            table: 'otel_metrics_sum',
            row: {
              metric_name: 'orders',
              metric_unit: '{order}',
              value: 5,
              is_monotonic: true,
              aggregation_temporality: 2,
              metric_attributes: { 'http.request.method': 'POST' },
            },
          },
          { table: 'otel_metrics_gauge', row: { metric_name: 'stock', value: 42 } },
          {
            table: 'otel_metrics_histogram',
            row: {
              count: 1,
              sum: 55,
              bucket_counts: [0, 1, 0],
              explicit_bounds: [10, 100],
              min: 55,
              max: 55,
            },
          },
        ]);
        expect(JSON.stringify(rows)).not.toMatch(/a@b\.co|secret-host/);
        expect(rows[0]?.row.resource_attributes).not.toHaveProperty('team');
      }));

    it('traces are stored', () =>
      withCollector(async (collector, home) => {
        await sendTraces(connect(collector).traces);
        expect(await spooledRows(home)).toMatchObject([
          {
            table: 'otel_traces',
            row: {
              span_name: 'pay',
              span_kind: 'Server',
              status_code: 'Error',
              status_message: 'card_declined',
              span_attributes: { 'http.response.status_code': '500' },
              events_name: ['declined'],
              events_attributes: [{}],
              trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
            },
          },
        ]);
      }));

    it('after a write error of the disk, the retried data is stored once', () =>
      withCollector(
        async (collector, home) => {
          await sendLogs(connect(collector).logs);
          const rows = await spooledRows(home);
          expect(rows.map(({ row }) => row.timestamp)).toEqual([
            '2026-11-20T10:49:32.123456789Z',
            '2026-11-20T10:49:33.000000000Z',
          ]);
        },
        (home) => {
          const spool = new Spool(join(home, 'spool'));
          let full = true;
          return {
            append: (rows) => {
              if (!full) return spool.append(rows);
              full = false;
              return Promise.reject(new Error('ENOSPC: no space left on device'));
            },
          };
        },
      ));
  },
);

describe.each(Object.entries(protocols))('over %s, a repeated export', (_, connect) => {
  const store = useStore();

  /** A disk that fails the first time, before or after it has stored the rows. */
  const failsOnce = (takes: boolean) => (home: string) => {
    const spool = new Spool(join(home, 'spool'));
    let attempts = 0;
    return {
      append: async (rows: Parameters<Spool['append']>[0]) => {
        attempts += 1;
        if (attempts > 1 || takes) await spool.append(rows);
        if (attempts === 1) throw new Error('EIO: i/o error');
      },
    };
  };

  it.each([
    ['was refused', false, 1],
    ['was taken, but never acknowledged', true, 2],
  ])('of a program that %s is in the tables once', async (_, takes, times) => {
    const send: Record<string, (exporters: Exporters) => Promise<void>> = {
      otel_logs: ({ logs }) => sendLogs(logs),
      otel_traces: ({ traces }) => sendTraces(traces),
    };
    for (const [table, deliverTo] of Object.entries(send)) {
      const home = await withCollector((collector) => deliverTo(connect(collector)), failsOnce(takes));
      const spooled = await spooledRows(home);
      const expected = table === 'otel_logs' ? 2 : 1;
      expect(spooled).toHaveLength(expected * times);
      await deliver(new Spool(join(home, 'spool')), store.client);
      expect(await store.client.sql(`SELECT toUInt32(count()) AS n FROM ${table} FINAL`)).toEqual([
        { n: expected },
      ]);
    }
  });
});
