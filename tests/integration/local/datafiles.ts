/** A table of ids and counts, whose type and sorting key a deployment can change. */
export const countsTable = (type: string, order: string, more = '') => `SCHEMA >
    id UInt32 \`json:$.id\`,
    n ${type} \`json:$.n\`${more}
ENGINE_SORTING_KEY "${order}"`;

/** The table that `totalling` fills. */
export const totals = `SCHEMA >
    id UInt32,
    n SimpleAggregateFunction(sum, UInt64)
ENGINE "AggregatingMergeTree"
ENGINE_SORTING_KEY "id"`;

/** A view that sums the counts of a table, each times a factor. Another factor makes a deployment compute it again. */
export const totalling = (table: string, factor: number) => `NODE n
SQL >
    SELECT id % 10 AS id, toUInt64(sum(n) * ${factor}) AS n FROM ${table} GROUP BY id
TYPE materialized
DATASOURCE totals`;
