import type { AddressInfo } from 'node:net';
import express from 'express';
import { systemClock } from '../../../src/base/clock.ts';
import { type ImsEsDeps, makeImsEs } from '../../../src/protocols/ims-es/index.ts';
import { makeRoster, type RosterRooms } from '../../../src/roster/index.ts';
import { migrate, openStore } from '../../../src/store/index.ts';
import { testDatabase } from '../../setup/database.ts';
import { watchedLog } from '../../setup/watched-log.ts';
import { collectAnswers } from './answers.ts';
import { wsdlDir } from './schemas.ts';

/** The SOAP user of the tests. */
export const soapUser = { name: 'sis', password: 'open sesame' };

/** A gateway with nothing but IMS Enterprise Services, on a database of its own. */
export interface TestGateway {
  /** Address of the mount, without a slash at the end. */
  readonly soap: string;
  readonly rooms: RosterRooms;
  close(): Promise<void>;
}

/** What a test may set otherwise. */
export interface GatewayOptions extends Partial<Omit<ImsEsDeps, 'wsdlDir'>> {
  readonly trustProxy?: boolean;
}

/** Starts a gateway. */
export async function startGateway({ trustProxy = false, ...deps }: GatewayOptions = {}): Promise<TestGateway> {
  const database = await testDatabase();
  const store = await openStore(database.uri, database.name);
  await migrate(store);
  const rooms = makeRoster(store, systemClock);
  await rooms.tenants.bootstrap({ tenant: 'school', user: soapUser.name, password: soapUser.password });
  const app = express();
  app.set('trust proxy', trustProxy);
  const { roster, access, audit, tenants } = rooms;
  const usual = {
    roster,
    access,
    audit,
    settings: (tenant: string) => tenants.settings(tenant),
    log: watchedLog,
    maxBodyBytes: 1_000_000,
    plainHttp: 'loopback',
  } as const;
  app.use('/soap', collectAnswers, makeImsEs({ ...usual, ...deps, wsdlDir }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    soap: `http://127.0.0.1:${(server.address() as AddressInfo).port}/soap`,
    rooms,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await audit.flush();
      await store.close();
      await database.close();
    },
  };
}
