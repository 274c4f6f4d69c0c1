import { problem } from '../../base/problem.ts';
import type { PageQuery, View, ViewItem } from '../../roster/index.ts';
import { type Answer, refusal } from './answer.ts';
import { addressOf, type Handlers, type OpenCall } from './call.ts';
import type { OneRosterDeps } from './deps.ts';
import { encodeItems } from './nouns/encode.ts';
import { makeFieldTable } from './query/fields.ts';
import { linkHeader } from './query/links.ts';
import { type Asked, askedBy, readParameters } from './query/parameters.ts';

function selected(objects: readonly Record<string, unknown>[], fields: ReadonlySet<string> | undefined): object[] {
  if (fields === undefined) return [...objects];
  return objects.map((object) => Object.fromEntries(Object.entries(object).filter(([name]) => fields.has(name))));
}

const unknown = (text: string) => problem('unknown-object', `Unknown Object: ${text}`);

/** Makes the handlers of reads (OneRoster 1.1 and 1.2): one object by its `sourcedId`, and pages of collections. */
export function makeReads({ roster, log }: Pick<OneRosterDeps, 'roster' | 'log'>): Handlers {
  const fieldsOf = makeFieldTable();

  function asked({ service, operation, query }: OpenCall) {
    const { version } = service;
    const parameters = readParameters(query, operation);
    return askedBy(version, operation.view, parameters, fieldsOf(version, operation.view));
  }

  async function encode(
    { service, operation, origin, context }: OpenCall,
    { fields }: Asked,
    items: readonly ViewItem[],
  ) {
    const encoding = { version: service.version, view: operation.view, origin, items };
    const { objects, left } = await encodeItems(roster, context, encoding);
    for (const guid of left) log.error({ guid, operation: operation.id }, 'record lacks what OneRoster requires');
    return selected(objects, fields);
  }

  function answer(
    { operation }: OpenCall,
    { warnings }: Asked,
    data: unknown,
    headers: Record<string, string>,
  ): Answer {
    const beside = warnings.length > 0 ? { statusInfoSet: warnings } : {};
    return { status: 200, body: { [operation.wrapper ?? '']: data, ...beside }, headers };
  }

  /** A page of a collection, with the number of all that match and the addresses of other pages. */
  async function pageOf(call: OpenCall, query: Asked, within: PageQuery['within']): Promise<Answer> {
    const { items, total } = await roster.page(call.context, {
      ...query.page,
      ...(within === undefined ? {} : { within }),
    });
    const objects = await encode(call, query, items);
    return paged(call, query, objects, total);
  }

  function paged(call: OpenCall, query: Asked, objects: readonly object[], total: number): Answer {
    const { limit, offset } = query.page;
    const link = linkHeader(addressOf(call), readParameters(call.query, call.operation), { limit, offset, total });
    return answer(call, query, objects, { 'X-Total-Count': String(total), Link: link });
  }

  return {
    'read-one': async (call) => {
      const { version } = call.service;
      const query = asked(call);
      if (!query.ok) return refusal(version, query.problem);
      const item = await roster.served(call.context, call.operation.view, call.values[0] ?? '');
      const [object] = item === undefined ? [] : await encode(call, query.value, [item]);
      if (object === undefined) return refusal(version, unknown('there is none with this sourcedId'));
      return answer(call, query.value, object, { 'X-Total-Count': '1' });
    },

    'read-many': async (call) => {
      const { version } = call.service;
      const query = asked(call);
      if (!query.ok) return refusal(version, query.problem);
      const { within } = call.operation;
      if (within.length === 0) return pageOf(call, query.value, undefined);
      const named = within.map((view: View, index) => ({ view, sourcedId: call.values[index] ?? '' }));
      const parents = await roster.parents(call.context, named);
      if (parents !== undefined) return pageOf(call, query.value, parents);
      // 1.1 has no such error, and its clients expect an empty list.
      if (version === '1.1') return paged(call, query.value, [], 0);
      return refusal(version, unknown('the path names something that is not there'));
    },
  };
}
