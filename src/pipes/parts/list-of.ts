/** Columns that hold rows: the answer of another question as a list. */
import { t, type OutputDefinition } from '@tinybirdco/sdk';

/** A row with these columns. */
type Row<O extends OutputDefinition> = { [K in keyof O]: O[K]['_type'] };

/** The type of a list of rows. */
export const listOf = <O extends OutputDefinition>(columns: O) =>
  Object.assign(t.array(t.json<Row<O>>()), { columns });

/** SQL that gives an array of tuples the names of these columns: JSON then shows each as an object. */
export const namedRows = (columns: OutputDefinition, tuples: string) =>
  `CAST(${tuples}, 'Array(Tuple(${Object.entries(columns)
    .map(([name, { _tinybirdType: type }]) => `${name} ${type.replaceAll("'", "''")}`)
    .join(', ')}))')`;

/** SQL of the list of a group's rows that fulfil a condition, with these columns. */
export const listIf = (columns: OutputDefinition, condition: string) =>
  namedRows(columns, `groupArrayIf((${Object.keys(columns).join(', ')}), ${condition})`);
