import { readFileSync, writeFileSync } from 'node:fs';
import { settingsTable } from '../src/config.ts';
import { modelPage, modelSchemas } from './model-page.ts';
import { rolesTable } from './roles-table.ts';
import { wsdlFiles } from './wsdl-files.ts';

/** A page with a table between its two marks made anew; throws when a mark is missing. */
export function withTable(page: string, name: string, table: string): string {
  const [beginMark, endMark] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [begin, end] = [page.indexOf(beginMark), page.indexOf(endMark)];
  if (begin < 0 || end < begin) throw new Error(`the page needs the lines ${beginMark} and ${endMark}`);
  return `${page.slice(0, begin + beginMark.length)}\n${table}\n${page.slice(end)}`;
}

/** Every file that is made from the source, with what it must hold; paths from the root of the project. */
export function generated(read: (path: string) => string): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', withTable(read('README.md'), 'settings', settingsTable())],
    ['docs/security.md', withTable(read('docs/security.md'), 'roles', rolesTable())],
    ['docs/model.md', modelPage()],
    ['schemas/model.json', modelSchemas()],
    ...wsdlFiles(),
  ]);
}

/** Reads a file of the project; one that is not there is empty. */
export function readProject(path: string): string {
  try {
    return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  } catch {
    return '';
  }
}

if (process.argv[1]?.endsWith('generate.ts') === true) {
  for (const [path, text] of generated(readProject)) {
    const same = readProject(path) === text;
    if (!same) writeFileSync(new URL(`../${path}`, import.meta.url), text);
    process.stdout.write(`${path} ${same ? 'is up to date' : 'was written'}\n`);
  }
}
