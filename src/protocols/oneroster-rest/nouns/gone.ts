import type { DataOf, Derived, RecordType, StoredRecord } from '../../../model/index.ts';
import { type GoneItem, type ServedId, typeOfView, type View } from '../../../roster/index.ts';
import { type Encoding, encoderOf } from './encode.ts';
import { byNamed, makeScene, type OneRosterObject } from './scene.ts';

/** The id that references of what is gone name where the standard requires one: nothing is found under it. */
const nobody = '0'.repeat(32);

/** The least that each type of record has, so that it can be shown. */
const least: { readonly [T in RecordType]: (view: View) => DataOf[T] } = {
  person: () => ({}),
  group: (view) => ({
    kind: view === 'course' || view === 'class' ? view : view === 'org' || view === 'school' ? 'org' : 'session',
    ...(view === 'school' ? { orgType: 'school' } : {}),
    ...(view === 'term' || view === 'gradingPeriod' ? { sessionType: view } : {}),
  }),
  membership: () => ({ group: nobody, member: nobody, memberType: 'person', roles: [{ type: 'Learner' }] }),
  lineItem: () => ({ class: nobody, category: nobody, school: nobody, gradingPeriod: nobody }),
  result: () => ({ lineItem: nobody, student: nobody }),
  category: () => ({}),
  scoreScale: () => ({ class: nobody, scoreScaleValue: [{ itemValueLHS: 'unknown', itemValueRHS: 'unknown' }] }),
  assessmentLineItem: () => ({}),
  assessmentResult: () => ({ assessmentLineItem: nobody, student: nobody }),
  resource: () => ({}),
};

function derivedOf(view: View): Derived | undefined {
  if (view === 'class') return { course: nobody, school: nobody, terms: [nobody] };
  const roles = [view === 'teacher' ? 'teacher' : 'student'];
  return typeOfView(view) === 'person' ? { roles, orgs: [nobody] } : undefined;
}

function recordOf<T extends RecordType>(type: T, view: View, { sourcedId, at }: GoneItem): StoredRecord<T> {
  const derived = derivedOf(view);
  return {
    type,
    guid: nobody,
    state: 'trashed',
    keys: [],
    imsId: nobody,
    sourcedId,
    data: least[type](view),
    owner: '',
    claims: [],
    ...(derived === undefined ? {} : { derived }),
    createdAt: at,
    updatedAt: at,
    sequence: 0,
  };
}

/**
 * What has gone out of a view as OneRoster objects: `tobedeleted` since it went, with the required fields, each at its
 * default. Nothing else about it is known.
 */
export function encodeGone(
  { version, view, origin }: Pick<Encoding, 'version' | 'view' | 'origin'>,
  gone: readonly GoneItem[],
): OneRosterObject[] {
  const [first] = gone;
  if (first === undefined) return [];
  const ids = byNamed(() => new Map<string, ServedId>([[nobody, { state: 'trashed', sourcedId: nobody }]]));
  const classes = new Map([[nobody, recordOf('group', 'class', { sourcedId: nobody, at: first.at })]]);
  const scene = makeScene(version, origin, { ids, classes, children: new Map(), nationalIds: false });
  const encoder = encoderOf(view);
  return gone.flatMap((item) => {
    const object = encoder.encode({ record: recordOf(typeOfView(view), view, item) as StoredRecord }, scene);
    return object === undefined ? [] : [object];
  });
}
