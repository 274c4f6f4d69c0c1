import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type FieldMapping, fieldMappingSchema, makeMapping, mappedText } from '../../../src/wire/index.ts';

const record = {
  id: 7,
  name: { first: ' Åsa ', last: 'Öst', 'odd.name': 'x' },
  twoSigns: 'A\u030Asa',
  mail: 'Asa.Ost@School.test',
  schools: ['S1', 'S2', 'S1'],
  links: [
    { rel: 'self', uri: '/1' },
    { rel: 'next', uri: '/2' },
  ],
  born: '3/9/2014',
  code: 'L',
  state: 'J',
  year: '2025/26',
  card: 'ID-00412',
  empty: '',
  nothing: null,
  student: { grade: 4 },
};

/** What a mapping makes of the record, and what it could not do. */
function mapped(mapping: FieldMapping, item?: unknown) {
  const made = makeMapping(mapping);
  if (!made.ok) return made.problem;
  const { value, faults } = made.value({ record, item });
  return faults.length === 0 ? mappedText(value) : faults.map(({ text }) => text);
}

describe('A path', () => {
  test.each<[string, string | undefined]>([
    ['id', '7'],
    ['$.name.last', 'Öst'],
    ['name["odd.name"]', 'x'],
    ['schools[1]', 'S2'],
    ['schools[*]', 'S1,S2,S1'],
    ['links[rel=next].uri', '/2'],
    ['links[rel=last].uri', undefined],
    ['nothing', undefined],
    ['name.constructor', undefined],
    ['schools.length', undefined],
  ])('%s leads to what the JSON itself has there', (from, text) => {
    expect(mapped({ from })).toEqual(text);
  });

  test('leads to the item of a list that a row is made for', () => {
    expect(mapped({ from: '@.id' }, { id: 'item' })).toBe('item');
    expect(mapped({ from: '@' }, 'S9')).toBe('S9');
  });

  test('that leads to an object is said, and several are taken in their order', () => {
    expect(mapped({ from: 'name' })).toEqual([expect.stringContaining('an object')]);
    expect(mapped({ from: ['name.last', 'nothing', 'code'], steps: [{ do: 'join', with: ' ' }] })).toBe('Öst L');
  });
});

