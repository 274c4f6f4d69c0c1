import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { missingTests, type NamedTest, testFolder } from './setup/test-titles.ts';

/** A row of the table: a number, what the gateway does, and the tests that show it. */
interface Row {
  readonly number: string;
  readonly what: string;
  readonly tests: readonly NamedTest[];
}

function rowsOf(markdown: string): Row[] {
  return markdown.split('\n').flatMap((line) => {
    const [, number = '', what = '', shown = ''] = /^\| (\d+\.\d+) \| (.*?) \| (.*?) ?\|$/.exec(line) ?? [];
    if (number === '') return [];
    const tests = shown.split('<br>').map((one) => {
      const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(one.trim()) ?? [];
      return { file, title };
    });
    return [{ number, what: what.trim(), tests }];
  });
}

const rows = rowsOf(readFileSync(join(testFolder, '..', 'docs', 'feeds.md'), 'utf8'));

const reference = join(testFolder, '..', '..', 'shared', 'reference', 'feeds.md');
const there = existsSync(reference);
if (!there) process.stderr.write('the table of feeds is not compared: ../shared is not here\n');

(there ? test : test.skip)('The page has every numbered behaviour of the sections 0 to 3', () => {
  const asked = [...readFileSync(reference, 'utf8').matchAll(/^\| ([0-3]\.\d+) \|/gm)].map(([, number]) => number);
  expect(asked.length).toBeGreaterThan(50);
  expect(rows.map(({ number }) => number)).toEqual(asked);
});

describe('Each behaviour is shown by tests that are there', () => {
  test.each(rows.map(({ number, what, tests }) => [number, what, tests] as const))('%s %s', (_number, what, tests) => {
    expect(what).not.toBe('');
    expect(missingTests(tests)).toEqual([]);
  });
});

test('A row without a test, or with one that is not there, is seen', () => {
  const [row] = rowsOf('| 9.1 | it flies |  |');
  expect(row?.tests).toEqual([{ file: '', title: '' }]);
  expect(missingTests(row?.tests ?? [])).toHaveLength(1);
  const own = 'A row without a test, or with one that is not there, is seen';
  const [named] = rowsOf(`| 9.2 | it flies | \`feeds-page.test.ts\`: ${own}<br>\`no.test.ts\`: x |`);
  expect(missingTests(named?.tests ?? [])).toEqual([{ file: 'no.test.ts', title: 'x' }]);
});
