import { expect } from '@jest/globals';
import type { Pull, Run } from '../../../src/sync/index.ts';
import type { Doors } from '../../setup/doors.ts';
import { type Quirks, type sloppyRoster, startQuirksServer } from './quirks-server.ts';

/** A server with quirks that is running. */
export type Server = Awaited<ReturnType<typeof startQuirksServer>>;

/** Feeds of a gateway that are pulled from servers with quirks. */
export function makePulling(doors: () => Doors) {
  let servers: Server[] = [];
  let feeds = 0;

  /** Changes a feed that is pulled from a server; `more` are further settings of `pull`. */
  async function put(name: string, server: { root: string }, more: object = {}) {
    const pull = {
      url: `${server.root}/ims/oneroster/v1p1`,
      version: 'v1p1',
      tokenUrl: `${server.root}/token`,
      clientId: 'rostergate',
      secret: 'quite secret',
      pageSize: 3,
      ...more,
    };
    const data = { namespace: name, pull, reviewMatches: false };
    const answer = await doors().ask('PUT', `/api/v1/feeds/${name}`, { as: doors().admin, data });
    expect(answer).toMatchObject({ status: 200 });
    return answer;
  }

  /** Pulls to the end of the reading, by the admin API. */
  async function pulled(name: string, query = ''): Promise<Pull> {
    const at = `/api/v1/feeds/${name}/pull`;
    const started = await doors().ask('POST', `${at}?${query}`, { as: doors().admin });
    expect(started).toMatchObject({ status: 202 });
    for (;;) {
      const pull = (await doors().ask('GET', at, { as: doors().admin })).json as Pull;
      if (pull.state !== 'reading') return pull;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  return {
    put,
    pulled,

    async quirky(roster: ReturnType<typeof sloppyRoster>, quirks: Quirks = {}): Promise<Server> {
      const server = await startQuirksServer(roster, quirks);
      servers.push(server);
      return server;
    },

    /** A feed with a namespace of its own, pulled from a server. */
    async feedFrom(server: { root: string }, more: object = {}): Promise<string> {
      feeds += 1;
      const name = `feed-${feeds}`;
      await put(name, server, more);
      return name;
    },

    /** Pulls to the end of the run. */
    async runOf(name: string, query = ''): Promise<Run> {
      const pull = await pulled(name, query);
      expect(pull).toMatchObject({ state: 'submitted', problem: null });
      const run = await doors().sync.wait(doors().context, pull.run ?? '');
      if (run === undefined) throw new Error('the run is gone');
      return run;
    },

    /** Ends the servers. */
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      servers = [];
    },
  };
}
