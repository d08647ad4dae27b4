/** What the question efficiency can group by; `all` is one row. */
export const efficiencyGroups = ['all', 'project', 'model', 'agent'] as const;
