import { readFileSync, writeFileSync } from 'node:fs';
import { settingsTable } from '../src/config.ts';
import { modelPage, modelSchemas } from './model-page.ts';
import { wsdlFiles } from './wsdl-files.ts';

const BEGIN = '<!-- settings:begin -->';
const END = '<!-- settings:end -->';

/** The README's text with the table of settings between its two marks made anew; throws when a mark is missing. */
export function withSettings(readme: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md needs the lines ${BEGIN} and ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n${settingsTable()}\n${readme.slice(end)}`;
}

/** Every file that is made from the source, with what it must hold; paths from the root of the project. */
export function generated(read: (path: string) => string): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', withSettings(read('README.md'))],
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
