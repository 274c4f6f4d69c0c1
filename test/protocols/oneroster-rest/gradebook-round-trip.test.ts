import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { oneRosterWords } from '../../../src/model/index.ts';
import { schemasOf } from '../../../src/protocols/oneroster-rest/discovery/document.ts';
import { services } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { fillMixedTenant } from './mixed-tenant.ts';
import { makeValidators, publishedDocument, services1p2 } from './published.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
  await fillMixedTenant(doors.roster, { ...doors.context, writer: 'credential:soap', source: 'soap' });
});
afterAll(() => doors.close());

type Version = '1.1' | '1.2';
type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const bases = { '1.1': '/ims/oneroster/v1p1', '1.2': '/ims/oneroster/gradebook/v1p2' } as const;
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const number = fc
  .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((value) => (value === 0 ? 0 : value));
const flag = fc.constantFrom('true', 'false');
const moment = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const day = moment.map((time) => time.slice(0, 10));
const ref = (...ids: readonly string[]) => fc.constantFrom(...ids).map((sourcedId) => ({ sourcedId }));
const source = fc.constantFrom('case', 'unknown', '/state');
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 3 });
const word = fc.oneof(fc.constantFrom(...oneRosterWords.scoreStatus), fc.constant('ext:nearly'));
const metadata = fc.dictionary(
  fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{0,8}$/),
  fc.oneof(text, number, fc.boolean(), some(text)),
  { minKeys: 1, maxKeys: 3 },
);

const objectives = some(fc.record({ source, learningObjectiveIds: some(text) }));
const objectiveScores = some(
  fc.record({
    source,
    learningObjectiveResults: some(
      fc.record(
        { learningObjectiveId: text, score: number, textScore: text },
        { requiredKeys: ['learningObjectiveId'] },
      ),
    ),
  }),
);
const range = { resultValueMin: number, resultValueMax: number };
const session = ref('year', 'autumn', 'p1', 'p2a');
const aClass = ref('bio-1', 'bio-2', 'art-1');
const mark = { student: ref('ann', 'bob', 'eve'), scoreDate: day };
const marks1p2 = {
  score: number,
  textScore: text,
  scoreScale: ref('marks', 'stars'),
  comment: text,
  learningObjectiveSet: objectiveScores,
  inProgress: flag,
  incomplete: flag,
  late: flag,
  missing: flag,
};
const item = { title: text, assignDate: moment, dueDate: moment, class: aClass, category: ref('tests', 'work') };

/** The fields that an object of a class must have, and those that it may have. */
const cases: readonly (readonly [Version, string, string, Fields, Fields])[] = [
  ['1.1', 'categories', 'category', { title: text }, {}],
  ['1.1', 'lineItems', 'lineItem', { ...item, ...range, gradingPeriod: session }, { description: text }],
  ['1.1', 'results', 'result', { ...mark, lineItem: ref('quiz'), score: number, scoreStatus: word }, { comment: text }],
  ['1.2', 'categories', 'category', { title: text }, { weight: number }],
  [
    '1.2',
    'lineItems',
    'lineItem',
    { ...item, school: ref('north', 'south') },
    {
      ...range,
      description: text,
      gradingPeriod: session,
      academicSession: session,
      scoreScale: ref('marks', 'stars'),
      learningObjectiveSet: objectives,
    },
  ],
  [
    '1.2',
    'results',
    'result',
    { ...mark, lineItem: ref('quiz', 'mural'), scoreStatus: word },
    { ...marks1p2, class: aClass },
  ],
  [
    '1.2',
    'scoreScales',
    'scoreScale',
    {
      title: text,
      type: text,
      class: aClass,
      scoreScaleValue: some(fc.record({ itemValueLHS: text, itemValueRHS: text })),
    },
    { course: ref('biology', 'art') },
  ],
  [
    '1.2',
    'assessmentLineItems',
    'assessmentLineItem',
    { title: text },
    {
      ...range,
      description: text,
      class: aClass,
      parentAssessmentLineItem: ref('exam', 'part'),
      scoreScale: ref('marks', 'stars'),
      learningObjectiveSet: objectives,
    },
  ],
  [
    '1.2',
    'assessmentResults',
    'assessmentResult',
    { ...mark, assessmentLineItem: ref('exam', 'part'), scoreStatus: word },
    { ...marks1p2, scorePercentile: number },
  ],
];

