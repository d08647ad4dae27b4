/** Which functions, table functions and table engines SQL may name; the lists are in function-list.ts. */
import {
  allowedFunctions,
  allowedTableFunctions,
  combinators,
  refusedFunctions,
  refusedTableFunctions,
  storageNames,
} from './function-list.js';
import { isJoinGet } from './join-get.js';
import { isRowMaker } from './row-maker.js';

const namesOf = (list: string) => list.trim().toLowerCase().split(/\s+/);
const allNames = (lists: Readonly<Record<string, string>>) => new Set(Object.values(lists).flatMap(namesOf));

// Compared in lower case, because the engine accepts some names in any case.
const functions = allNames(allowedFunctions);
const aggregates = new Set(namesOf(allowedFunctions.aggregate));
const tableFunctions = allNames(allowedTableFunctions);
const refusedAsReference = allNames(refusedFunctions);
const storage = new Set(namesOf(storageNames));
const suffix = new RegExp(`(?:${namesOf(combinators).join('|')})$`);

/**
 * Names that are refused wherever they are called, in lower case; the check of the text uses them. Those of
 * which the arguments decide are none: joinGet() and values(), for example.
 */
export const refusedNames: ReadonlySet<string> = new Set(
  [...refusedAsReference, ...allNames(refusedTableFunctions)].filter(
    (name) => !functions.has(name) && !tableFunctions.has(name) && !isJoinGet(name) && !isRowMaker(name),
  ),
);

/** Whether a query may call the function: it is listed, or it is a listed aggregate function with combinators. */
export function isAllowedFunction(name: string): boolean {
  const lower = name.toLowerCase();
  return functions.has(lower) || isCombined(lower);
}

/** Whether a query may use the table function, right of FROM. */
export function isAllowedTableFunction(name: string): boolean {
  return tableFunctions.has(name.toLowerCase());
}

/** Whether a table's definition may name it: an allowed function, or a table engine, codec or kind of index. */
export function isAllowedInDefinition(name: string): boolean {
  return isAllowedFunction(name) || storage.has(name.toLowerCase());
}

/**
 * Whether the engine has a function of that name that no query may use, neither called nor passed to another function.
 */
export function isRefusedReference(name: string, unlisted: ReadonlySet<string>): boolean {
  const lower = name.toLowerCase();
  return refusedAsReference.has(lower) || unlisted.has(lower);
}

/** Whether one of the lists contains the engine's function. */
export function isListed(name: string): boolean {
  return isAllowedFunction(name) || isAllowedTableFunction(name) || isRowMaker(name) || isRefused(name);
}

function isRefused(name: string): boolean {
  const lower = name.toLowerCase();
  return refusedAsReference.has(lower) || refusedNames.has(lower);
}

function isCombined(name: string): boolean {
  const base = name.replace(suffix, '');
  return base !== name && (aggregates.has(base) || isCombined(base));
}
