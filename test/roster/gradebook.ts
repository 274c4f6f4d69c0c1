import { type CourseworkType, key } from '../../src/model/index.ts';
import { type Context, keyOfView, type WriteChange } from '../../src/roster/index.ts';

/** A client that writes grades over OneRoster REST. */
export const grader: Context = {
  tenant: 'school',
  writer: 'credential:grades',
  namespace: 'grades',
  source: 'rest',
};

/** Writes a record under the id by which it is served. */
export const put = <T extends CourseworkType>(
  type: T,
  id: string,
  data: WriteChange<T>['data'],
  op: 'upsert' | 'replace' = 'replace',
): WriteChange<T> => ({ op, type, key: keyOfView(type, id), data });

export const category = (id: string) => put('category', id, { title: `category ${id}`, weight: 0.5 });

export const lineItem = (id: string, data: WriteChange<'lineItem'>['data'] = {}) =>
  put('lineItem', id, {
    title: `line item ${id}`,
    class: keyOfView('class', 'c1'),
    category: keyOfView('category', 'tests'),
    resultValueMin: 0,
    resultValueMax: 10.5,
    ...data,
  });

export const result = (id: string, line: string, student: string, data: WriteChange<'result'>['data'] = {}) =>
  put('result', id, {
    lineItem: keyOfView('lineItem', line),
    student: keyOfView('user', student),
    scoreStatus: 'fully graded',
    score: 7.25,
    late: false,
    ...data,
  });

/** The key that a record has as its sender's own. */
export const own = (type: CourseworkType, id: string) => key(type, grader.namespace, id);
