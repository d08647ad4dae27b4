/** The listeners: OpenTelemetry over gRPC and HTTP, and hook payloads over HTTP. */
export { startCollector, type Collector, type CollectorOptions } from './collector.js';
export { PortError } from '../base/loopback/listener.js';
