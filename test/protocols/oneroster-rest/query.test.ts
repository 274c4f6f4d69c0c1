import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Version } from '../../../src/protocols/oneroster-rest/index.ts';
import { type Operation, services } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import { makeFieldTable } from '../../../src/protocols/oneroster-rest/query/fields.ts';
import { conditionOf, parseFilter } from '../../../src/protocols/oneroster-rest/query/filter.ts';
import { linkHeader } from '../../../src/protocols/oneroster-rest/query/links.ts';
import { askedBy, readParameters } from '../../../src/protocols/oneroster-rest/query/parameters.ts';
import { parseMoment } from '../../../src/roster/index.ts';

const fieldsOf = makeFieldTable();

function operation(id: string): Operation {
  const found = services.flatMap((service) => service.operations).find((one) => one.id === id);
  if (found === undefined) throw new Error(id);
  return found;
}

const getAllUsers = operation('getAllUsers');

function ask(query: string, version: Version = '1.2') {
  return askedBy(version, 'user', readParameters(query, getAllUsers), fieldsOf(version, 'user'));
}

function condition(filter: string) {
  const parsed = parseFilter(filter);
  return parsed.ok ? conditionOf('1.2', 'user', parsed.value, fieldsOf('1.2', 'user')) : parsed;
}

describe('limit and offset', () => {
  test('default to 100 and 0', () => {
    expect(ask('')).toMatchObject({ ok: true, value: { page: { view: 'user', limit: 100, offset: 0 } } });
  });

  test('are honoured up to a limit of 10,000 and clamped above', () => {
    expect(ask('limit=10000&offset=7')).toMatchObject({ value: { page: { limit: 10_000, offset: 7 } } });
    expect(ask('limit=10001')).toMatchObject({ value: { page: { limit: 10_000 } } });
    expect(ask('limit=99999999999999999999999')).toMatchObject({ value: { page: { limit: 10_000 } } });
  });

  test.each(['0', '-1', '1e3', '1.5', 'ten', '', ' 5', '+5', '0x10', '٣'])('refuse a limit of "%s"', (limit) => {
    expect(ask(`limit=${encodeURIComponent(limit)}`)).toMatchObject({
      ok: false,
      problem: { code: 'invalid-request' },
    });
  });

  test.each(['-1', 'x', '', '2147483648', '99999999999999999999'])('refuse an offset of "%s"', (offset) => {
    expect(ask(`offset=${offset}`)).toMatchObject({ ok: false, problem: { code: 'invalid-request' } });
  });

  test('are refused when they are repeated, and white space around the name is tolerated', () => {
    expect(ask('limit=5&limit=5')).toMatchObject({ ok: false, problem: { code: 'invalid-request' } });
    expect(ask('limit%20=5')).toMatchObject({ value: { page: { limit: 5 } } });
    expect(ask('filter[$ne]=x&filter=status%3D%27active%27')).toMatchObject({ ok: true });
  });
});

describe('sort and orderBy', () => {
  test('sort by sourcedId and dateLastModified', () => {
    expect(ask('sort=sourcedId')).toMatchObject({
      value: { page: { sort: { field: 'sourcedId', direction: 'asc' } } },
    });
    expect(ask('sort=dateLastModified&orderBy=desc')).toMatchObject({
      value: { page: { sort: { field: 'updatedAt', direction: 'desc' } } },
    });
  });

  test('by what has no order are ignored, in 1.1 with a warning', () => {
    const asked = ask('sort=grades');
    expect(asked.ok && asked.value.page.sort).toBeUndefined();
    expect(asked).toMatchObject({ value: { warnings: [] } });
    expect(ask('sort=username', '1.1')).toMatchObject({
      value: { warnings: [{ imsx_severity: 'warning', imsx_codeMinor: 'invalid_sort_field' }] },
    });
  });

  test('orderBy is asc or desc', () => {
    expect(ask('sort=sourcedId&orderBy=up')).toMatchObject({ ok: false, problem: { code: 'invalid-request' } });
  });
});

