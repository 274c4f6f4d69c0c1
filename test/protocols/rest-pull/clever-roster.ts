import type { Asked, Reply } from './rest-server.ts';

type Item = { readonly id: string; readonly [name: string]: unknown };

/** A small district as a Clever-like API has it. */
export function district() {
  const users: Item[] = [
    ...['Ann', 'Ben', 'Cid', 'Dee', 'Eva'].map((first, index) => ({
      id: `s${index + 1}`,
      email: `${first}.Student@district.test`,
      name: { first: ` ${first} `, middle: null, last: 'Student' },
      roles: {
        student: {
          school: 'sch1',
          schools: ['sch1'],
          sis_id: `900${index}`,
          grade: index === 0 ? 'Kindergarten' : '7',
          dob: '7/2/2013',
        },
      },
    })),
    {
      id: 't1',
      email: 'tess@district.test',
      name: { first: 'Tess', last: 'Teacher' },
      roles: { teacher: { schools: ['sch1', 'sch2'], sis_id: 'T-1' } },
    },
    {
      id: 'a1',
      email: 'ada@district.test',
      name: { first: 'Ada', last: 'Admin' },
      roles: { district_admin: { district: 'dis' } },
    },
  ];
  const collections: Record<string, Item[]> = {
    districts: [{ id: 'dis', name: 'Small District' }],
    schools: [
      { id: 'sch1', name: 'First School', school_number: '17', district: 'dis' },
      { id: 'sch2', name: 'Second School', school_number: '18', district: 'dis' },
    ],
    terms: [{ id: 'trm', name: 'Spring', start_date: '2026-01-07', end_date: '2026-06-12', district: 'dis' }],
    courses: [{ id: 'crs', name: 'Mathematics', number: 'M7', district: 'dis' }],
    sections: [
      {
        id: 'sec1',
        name: 'Mathematics 7a',
        course: 'crs',
        school: 'sch1',
        term_id: 'trm',
        subject: 'math',
        period: '3',
        students: ['s1', 's2', 's3'],
        teachers: ['t1'],
      },
      {
        id: 'sec2',
        name: 'Choir',
        course: null,
        school: 'sch1',
        term_id: 'trm',
        students: ['s4', 's5'],
        teachers: ['t1'],
      },
    ],
    users,
  };
  return collections;
}

/** Answers as a Clever-like API does: pages by `limit` and `starting_after`, the next address among the `links`. */
export function cleverReply(collections: Record<string, Item[]>, most = 3): (asked: Asked) => Reply {
  return ({ url, headers }) => {
    if (headers.authorization !== 'Bearer clever-token') return { status: 401, body: { error: 'unauthorized' } };
    const [, version, name = ''] = url.pathname.split('/');
    const all = collections[name];
    if (version !== 'v3.0' || all === undefined) return { status: 404, body: { error: 'not found' } };
    const after = url.searchParams.get('starting_after');
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const items = all.slice(from, from + Math.min(most, Number(url.searchParams.get('limit'))));
    const last = items.at(-1);
    const links = [{ rel: 'self', uri: url.pathname + url.search }];
    if (last !== undefined && from + items.length < all.length) {
      links.push({ rel: 'next', uri: `/v3.0/${name}?limit=${most}&starting_after=${last.id}` });
    }
    return { body: { data: items.map((data) => ({ data, uri: `/v3.0/${name}/${data.id}` })), links } };
  };
}
