import { readdirSync } from 'node:fs';
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { XMLParser } from 'fast-xml-parser';
import { endpoints, operations } from '../../../src/protocols/ims-es/operations.ts';
import { childNamed, childrenNamed, parseXml, type XmlElement } from '../../../src/wire/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { makeValidator, wsdlDir } from './schemas.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

async function load(address: string): Promise<{ status: number; text: string; root: XmlElement }> {
  const response = await fetch(address);
  const text = await response.text();
  const parsed = parseXml(text);
  if (!parsed.ok) throw new Error(`${address}: ${parsed.problem.text}`);
  return { status: response.status, text, root: parsed.value };
}

/** What a single document declares: per operation its action and the names of its elements. */
function declared(root: XmlElement): string[] {
  const elements = new Map(
    childrenNamed(root, 'message').map((each) => [each.attributes['name'], each.children[0]?.attributes['element']]),
  );
  const element = (operation: XmlElement, name: string) => {
    const ref = childNamed(operation, name)?.attributes['message']?.split(':')[1];
    return elements.get(ref)?.split(':')[1];
  };
  const actions = new Map(
    childrenNamed(root, 'binding').flatMap((binding) =>
      childrenNamed(binding, 'operation').map((each) => [
        each.attributes['name'],
        each.children.find(({ name }) => name === 'operation')?.attributes['soapAction'],
      ]),
    ),
  );
  return childrenNamed(root, 'portType').flatMap((portType) =>
    childrenNamed(portType, 'operation').map((each) =>
      [
        portType.attributes['name'],
        each.attributes['name'],
        actions.get(each.attributes['name']),
        element(each, 'input'),
        element(each, 'output'),
      ].join(' '),
    ),
  );
}

const portTypes = {
  pms: 'PersonManagementServiceSync',
  gms: 'GroupManagementServiceSync',
  mms: 'MembershipManagementServiceSync',
} as const;

describe('the WSDL and the table of operations', () => {
  test.each(endpoints)('$name declares exactly the operations that are served there', async ({ name, services }) => {
    const { root } = await load(`${gateway.soap}/${name}?singleWsdl`);
    const served = operations
      .filter(({ service }) => services.includes(service))
      .map((each) => [portTypes[each.service], each.name, each.action, each.request, each.answer].join(' '));
    expect(declared(root)).toEqual(served);
  });

  test.each(endpoints)('each port of $name declares the header of every message', async ({ name }) => {
    const { root } = await load(`${gateway.soap}/${name}?wsdl`);
    for (const binding of childrenNamed(root, 'binding')) {
      for (const operation of childrenNamed(binding, 'operation')) {
        const named = operation.attributes['name'];
        const parts = ['input', 'output'].map((side) => {
          const [header] = childrenNamed(childNamed(operation, side) ?? operation, 'header');
          return `${header?.attributes['message']?.split(':')[1]} ${header?.attributes['part']}`;
        });
        expect(parts).toEqual([
          `${named}Request1_Headers syncRequestHeaderInfo`,
          `${named}Response1_Headers syncResponseHeaderInfo`,
        ]);
      }
    }
  });

  test('all schemas compile', () => {
    expect(makeValidator()('<a/>')).toEqual(['no SOAP envelope']);
  });
});

describe('descriptions by HTTP', () => {
  test.each(endpoints)('every address in the descriptions of $name leads on, starting from ?wsdl', async ({ name }) => {
    const waiting = [`${gateway.soap}/${name}?wsdl`];
    const seen = new Set<string>();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const { status, text } = await load(next);
      expect([next, status]).toEqual([next, 200]);
      for (const [, address = ''] of text.matchAll(/(?:schemaLocation|location)="([^"]+)"/g)) {
        expect(address.startsWith(`${gateway.soap}/${name}`)).toBe(true);
        if (address.includes('?')) waiting.push(address);
      }
    }
    const schemas = readdirSync(wsdlDir).filter((file) => file.endsWith('.xsd')).length;
    expect([...seen].filter((address) => address.includes('?xsd=')).length).toBe(
      name === 'ImsEnterpriseServicesPort' ? schemas : 4,
    );
  });

  test('?singleWsdl stands alone: all names resolve inside it and no location is left but that of the service', async () => {
    const { root, text } = await load(`${gateway.soap}/ImsEnterpriseServicesPort?singleWsdl`);
    expect(text).not.toContain('schemaLocation');
    expect(childrenNamed(root, 'import')).toEqual([]);
    expect(childNamed(root, 'types')?.children.map((each) => each.attributes['targetNamespace'])).toHaveLength(8);
    const locations = [...text.matchAll(/ location="([^"]+)"/g)].map(([, location]) => location);
    expect(new Set(locations)).toEqual(new Set([`${gateway.soap}/ImsEnterpriseServicesPort`]));
    expect(new XMLParser({ ignoreAttributes: false }).parse(text)).toHaveProperty(['wsdl:definitions', 'wsdl:service']);
  });

  test('queries are read in any case of letters; unknown names are 404', async () => {
    const path = `${gateway.soap}/PersonManagementServiceSync`;
    for (const query of [
      'WSDL',
      'singlewsdl',
      'wsdl=wsdl0',
      'xsd=imsCommonSchema_v1p0',
      'xsd=imsCommonSchema_v1p0.xsd',
    ]) {
      expect([query, (await fetch(`${path}?${query}`)).status]).toEqual([query, 200]);
    }
    for (const query of [
      'wsdl=wsdl9',
      'wsdl=x',
      'xsd=',
      'xsd=../package',
      'xsd=..%2F..%2Fetc%2Fpasswd',
      'xsd=__proto__',
    ]) {
      expect([query, (await fetch(`${path}?${query}`)).status]).toEqual([query, 404]);
    }
  });

  test('addresses are those by which the client came; forwarded ones count only behind a trusted proxy', async () => {
    const location = (base: string, headers: Record<string, string>) =>
      new Promise<string | undefined>((resolve, reject) => {
        get(`${base}/PersonManagementServiceSync?wsdl`, { headers }, (response) => {
          response.toArray().then((pieces) => {
            resolve(/soap:address location="([^"]+)"/.exec(pieces.join(''))?.[1]);
          }, reject);
        }).on('error', reject);
      });
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'ims.example.org' };
    expect(await location(gateway.soap, { host: 'roster.example.org:8080', ...forwarded })).toBe(
      'http://roster.example.org:8080/soap/PersonManagementServiceSync',
    );
    expect(await location(gateway.soap, { host: 'a"><x/>' })).toBe('http://localhost/soap/PersonManagementServiceSync');
    const behind = await startGateway({ trustProxy: true });
    const named = await startGateway({ publicUrl: 'https://public.example.org/' });
    try {
      const seen = await location(behind.soap, forwarded);
      expect(seen).toBe('https://ims.example.org/soap/PersonManagementServiceSync');
      expect(await location(named.soap, {})).toBe('https://public.example.org/soap/PersonManagementServiceSync');
    } finally {
      await behind.close();
      await named.close();
    }
  });

  test('a person who opens the address is told where the WSDL is', async () => {
    const text = await (await fetch(`${gateway.soap}/GroupManagementServiceSync.svc`)).text();
    expect(text).toContain(`${gateway.soap}/GroupManagementServiceSync?wsdl`);
  });
});