describe('fields', () => {
  test('take a list, repeated or joined by commas', () => {
    const asked = ask('fields=givenName,familyName&fields=email');
    expect(asked.ok && asked.value.fields).toEqual(new Set(['givenName', 'familyName', 'email']));
  });

  test('that are unknown are refused in 1.2 and answered unselected with a warning in 1.1', () => {
    expect(ask('fields=givenName,shoeSize')).toMatchObject({ problem: { code: 'invalid-selection-field' } });
    const asked = ask('fields=givenName,shoeSize', '1.1');
    expect(asked).toMatchObject({ ok: true, value: { warnings: [{ imsx_codeMinor: 'invalid_selection_field' }] } });
    expect(asked.ok && asked.value.fields).toBeUndefined();
  });

  test('that are blank are refused in both', () => {
    for (const version of ['1.1', '1.2'] as const) {
      expect(ask('fields=', version)).toMatchObject({ problem: { code: 'invalid-selection-field' } });
      expect(ask('fields=,', version)).toMatchObject({ problem: { code: 'invalid-selection-field' } });
    }
  });

  test('differ between the versions', () => {
    expect(ask('fields=roles', '1.2').ok).toBe(true);
    expect(ask('fields=roles', '1.1')).toMatchObject({ value: { warnings: [{}] } });
    expect(ask('fields=orgs', '1.2').ok).toBe(false);
    expect(ask('fields=constructor').ok).toBe(false);
  });
});

describe('filter', () => {
  test.each(['=', '!=', '>', '>=', '<', '<='] as const)('compares dateLastModified by %s', (operator) => {
    expect(condition(`dateLastModified${operator}'2026-01-02T03:04:05.678Z'`)).toEqual({
      ok: true,
      value: {
        join: 'and',
        clauses: [{ field: 'updatedAt', operator, value: new Date('2026-01-02T03:04:05.678Z') }],
      },
    });
  });

  test('joins two comparisons by AND or OR', () => {
    expect(condition("status='active' AND dateLastModified>'2016-01-01'")).toMatchObject({
      value: { join: 'and', clauses: [{ field: 'status', operator: '=', value: 'active' }, { field: 'updatedAt' }] },
    });
    expect(condition("status = 'inactive' or sourcedId='x'")).toMatchObject({
      value: { join: 'or', clauses: [{ value: 'tobedeleted' }, { field: 'sourcedId', value: 'x' }] },
    });
  });

  test('doubles a quote inside a value', () => {
    expect(parseFilter("familyName='O''Brien AND x'")).toMatchObject({
      value: { comparisons: [{ field: 'familyName', value: "O'Brien AND x" }] },
    });
  });

  test.each([
    '',
    'status',
    'status=active',
    "status='active",
    "status=='active'",
    "status='active' AND",
    "status='active'AND status='active'",
    "status='active' XOR status='active'",
    "status='active' AND status='active' AND status='active'",
    "(status='active')",
    "$where='1'",
    "='x'",
  ])('that cannot be read is refused: %s', (text) => {
    expect(parseFilter(text)).toMatchObject({ ok: false, problem: { code: 'invalid-filter-field' } });
  });

  test('on an unknown field is refused and names it; on a known one it says that it is not supported', () => {
    expect(condition("shoeSize='42'")).toMatchObject({
      problem: { code: 'invalid-filter-field', text: expect.stringContaining('shoeSize') },
    });
    expect(condition("primaryOrg='north'")).toMatchObject({
      problem: {
        code: 'invalid-filter-field',
        text: 'primaryOrg refers to another object; filter by primaryOrg.sourcedId',
      },
    });
    expect(condition("roles.beginDate='2026-01-01'")).toMatchObject({
      problem: { code: 'invalid-filter-field', text: 'Filtering by roles.beginDate is not supported' },
    });
    expect(condition("__proto__='x'")).toMatchObject({ ok: false });
  });

  test('refuses what a field cannot be compared with', () => {
    for (const text of [
      "status>'active'",
      "status='gone'",
      "grades>'9'",
      "enabledUser='no'",
      "dateLastModified='soon'",
    ]) {
      expect(condition(text)).toMatchObject({ ok: false, problem: { code: 'invalid-filter-field' } });
    }
  });

  test('takes values of 256 characters and no longer ones, in time that grows with the text', () => {
    expect(condition(`sourcedId='${'x'.repeat(256)}'`).ok).toBe(true);
    expect(condition(`sourcedId='${'x'.repeat(257)}'`).ok).toBe(false);
    const hostile = ["status='active' AND ".repeat(10_000), '('.repeat(100_000), ' '.repeat(100_000), 'a'.repeat(1e5)];
    const start = performance.now();
    for (const text of hostile) expect(parseFilter(text).ok).toBe(false);
    for (const text of ["''".repeat(50_000), ' '.repeat(1e5)]) expect(parseFilter(`a='${text}'`).ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(100);
  });

  test('gives back whatever value was written into it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (value) => {
        const parsed = parseFilter(`sourcedId='${value.replaceAll("'", "''")}'`);
        return parsed.ok && parsed.value.comparisons[0]?.value === value;
      }),
    );
  });

  test('never throws on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof condition(text).ok === 'boolean'));
  });
});

