/** The classes of checks that a session runs. */
export const qualityClasses = ['test', 'lint', 'type_check', 'build', 'deploy'] as const;

export type QualityClass = (typeof qualityClasses)[number];