/** The schemas that answers are held to: of 1.2 the published ones, where they are at hand; else the gateway's own. */
function validatorOf(version: Version, noun: string): ValidateFunction {
  const name = noun.charAt(0).toUpperCase() + noun.slice(1);
  const published = version === '1.2' ? publishedDocument(services1p2.gradebook) : undefined;
  if (published !== undefined) return makeValidators(published)(`#/components/schemas/${name}DType`);
  const service = services.find(({ base }) => base === bases[version]);
  if (service === undefined) throw new Error('no service');
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile({ $ref: `#/components/schemas/${name}`, components: { schemas: schemasOf(service) } });
}

test.each(cases)(
  'OneRoster %s, %s: what was put is read again, valid and equal, and can be put back',
  async (version, collection, wrapper, required, optional) => {
    const isValid = validatorOf(version, wrapper);
    const fields: Fields = { ...required, ...optional, metadata };
    const objects = fc.record({ ...fields }, { requiredKeys: Object.keys(required) });
    const path = `${bases[version]}/${collection}/any-${version}`;
    const known = ['sourcedId', 'status', 'dateLastModified', 'scoreStatus'];
    await fc.assert(
      fc.asyncProperty(objects, async (object) => {
        const answer = await doors.ask('PUT', path, { data: { [wrapper]: object } });
        expect([200, 201]).toContain(answer.status);
        const shown = (await doors.ask('GET', path)).json[wrapper];
        isValid(shown);
        expect(isValid.errors).toBeNull();
        expect(shown).toMatchObject(object);
        expect(shown.metadata).toEqual(object['metadata']);
        const more = Object.keys(shown).filter((name) => !Object.hasOwn(object, name) && !known.includes(name));
        expect(more).toEqual([]);
        expect((await doors.ask('PUT', path, { data: { [wrapper]: shown } })).status).toBe(200);
        expect((await doors.ask('GET', path)).json[wrapper]).toEqual(shown);
      }),
      { numRuns: 8 },
    );
  },
);

const anything = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.dictionary(fc.constantFrom('$set', 'a.b', '', '__proto__', 'constructor', 'a\0', 'sourcedId'), fc.jsonValue()),
  fc.constantFrom('', '0000-01-01', '9999-12-31T23:59:59-14:00', '1e999', -1e-320, '\u{0}', '\ud800'),
);

test.each(cases)(
  'OneRoster %s, %s: whatever is in a field, the gateway takes it or says what is wrong',
  async (version, collection, wrapper, required, optional) => {
    const fields = Object.entries({ ...required, ...optional, metadata }).map(
      ([name, usual]) =>
        [name, fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: anything })] as const,
    );
    const objects = fc.record(Object.fromEntries<fc.Arbitrary<unknown>>(fields));
    const path = `${bases[version]}/${collection}/whatever-${version}`;
    await fc.assert(
      fc.asyncProperty(objects, async (object) => {
        const answer = await doors.ask('PUT', path, { data: { [wrapper]: object } });
        expect([200, 201, 400, 422]).toContain(answer.status);
        if (answer.status >= 400) return;
        const shown = await doors.ask('GET', path);
        expect([shown.status, (await doors.ask('PUT', path, { data: { [wrapper]: object } })).status]).toEqual([
          200, 200,
        ]);
        expect((await doors.ask('GET', path)).text).toBe(shown.text);
      }),
      { numRuns: 16 },
    );
  },
);
