import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { basic } from '../../setup/doors.ts';
import { openSnapshots, optics, row, type Snapshots } from './snapshots.ts';

let all: Snapshots;
let reporter: string;
let run: string;
beforeAll(async () => {
  all = await openSnapshots();
  const { doors } = all;
  const data = { name: 'dean', kinds: ['admin'], role: 'reporter' };
  const { secret } = (await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data })).json;
  reporter = basic('dean', secret);
  await all.make('uni', {}, { limits: undefined });
  await all.push('uni', row('1'), row('2'), row('3', optics), row('gone'));
  const rows = [
    row('1', optics),
    row('2'),
    row('2', { firstName: '=1+1' }),
    row('4'),
    row('5', { course: 'BSc New' }),
    row('6', { email: '2@uni.example' }),
    row('7', { email: 'none' }),
  ];
  run = (await all.push('uni', ...rows)).id;
});
afterAll(() => all.doors.close());

const ask = (path: string) => all.doors.ask('GET', `/api/v1${path}`, { as: reporter });

interface Finding {
  readonly finding: string;
  readonly of: string;
  readonly id: string;
  readonly detail: string | null;
}

async function findings(limit: number, query = ''): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await ask(`/feeds/uni/snapshot-report?limit=${limit}${more}${query}`);
    expect([page.status, page.json.run]).toEqual([200, run]);
    found.push(...(page.json.items as Finding[]).map((one) => `${one.finding} ${one.of} ${one.id}`));
    cursor = page.json.next;
  }
  return found;
}

describe('The report of a snapshot', () => {
  test('1.14: names new, old, moved and conflicting courses and students, in pages of any size', async () => {
    const expected = [
      'new course science/physics/bsc new',
      'new student 4',
      'old student 3',
      'old student gone',
      'moved student 1',
      'conflicting student 6',
      'conflicting student 2',
      'conflicting student 7',
    ];
    expect((await findings(200)).sort()).toEqual([...expected].sort());
    expect((await findings(1, `&run=${run}`)).sort()).toEqual([...expected].sort());
  });

  test('1.14: is read by a role that may see nothing else', async () => {
    for (const path of [
      '/runs',
      `/runs/${run}`,
      `/runs/${run}/changes`,
      '/feeds',
      '/feeds/uni',
      '/trash',
      '/persons',
    ]) {
      expect([path, (await ask(path)).status]).toEqual([path, path === '/persons' ? 404 : 403]);
    }
  });

  test('1.14: is read as CSV too, in which nothing is a formula', async () => {
    const answer = await ask('/feeds/uni/snapshot-report.csv');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = answer.text.trimEnd().split('\r\n');
    expect(lines[0]).toBe('finding,of,id,line,detail');
    expect(lines.length).toBe(9);
    expect(lines.some((line) => /(^|,)=/.test(line))).toBe(false);
  });

  test('says what is not there: feeds, runs of other feeds, cursors', async () => {
    await all.make('other');
    expect((await ask('/feeds/none/snapshot-report')).status).toBe(404);
    expect((await ask(`/feeds/other/snapshot-report?run=${run}`)).status).toBe(404);
    expect((await ask('/feeds/uni/snapshot-report?cursor=x')).status).toBe(400);
    expect((await ask('/feeds/other/snapshot-report')).json).toEqual({ run: null, items: [], next: null });
  });
});
