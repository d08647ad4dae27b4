/** How a transcript says of a request that what the client names as its skill is none. */

/**
 * In `api_requests.skill_name`, the name of a typed command, which is no skill. No skill has this name. An empty name would
 * give way to the one that OpenTelemetry reports.
 */
export const noSkill = '/';