describe('A step', () => {
  test.each<[string, FieldMapping, string]>([
    ['trim', { from: 'name.first', steps: [{ do: 'trim' }] }, 'Åsa'],
    ['lower', { from: 'mail', steps: [{ do: 'lower' }] }, 'asa.ost@school.test'],
    ['upper', { from: 'name.last', steps: [{ do: 'upper' }] }, 'ÖST'],
    ['nfc', { from: 'twoSigns', steps: [{ do: 'nfc' }] }, '\u00c5sa'],
    ['default', { from: 'empty', steps: [{ do: 'default', text: 'none' }] }, 'none'],
    ['fixed', { steps: [{ do: 'fixed', text: 'true' }] }, 'true'],
    ['concat', { from: 'id', steps: [{ do: 'concat', before: '<', after: '>' }] }, '<7>'],
    ['concat of nothing', { from: 'empty', steps: [{ do: 'concat', before: '<' }] }, ''],
    ['join', { from: 'schools', steps: [{ do: 'join', with: '+' }] }, 'S1+S2+S1'],
    ['split', { from: 'mail', steps: [{ do: 'split', at: '@', index: -1 }] }, 'School.test'],
    ['first', { from: ['empty', 'code'], steps: [{ do: 'first' }] }, 'L'],
    ['unique', { from: 'schools', steps: [{ do: 'unique' }] }, 'S1,S2'],
    ['substring', { from: 'card', steps: [{ do: 'substring', start: -3, length: 2 }] }, '41'],
    ['codes', { from: 'code', steps: [{ do: 'codes', table: { L: 'teacher' } }] }, 'teacher'],
    ['codes with another', { from: 'state', steps: [{ do: 'codes', table: { N: 'no' }, other: 'yes' }] }, 'yes'],
    ['date', { from: 'born', steps: [{ do: 'date', format: 'M/D/YYYY' }] }, '2014-03-09'],
    ['date with days', { from: 'born', steps: [{ do: 'date', format: 'M/D/YYYY', addDays: -9 }] }, '2014-02-28'],
    ['schoolYear', { from: 'year', steps: [{ do: 'schoolYear' }] }, '2026'],
    ['boolean', { from: 'state', steps: [{ do: 'boolean', yes: ['J'], no: ['N'] }] }, 'true'],
    ['present', { steps: [{ do: 'present', table: { teacher: 'T', 'student.grade': 'S' } }] }, 'S'],
    ['extract', { from: 'card', steps: [{ do: 'extract', pattern: '^ID-0*(\\d+)$', group: 1 }] }, '412'],
    ['replace', { from: 'card', steps: [{ do: 'replace', pattern: '[^0-9]', with: '$0' }] }, '$0$0$000412'],
  ])('%s does what its row in the table of docs/rest-pull.md says', (_name, mapping, text) => {
    expect(mapped(mapping)).toBe(text);
  });

  test.each<[string, FieldMapping]>([
    ['codes', { from: 'state', steps: [{ do: 'codes', table: { N: 'no' } }] }],
    ['date', { from: 'born', steps: [{ do: 'date', format: 'DD.MM.YYYY' }] }],
    ['a day that is none', { from: 'card', steps: [{ do: 'date', format: 'iso' }] }],
    ['schoolYear', { from: 'card', steps: [{ do: 'schoolYear' }] }],
    ['boolean', { from: 'code', steps: [{ do: 'boolean' }] }],
  ])('%s that cannot be applied is said without the value, which stays as it is', (_name, mapping) => {
    const text = mapped({ from: mapping.from ?? '' });
    const made = makeMapping(mapping);
    if (!made.ok) throw new Error(made.problem.text);
    const { value, faults } = made.value({ record });
    expect(value).toBe(text);
    expect(faults).toMatchObject([{ path: mapping.from, text: expect.stringContaining('it is left as it is') }]);
    expect(faults[0]?.text).not.toContain(value as string);
  });

  test.each<[string, FieldMapping, string]>([
    ['without a path', {}, 'from'],
    ['with a path that is none', { from: 'a..b' }, 'from'],
    ['without a member that is needed', { from: 'id', steps: [{ do: 'trim' }, { do: 'join' }] }, 'steps.1'],
    ['with a member of another step', { from: 'id', steps: [{ do: 'trim', text: 'x' }] }, 'steps.0'],
    ['with a format that is none', { from: 'id', steps: [{ do: 'date', format: 'YY' }] }, 'steps.0'],
    ['with a look back, which RE2 has not', { from: 'id', steps: [{ do: 'extract', pattern: '(a)\\1' }] }, 'steps.0'],
    ['with a group that is not there', { from: 'id', steps: [{ do: 'extract', pattern: 'a', group: 1 }] }, 'steps.0'],
  ])('%s is refused by its place', (_name, mapping, field) => {
    expect(mapped(mapping)).toMatchObject({ code: 'invalid-request', place: { field } });
  });

  test('gives no more than 10,000 characters and 1,000 texts, and says so', () => {
    const long = { from: '@', steps: [{ do: 'replace', pattern: 'a', with: 'b'.repeat(200) }] } as const;
    const made = makeMapping(long);
    if (!made.ok) throw new Error(made.problem.text);
    const { value, faults } = made.value({ record, item: 'a'.repeat(100) });
    expect(String(value)).toHaveLength(10_000);
    expect(faults).toMatchObject([{ text: expect.stringContaining('10000 characters') }]);
    const many = made.value({ record, item: Array.from({ length: 1001 }, String) });
    expect(many.value).toHaveLength(1000);
  });

  test('of the closed list has its row in docs/rest-pull.md', () => {
    const page = readFileSync(new URL('../../../docs/rest-pull.md', import.meta.url), 'utf8');
    const rows = page.slice(page.indexOf('| step |')).matchAll(/^\| (`[^|]+) \|/gm);
    const named = [...rows].flatMap(([, cell = '']) => cell.split(', ').map((name) => name.replaceAll('`', '')));
    expect(named.sort()).toEqual([...fieldMappingSchema.properties.steps.items.properties.do.enum].sort());
  });
});
