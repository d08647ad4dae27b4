/** Names that OpenTelemetry writes in place of a skill's, an agent's or a plugin's own. */
export const hiddenSkills = `('custom', 'custom_skill', 'third-party')`;

/**
 * What OpenTelemetry's `skill_activated` calls `custom_skill`, by its own name: event_id, told_name. The requests that
 * a skill's activation leads to carry that name, so an activation is the one after which, in its prompt, a name was
 * first heard. One whose name no request carries (a subagent's do not) or had carried before is not among them.
 */
export const toldSkillNames = (window: string) => `
  SELECT event_id, any(named.skill_name) AS told_name
  FROM (
    SELECT session_id, prompt_id, toString(skill_name) AS skill_name, min(timestamp) AS first_heard
    FROM api_requests
    WHERE source = 'otel'
      AND skill_name != ''
      AND skill_name NOT IN ${hiddenSkills}
      AND ${window}
      AND session_id IN (
        SELECT session_id
        FROM telemetry_events
        WHERE event = 'skill_activated' AND skill_name = 'custom_skill' AND ${window}
      )
    GROUP BY session_id, prompt_id, skill_name
  ) AS named
  ASOF INNER JOIN (
    SELECT event_id, session_id, prompt_id, timestamp AS activated_at
    FROM telemetry_events
    WHERE event = 'skill_activated' AND source = 'otel' AND ${window}
  ) AS activation
    ON named.session_id = activation.session_id
    AND named.prompt_id = activation.prompt_id
    AND named.first_heard >= activation.activated_at
  GROUP BY event_id`;
