import diagnostics, { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, expect } from '@jest/globals';
import type { Connection } from 'mongoose';
import { namesNoTenant } from './watched-commands.ts';

// Node forgets a channel of this name once an earlier one was collected, subscribers and all: the first one stays for all test
// files of the process.
const kept = diagnostics as unknown as Record<symbol, unknown>;
kept[Symbol.for('rostergate.store')] ??= channel('rostergate.store');

// Every command that the stores of a test file send is looked at; one on a tenant's data without the tenant fails the file.
const faults = new Set<string>();

function watch(message: unknown): void {
  const { connection } = message as { readonly connection: Connection };
  connection.getClient().on('commandStarted', ({ commandName, command }) => {
    const collection: unknown = command[commandName];
    if (typeof collection !== 'string') return;
    if (namesNoTenant({ name: commandName, collection, body: command })) {
      faults.add(`${commandName} ${collection} ${JSON.stringify(command).slice(0, 400)}`);
    }
  });
}

subscribe('rostergate.store', watch);
afterAll(() => {
  unsubscribe('rostergate.store', watch);
  expect([...faults]).toEqual([]);
});
