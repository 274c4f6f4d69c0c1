import { test } from '@jest/globals';
import { writeFileSync, existsSync } from 'node:fs';
import { startGateway } from './gateway.ts';
test('serve', async () => {
  const gateway = await startGateway();
  writeFileSync('/tmp/soap.address', gateway.soap);
  while (!existsSync('/tmp/soap.stop')) await new Promise((r) => setTimeout(r, 300));
  await gateway.close();
}, 600_000);
