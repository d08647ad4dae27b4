/** Finds the real names of skills that OpenTelemetry reports under a stand-in. */
import type { Window } from './window.js';

/** Names that OpenTelemetry writes in place of a skill's, an agent's or a plugin's own. */
export const hiddenSkills = `('custom', 'custom_skill', 'third-party')`;

/**
 * The real names of skills that OpenTelemetry's `skill_activated` reports as `custom_skill`: event_id, reported_name. The
 * requests that follow an activation carry the skill's name, so an activation gets the name that first appears after
 * it in its prompt. It gets none if no request carries a name (a subagent's do not) or the name had appeared before.
 */
export const realSkillNames = (window: Window) => `
  SELECT event_id, any(named.skill_name) AS reported_name
  FROM (
    SELECT session_id, prompt_id, toString(skill_name) AS skill_name, min(timestamp) AS first_heard
    FROM api_requests
    WHERE source = 'otel'
      AND skill_name != ''
      AND skill_name NOT IN ${hiddenSkills}
      AND ${window.events}
      AND session_id IN (
        SELECT session_id
        FROM telemetry_events
        WHERE event = 'skill_activated' AND skill_name = 'custom_skill' AND ${window.events}
      )
    GROUP BY session_id, prompt_id, skill_name
  ) AS named
  ASOF INNER JOIN (
    SELECT event_id, session_id, prompt_id, timestamp AS activated_at
    FROM telemetry_events
    WHERE event = 'skill_activated' AND source = 'otel' AND ${window.events}
  ) AS activation
    ON named.session_id = activation.session_id
    AND named.prompt_id = activation.prompt_id
    AND named.first_heard >= activation.activated_at
  GROUP BY event_id`;
