import type { Derived, GroupKind, RecordType } from '../../../model/index.ts';
import type { Doc, Session, Store } from '../../../store/index.ts';
import type { Entry, Unit } from '../unit.ts';

/** Records that are asked for together. */
const atOnce = 1000;

/** A write of a unit's transaction. */
export type Send = (session: Session) => Promise<unknown>;

/**
 * Makes newer what shows the OneRoster `sourcedId` of a record that has another one now, so that readers of changes see the new
 * reference (decisions 3.1). Nothing that is stored of it is other than before, so the change log has nothing of it.
 */
export function sendsOfReferrers(store: Store, unit: Unit): Send[] {
  const persons = [...unit.entries.person.values()].filter(hasOtherId).map(({ record }) => record.guid);
  const changed = [...unit.entries.group.values()].filter((entry) => entry.changed);
  const guidsOf = (kind: GroupKind, test: (entry: Entry<'group'>) => boolean) =>
    changed.filter((entry) => entry.record.data.kind === kind && test(entry)).map(({ record }) => record.guid);
  const { tenant, at, sequence } = { ...unit, tenant: unit.tenant.id };
  const newer = (type: RecordType, where: Doc) => (session: Session) =>
    store
      .records(type)
      .updateMany({ tenant, state: { $ne: 'expected' }, ...where }, { $set: { updatedAt: at, sequence } }, { session });

  const ofPersons = (list: Doc): Send[] => [
    newer('membership', { 'data.member': list }),
    newer('person', { 'data.relationships.target': { ...list, $exists: true } }),
    newer('person', { 'data.agents': { ...list, $exists: true } }),
    newer('result', { 'data.student': list }),
    newer('assessmentResult', { 'data.student': list }),
  ];
  const ofClasses = (list: Doc): Send[] => [
    newer('membership', { 'data.group': list }),
    newer('lineItem', { 'data.class': list }),
    newer('result', { 'data.class': list }),
    newer('scoreScale', { 'data.class': list }),
    newer('assessmentLineItem', { 'data.class': list }),
  ];
  // Enrollments and line items show the school of their class, line items of 1.1 a term of it.
  const ofMoved = (list: Doc): Send[] => [
    newer('membership', { 'data.group': list }),
    newer('lineItem', { 'data.class': list }),
  ];
  const ofCourses = (list: Doc): Send[] => [
    newer('group', { 'derived.course': { ...list, $exists: true } }),
    newer('scoreScale', { 'data.course': list }),
  ];
  const ofOrgs = (list: Doc): Send[] => [
    newer('person', { 'derived.orgs': list }),
    newer('group', { 'derived.parent': { ...list, $exists: true } }),
    newer('group', { 'derived.school': { ...list, $exists: true } }),
    throughClasses('derived.school', list, ['membership', 'data.group'], ['lineItem', 'data.class']),
  ];
  const ofSessions = (list: Doc): Send[] => [
    newer('group', { 'derived.parent': { ...list, $exists: true } }),
    newer('group', { 'derived.terms': { ...list, $exists: true } }),
    newer('lineItem', { 'data.gradingPeriod': list }),
    newer('lineItem', { 'data.academicSession': list }),
    throughClasses('derived.terms', list, ['lineItem', 'data.class']),
  ];

  function throughClasses(field: string, list: Doc, ...shows: (readonly [RecordType, string])[]): Send {
    return async (session) => {
      const where = { tenant, [field]: { ...list, $exists: true }, 'data.kind': 'class' } as Doc;
      const found = store.records('group').find(where, { session, projection: { _id: 1 } });
      const send = async (guids: readonly string[]) => {
        for (const [type, by] of shows) await newer(type, { [by]: { $in: guids } })(session);
      };
      let guids: string[] = [];
      for await (const { _id } of found) {
        if (guids.push(String(_id)) < atOnce) continue;
        await send(guids);
        guids = [];
      }
      if (guids.length > 0) await send(guids);
    };
  }

  return [
    ...inParts(persons, ofPersons),
    ...inParts(guidsOf('class', hasOtherId), ofClasses),
    ...inParts(guidsOf('class', hasMoved), ofMoved),
    ...inParts(guidsOf('course', hasOtherId), ofCourses),
    ...inParts(guidsOf('org', hasOtherId), ofOrgs),
    ...inParts(guidsOf('session', hasOtherId), ofSessions),
    ...inParts([...new Set(changed.flatMap(parentsThatList))], (list) => [newer('group', { _id: list })]),
  ];
}

function inParts(guids: readonly string[], sendsOf: (list: Doc) => Send[]): Send[] {
  const sends: Send[] = [];
  for (let at = 0; at < guids.length; at += atOnce) sends.push(...sendsOf({ $in: guids.slice(at, at + atOnce) }));
  return sends;
}

/** Whether a record that was there before is served by another id than before. */
function hasOtherId({ changed, before, record }: Entry<'person'> | Entry<'group'>): boolean {
  if (!changed || before === undefined || before['state'] === 'expected') return false;
  return ((before['sourcedId'] as string | undefined) ?? record.guid) !== record.sourcedId;
}

/** Whether a class that was there before is one of another school or other terms now. */
function hasMoved({ before, record: { derived } }: Entry<'group'>): boolean {
  if (before === undefined) return false;
  const former = before['derived'] as Derived | undefined;
  return former?.school !== derived?.school || former?.terms?.join() !== derived?.terms?.join();
}

/** The parents whose lists of children have an org or session in them, or had, and show it otherwise now. */
function parentsThatList({ before, record }: Entry<'group'>): string[] {
  const former = (before?.['derived'] as Derived | undefined)?.parent;
  const { parent } = record.derived ?? {};
  const same = former === parent && before?.['state'] === record.state;
  if (before !== undefined && same && (before['sourcedId'] ?? record.guid) === record.sourcedId) return [];
  return [former, parent].filter((guid) => guid !== undefined);
}
