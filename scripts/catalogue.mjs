// Prints a datafile of the catalogue with the SQL that runs, put together from all its parts.
// Usage: npm run catalogue            the names
//        npm run catalogue NAME       one of them, for example session_list
import { readFile } from 'node:fs/promises';

const file = new URL('../dist/catalogue.json', import.meta.url);
const text = await readFile(file, 'utf8').catch(() => undefined);
if (text === undefined) fail('dist/catalogue.json is missing: run npm run build first');
const datafiles = JSON.parse(text);
const nameOf = ({ filename }) => filename.replace(/\.\w+$/, '');
const [name] = process.argv.slice(2);

if (name === undefined) {
  for (const datafile of datafiles) console.log(datafile.filename);
} else {
  const found = datafiles.filter((datafile) => nameOf(datafile) === name || datafile.filename === name);
  if (found.length === 0) fail(`There is no "${name}" in the catalogue: npm run catalogue lists the names`);
  for (const { content } of found) console.log(content);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
