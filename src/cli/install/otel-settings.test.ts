import { describe, expect, it } from 'vitest';
import { addOtel, otelConflicts, otelEnvironment, removeOtel } from './otel-settings.js';

const ports = { grpc: 4717, http: 8317 };
const ours = otelEnvironment('http/protobuf', ports);

describe('the OpenTelemetry block', () => {
  it('each protocol of OpenTelemetry uses its own port', () => {
    expect(ours).toMatchObject({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:8317',
    });
    expect(otelEnvironment('grpc', ports)).toMatchObject({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4717',
    });
  });

  it('the block is added to existing variables, also twice, and removed again', () => {
    const before = { model: 'opus', env: { EDITOR: 'vi' } };
    const after = addOtel(before, ours);
    expect(after).toEqual({ model: 'opus', env: { EDITOR: 'vi', ...ours } });
    expect(addOtel(after, ours)).toEqual(after);
    expect(removeOtel(after)).toEqual(before);
    expect(removeOtel(addOtel({}, ours))).toEqual({});
  });

  it('an earlier protocol of ours is replaced', () => {
    const grpc = otelEnvironment('grpc', ports);
    expect(otelConflicts(addOtel({}, grpc), ours)).toEqual([]);
    expect(addOtel(addOtel({}, grpc), ours)).toEqual({ env: ours });
  });

  it('an export to another endpoint is neither overwritten nor removed', () => {
    const elsewhere = {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com', OTEL_LOGS_EXPORTER: 'otlp' },
    };
    expect(otelConflicts(elsewhere, ours)).toEqual(['OTEL_EXPORTER_OTLP_ENDPOINT']);
    expect(removeOtel(elsewhere)).toBe(elsewhere);
  });
});
