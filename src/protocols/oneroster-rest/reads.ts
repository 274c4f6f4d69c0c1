import { problem } from '../../base/problem.ts';
import { ok } from '../../base/result.ts';
import { hiddenFields, type PageQuery, type View, type ViewItem } from '../../roster/index.ts';
import { type Answer, refusal } from './answer.ts';
import { addressOf, type Handlers, type OpenCall } from './call.ts';
import type { OneRosterDeps } from './deps.ts';
import { encodeItems } from './nouns/encode.ts';
import { encodeGone } from './nouns/gone.ts';
import { nounOf } from './operations/index.ts';
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

  function asked({ service, operation, query, context }: OpenCall) {
    const { version } = service;
    const { view } = operation;
    const parameters = readParameters(query, operation);
    const hidden = hiddenFields(context.sharing, nounOf[view]);
    const all = fieldsOf(version, view);
    if (hidden.size === 0) return askedBy(version, view, parameters, all);
    // To a client that may not see them, hidden fields are not there at all.
    const known = new Set([...all].filter((name) => !hidden.has(name)));
    const read = askedBy(version, view, parameters, known);
    return read.ok ? ok({ ...read.value, fields: read.value.fields ?? known }) : read;
  }

  async function encode(
    { service, operation, origin, context }: OpenCall,
    { fields }: Asked,
    items: readonly ViewItem[],
    asOf?: number,
  ) {
    const encoding = { version: service.version, view: operation.view, origin, items, asOf };
    const { objects, left } = await encodeItems(roster, context, encoding);
    for (const guid of left) log.error({ guid, operation: operation.id }, 'record lacks what OneRoster requires');
    return selected(objects, fields);
  }

  function answer(
    { operation }: OpenCall,
    { warnings }: Asked,
    data: unknown,
    headers: Record<string, string>,
    seen: NonNullable<Answer['seen']>,
  ): Answer {
    const beside = warnings.length > 0 ? { statusInfoSet: warnings } : {};
    return { status: 200, body: { [operation.wrapper ?? '']: data, ...beside }, headers, seen };
  }

  /** A page of a collection, with the number of all that match and the addresses of other pages. */
  async function pageOf(call: OpenCall, query: Asked, within: PageQuery['within']): Promise<Answer> {
    const { items, gone, total, sequence } = await roster.page(call.context, {
      ...query.page,
      ...(within === undefined ? {} : { within }),
    });
    const objects = await encode(call, query, items, sequence);
    if (gone !== undefined) {
      const { service, operation, origin } = call;
      const encoding = { version: service.version, view: operation.view, origin };
      objects.push(...selected(encodeGone(encoding, gone), query.fields));
    }
    return paged(call, query, objects, total);
  }

  function paged(call: OpenCall, query: Asked, objects: readonly object[], total: number): Answer {
    const { limit, offset } = query.page;
    const link = linkHeader(addressOf(call), readParameters(call.query, call.operation), { limit, offset, total });
    const headers = { 'X-Total-Count': String(total), ...(link === '' ? {} : { Link: link }) };
    return answer(call, query, objects, headers, { count: objects.length });
  }

  return {
    'read-one': async (call) => {
      const { version } = call.service;
      const query = asked(call);
      if (!query.ok) return refusal(version, query.problem);
      const item = await roster.served(call.context, call.operation.view, call.values[0] ?? '');
      const [object] = item === undefined ? [] : await encode(call, query.value, [item]);
      if (item === undefined || object === undefined)
        return refusal(version, unknown('there is none with this sourcedId'));
      const seen = { count: 1, guid: item.record.guid };
      return answer(call, query.value, object, { 'X-Total-Count': '1' }, seen);
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
      if (version === '1.1') return { ...paged(call, query.value, [], 0), problem: 'unknown-object' };
      return refusal(version, unknown('the path names something that is not there'));
    },
  };
}
