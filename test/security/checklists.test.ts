import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { testFolder as folder, missingTests, titlesIn } from '../setup/test-titles.ts';

const page = readFileSync(join(folder, 'security', 'README.md'), 'utf8');

/** A line of the page with the tests that it names. */
interface Line {
  readonly name: string;
  readonly text: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

/** The numbered lines of the page, by the letter of their list; what else stands below a list is a fault. */
function linesOf(markdown: string): { lines: Line[]; faults: string[] } {
  const lines: { name: string; text: string; tests: { file: string; title: string }[] }[] = [];
  const faults: string[] = [];
  let list = '';
  for (const row of markdown.split('\n')) {
    const [, letter] = /^## ([A-Z])\. /.exec(row) ?? [];
    const [, number, text = ''] = /^(\d+)\. (.+)$/.exec(row) ?? [];
    const [, file = '', title = ''] = /^ {3,4}- `([^`]+)`: (.+)$/.exec(row) ?? [];
    if (letter !== undefined) list = letter;
    else if (number !== undefined) lines.push({ name: `${list}${number}`, text, tests: [] });
    else if (file !== '') lines.at(-1)?.tests.push({ file, title });
    else if (list !== '' && row.trim() !== '') faults.push(row);
  }
  return { lines, faults };
}

const { lines, faults } = linesOf(page);

test('The page has the lists B to F, each numbered from 1, and nothing else below them', () => {
  const numbers = new Map<string, number[]>();
  for (const { name } of lines) {
    const [list = ''] = name;
    numbers.set(list, [...(numbers.get(list) ?? []), Number(name.slice(1))]);
  }
  expect([...numbers.keys()]).toEqual(['B', 'C', 'D', 'E', 'F']);
  for (const all of numbers.values()) expect(all).toEqual(all.map((_, at) => at + 1));
  expect(faults).toEqual([]);
});

const reference = join(folder, '..', '..', 'shared', 'reference', 'libraries-and-security.md');
const there = existsSync(reference);
if (!there) process.stderr.write('the security checklists are not compared: ../shared is not here\n');

(there ? test : test.skip)('No list has fewer lines than the one that it follows', () => {
  const lists = readFileSync(reference, 'utf8').split(/^### /m);
  for (const letter of ['B', 'C', 'D', 'E', 'F']) {
    const asked = lists.find((one) => one.startsWith(`${letter}. `))?.match(/^- \[ \] /gm)?.length ?? 0;
    expect(asked).toBeGreaterThan(0);
    expect(lines.filter(({ name }) => name.startsWith(letter)).length).toBeGreaterThanOrEqual(asked);
  }
});

describe('Each line is held by tests that are there', () => {
  test.each(lines.map((line) => [line.name, line.text, line.tests] as const))('%s: %s', (_name, _text, tests) => {
    expect(tests.length).toBeGreaterThan(0);
    expect(missingTests(tests)).toEqual([]);
  });
});

test('A line without a test, with an unknown file, or with a title of no test is seen', () => {
  expect(linesOf('## B. x\n1. a line\nand more').faults).toEqual(['and more']);
  expect(linesOf('## B. x\n1. a line').lines).toEqual([{ name: 'B1', text: 'a line', tests: [] }]);
  const text = "test('one', () => {});\ntest.each([f(1), g(h(2))])('two %s', () => {});\ndescribe('three', () => {});";
  expect([...titlesIn(text)]).toEqual(['one', 'two %s']);
});
