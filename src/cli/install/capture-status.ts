/** Finds our hooks in Claude Code's settings, and what prevents recording, for `atel status` and `atel init`. */
import { join } from 'node:path';
import { programFolder } from '../../base/program-folder.js';
import { managedSettings, projectSettings, userSettings } from './claude-settings.js';
import { hooksOff, type HooksOff } from './hooks-off.js';
import { transcriptRetention, type TranscriptRetention } from './transcript-retention.js';
import { wiredHooks, type WiredHooks } from './wired-hooks.js';
import { otelOverrides, overrideLine, type OtelOverride } from './managed-settings.js';
import { hasOtel, otelBlock } from './otel-settings.js';
import { settingsIn } from './settings-file.js';

/** What Claude Code's settings say about recording, for sessions in a folder. */
export interface CaptureStatus {
  /** Where our hooks are. */
  hooks: WiredHooks[];
  /** Settings that prevent installed hooks from running. */
  hooks_off: HooksOff[];
  /** How long the client keeps transcripts. */
  retention: TranscriptRetention;
  otel: {
    /** The user's settings, if they send OpenTelemetry to atel; else null. */
    settings: string | null;
    /** Project settings with atel's OpenTelemetry variables, which newer clients ignore there. */
    ignored_in: string[];
    /** Managed settings that send OpenTelemetry elsewhere or switch it off. */
    overridden_by: OtelOverride[];
    /**
     * Requests that OpenTelemetry reported in the last 30 days; null if the store does not answer or nothing is
     * switched on.
     */
    requests: number | null;
  };
}

/** Asks the store for requests by the layers that saw them. */
type AskCoverage = (window: { days: number }) => Promise<readonly { seen_by_otel: number }[]>;

/**
 * Reads the settings that apply in a folder, and asks the store whether OpenTelemetry has reported anything.
 *
 * @param ask undefined while the store does not answer
 */
export async function captureStatus(
  ask: AskCoverage | undefined,
  userHome: string,
  folder = process.cwd(),
  managed = managedSettings(),
  source = join(programFolder, '..', '.claude', 'hooks'),
): Promise<CaptureStatus> {
  const user = userSettings(userHome);
  const { shared, local } = projectSettings(folder);
  const ofProject = [shared, local].filter((file) => file !== user);
  const holding = await Promise.all(
    [user, ...ofProject].map(async (file) => (hasOtel(await settingsIn(file)) ? [file] : [])),
  );
  const files = holding.flat();
  return {
    hooks: await wiredHooks(
      [
        { scope: 'user', file: user },
        ...(shared === user ? [] : [{ scope: 'project', file: shared } as const]),
        { scope: 'local', file: local },
      ],
      folder,
      source,
    ),
    retention: await transcriptRetention([user, ...ofProject], managed),
    hooks_off: await hooksOff([user, ...ofProject], managed),
    otel: {
      settings: files.includes(user) ? user : null,
      ignored_in: files.filter((file) => file !== user),
      overridden_by: files.includes(user)
        ? await otelOverrides(managed, otelBlock(await settingsIn(user)))
        : [],
      requests: files.length > 0 && ask !== undefined ? await requestsOfOtel(ask) : null,
    },
  };
}

async function requestsOfOtel(ask: AskCoverage): Promise<number | null> {
  try {
    const days = await ask({ days: 30 });
    return days.reduce((sum, { seen_by_otel }) => sum + seen_by_otel, 0);
  } catch {
    // `status` reports the store's problem itself.
    return null;
  }
}

/** The same as sentences, one per line. */
export function captureLines({ hooks_off, otel }: Pick<CaptureStatus, 'hooks_off' | 'otel'>): {
  hooks: string[];
  otel: string[];
} {
  return {
    hooks: hooks_off.map(({ file, key }) => `switched off by ${key} in ${file}: nothing is recorded`),
    otel: [
      ...(otel.settings === null
        ? []
        : [`on in ${otel.settings}`, ...(otel.requests === 0 ? ['configured, never seen in 30 days'] : [])]),
      ...otel.overridden_by.map(overrideLine),
      ...otel.ignored_in.map(
        (file) =>
          `${file} has its variables, which newer versions of Claude Code ignore there: atel init --otel moves them`,
      ),
    ],
  };
}
