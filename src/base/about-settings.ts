/**
 * The purpose of each setting, as in docs/operations.md. Apart from the settings themselves, which SessionStart loads
 * while Claude Code waits.
 */
import type { SettingName } from './settings.js';

interface AboutSetting {
  purpose: string;
  /** The default as it is shown, if the value alone is not clear. */
  shownDefault?: string;
}

export const aboutSettings: Readonly<Record<SettingName, AboutSetting>> = {
  tinybird_url: { purpose: 'http or https address of the store' },
  append_token: { purpose: 'token that writes; for a remote store' },
  read_token: { purpose: 'token that asks; for a remote store' },
  home: { purpose: 'absolute path of the telemetry folder; environment only' },
  privacy_tier: { purpose: '1, 2 or 3: what is kept' },
  project_tiers: {
    purpose: 'other tiers, by name or absolute folder of a project; file only',
    shownDefault: '–',
  },
  contents_days: { purpose: 'days that texts of tiers 2 and 3 are stored, or null; file only' },
  retention_days: { purpose: 'days that all rows are stored, or null: for ever; file only' },
  enabled: { purpose: 'true or false (environment also 1, 0, yes, no, on, off)' },
  watch_transcripts: { purpose: 'true: `atel up` reads all transcripts, hooks or not' },
  tinybird_port: { purpose: 'port of the embedded store', shownDefault: 'the port of `tinybird_url`, 7181' },
  otlp_grpc_port: { purpose: 'port of the OTLP listener over gRPC' },
  collector_port: { purpose: 'port of the collector over HTTP' },
  api_port: { purpose: 'port of the REST API' },
  dashboard_port: { purpose: 'port of the dashboard' },
  spool_mb: { purpose: 'MiB that may wait' },
  spool_days: { purpose: 'days that rows may wait' },
  idle_minutes: { purpose: 'when a background store stops, minutes' },
  context_deadline_ms: { purpose: 'milliseconds that SessionStart may ask' },
  prices: { purpose: 'your own prices, by model', shownDefault: '–' },
  model_aliases: { purpose: 'names that a gateway gives to models', shownDefault: '–' },
  quality_commands: { purpose: 'commands that are checks, or none, by their first words', shownDefault: '–' },
  metrics_prefix: { purpose: 'what the names of metrics begin with' },
  alert_command: { purpose: 'command that is told of alerts, as JSON on its stdin; file only' },
  alert_webhook: { purpose: 'address of this machine that alerts are posted to; file only' },
  otel_endpoint: { purpose: 'address that traces are sent on to, or null' },
  otel_headers: { purpose: 'headers for it, `name=value` by comma, percent-encoded', shownDefault: '–' },
};