describe('a moment', () => {
  test.each([
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.6Z', '2026-01-02T03:04:05.600Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
    ['2026-01-02T03:04:05+0200', '2026-01-02T01:04:05.000Z'],
    ['2026-01-02T03:04', '2026-01-02T03:04:00.000Z'],
  ])('%s is %s', (text, moment) => {
    expect(parseMoment(text)?.toISOString()).toBe(moment);
  });

  test.each(['2026-02-30', '2026-13-01', '2015=01-01', '2026-01-02T25:00:00Z', 'now', '1/05/2023'])(
    '%s is none',
    (text) => {
      expect(parseMoment(text)).toBeUndefined();
    },
  );
});

describe('the Link header', () => {
  const parameters = readParameters("limit=10&offset=20&filter=status%3D'active'&fields=a,b", getAllUsers);
  const links = (limit: number, offset: number, total: number) =>
    new Map(
      linkHeader('https://x.org/users', parameters, { limit, offset, total })
        .split(', ')
        .map((link) => {
          const [, address = '', rel = ''] = /^<(.*)>; rel="(.*)"$/.exec(link) ?? [];
          return [rel, new URL(address)];
        }),
    );
  const offsets = (limit: number, offset: number, total: number) =>
    Object.fromEntries([...links(limit, offset, total)].map(([rel, url]) => [rel, url.searchParams.get('offset')]));

  test('names first, prev, next and last', () => {
    expect(offsets(10, 20, 45)).toEqual({ first: '0', prev: '10', next: '30', last: '40' });
    expect(offsets(10, 0, 45)).toEqual({ first: '0', next: '10', last: '40' });
    expect(offsets(10, 40, 45)).toEqual({ first: '0', prev: '30', last: '40' });
    expect(offsets(10, 0, 10)).toEqual({ first: '0', last: '0' });
    expect(offsets(10, 0, 0)).toEqual({ first: '0', last: '0' });
    expect(offsets(10, 900, 45)).toEqual({ first: '0', prev: '40', last: '40' });
  });

  test('leaves out what matters least where the query is very long, and stays within 8 KiB', () => {
    const page = { limit: 10, offset: 20, total: 45 };
    const rels = (length: number) => {
      const long = readParameters(`filter=${'x'.repeat(length)}`, getAllUsers);
      const header = linkHeader('https://x.org/users', long, page);
      expect(header.length).toBeLessThanOrEqual(8_192);
      return [...header.matchAll(/rel="(\w+)"/g)].map(([, rel]) => rel);
    };
    expect(rels(1_000)).toEqual(['first', 'prev', 'next', 'last']);
    expect(rels(3_500)).toEqual(['prev', 'next']);
    expect(rels(7_000)).toEqual(['next']);
    expect(rels(9_000)).toEqual([]);
  });

  test('keeps the other parameters', () => {
    const next = links(10, 20, 45).get('next');
    expect(next?.searchParams.get('filter')).toBe("status='active'");
    expect(next?.searchParams.get('fields')).toBe('a,b');
    expect(next?.searchParams.getAll('limit')).toEqual(['10']);
  });
});
