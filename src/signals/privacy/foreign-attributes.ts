/**
 * Attributes of programs other than Claude Code that are kept at tier 1. An allow-list: names of OpenTelemetry's
 * semantic conventions (opentelemetry.io/docs/specs/semconv, 1.38) whose values are a count, a kind, a technical id or
 * a name that a developer chose. None contains written text, an address with its parameters, a header, a statement, an
 * argument, a person, an account or a machine.
 *
 * docs/opentelemetry.md lists them; docs.test.ts compares the two.
 */
export const foreignAttributes: readonly string[] = `
  service.name service.namespace service.version service.instance.id
  deployment.environment deployment.environment.name
  telemetry.sdk.name telemetry.sdk.language telemetry.sdk.version telemetry.distro.name telemetry.distro.version
  otel.scope.name otel.scope.version otel.status_code otel.component.type
  os.type os.version process.pid process.runtime.name process.runtime.version
  cloud.provider cloud.region cloud.availability_zone cloud.platform faas.name faas.version faas.trigger faas.coldstart
  container.runtime container.image.name k8s.namespace.name k8s.deployment.name k8s.container.name

  event.name session.id error.type exception.type
  http.request.method http.response.status_code http.route http.request.resend_count
  http.request.body.size http.response.body.size http.request.size http.response.size
  http.method http.status_code
  url.scheme network.protocol.name network.protocol.version network.transport network.type
  server.port client.port
  rpc.system rpc.service rpc.method rpc.grpc.status_code rpc.response.status_code
  db.system db.system.name db.namespace db.collection.name db.operation.name db.operation.batch.size
  db.response.status_code db.response.returned_rows
  messaging.system messaging.operation.name messaging.operation.type messaging.batch.message_count
  messaging.message.body.size
  thread.id code.function.name
  feature_flag.key feature_flag.provider.name

  gen_ai.operation.name gen_ai.provider.name gen_ai.system gen_ai.request.model gen_ai.response.model
  gen_ai.request.max_tokens gen_ai.request.temperature gen_ai.request.top_p gen_ai.request.top_k
  gen_ai.request.choice.count gen_ai.request.frequency_penalty gen_ai.request.presence_penalty
  gen_ai.response.id gen_ai.response.finish_reasons gen_ai.output.type gen_ai.token.type
  gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.usage.cache_read.input_tokens
  gen_ai.usage.cache_write.input_tokens gen_ai.usage.cache_creation.input_tokens gen_ai.usage.prompt_tokens gen_ai.usage.completion_tokens
  gen_ai.conversation.id gen_ai.agent.id gen_ai.agent.name gen_ai.tool.name gen_ai.tool.type gen_ai.tool.call.id
`
  .trim()
  .split(/\s+/);
