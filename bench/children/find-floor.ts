import { bodyOf, listen } from './bare-server.ts';
import { connect } from './databases.ts';
import { type Options, type Role, textOf } from './role.ts';

/** The floor of a read: bare http, the driver's find of a person by its key, JSON.stringify. */
export async function findFloor(options: Options): Promise<Role> {
  const client = await connect(textOf(options, 'uri'));
  const persons = client.db(textOf(options, 'database')).collection('persons');
  const server = await listen('application/json', async (request) => {
    const id = /identifier>([^<]*)</.exec(await bodyOf(request))?.[1] ?? '';
    const [found] = await persons.find({ tenant: 'bench', keys: `person:default:${id}` }).toArray();
    return JSON.stringify({
      status: found === undefined ? 'failure' : '<codeMajor>success</codeMajor>',
      person: found,
    });
  });
  return {
    ready: { base: server.base },
    answer: () => Promise.resolve({}),
    async close() {
      await server.close();
      await client.close();
    },
  };
}
