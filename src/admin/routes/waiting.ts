import type { StoredRecord } from '../../model/index.ts';
import type { Context, ReferenceName } from '../../roster/index.ts';
import { answered } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { type Rooms, route } from '../route.ts';

type Waiting = StoredRecord<'membership'>;
type Names = (guid: string) => ReferenceName | undefined;

/** What has been taken but cannot be served yet, and why (decisions 1.7). */
export const waitingRoutes = [
  route({
    id: 'listWaiting',
    action: 'records.read',
    method: 'get',
    path: '/waiting',
    summary: 'Memberships that wait for a person or group to arrive or to come back, and are not served until then.',
    query: paging,
    success: { status: 200, doc: 'A page of memberships.', schema: 'WaitingList' },
    problems: ['invalid-request'],
    async handle({ roster }, { context, query: { limit, cursor } }) {
      const { items, total, next } = await roster.waiting(context, { limit, ...present({ cursor }) });
      const names = await namesOf(roster, context, items);
      return answered({ items: items.map((item) => shown(item, names)), total, next });
    },
  }),
];

async function namesOf(roster: Rooms['roster'], context: Context, items: readonly Waiting[]): Promise<Names> {
  const groups = items.flatMap(({ data }) => (data.memberType === 'group' ? [data.group, data.member] : [data.group]));
  const persons = items.filter(({ data }) => data.memberType === 'person').map(({ data }) => data.member);
  const [groupNames, personNames] = await Promise.all([
    roster.names(context, 'group', groups),
    roster.names(context, 'person', persons),
  ]);
  return (guid) => groupNames.get(guid) ?? personNames.get(guid);
}

function shown({ guid, imsId, data, waitsFor = [] }: Waiting, names: Names) {
  const absent = waitsFor.map((end) => {
    const type = end === data.group ? 'group' : data.memberType;
    const name = names(end);
    return { type, sourcedId: name?.imsId ?? end, state: name?.state === 'trashed' ? 'trashed' : 'expected' };
  });
  const idOf = (end: string) => names(end)?.imsId ?? end;
  const why = absent.map(({ type, sourcedId, state }) =>
    state === 'trashed' ? `the ${type} ${sourcedId} is in the trash` : `the ${type} ${sourcedId} has not arrived`,
  );
  return {
    id: guid,
    sourcedId: imsId,
    group: idOf(data.group),
    member: idOf(data.member),
    memberType: data.memberType,
    waitsFor: absent,
    reason: `It is not served, because ${why.join(' and ')}.`,
  };
}
