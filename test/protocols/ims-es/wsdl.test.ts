import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { XMLParser } from 'fast-xml-parser';
import { endpoints, operations } from '../../../src/protocols/ims-es/operations.ts';
import { childNamed, childrenNamed, parseXml, type XmlElement } from '../../../src/wire/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { message, post, requestHeader, security, sourcedId } from './messages.ts';
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

/** What a single document declares: per operation its port type, its action and the names of its elements. */
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
        `${binding.attributes['type']?.split(':')[1]} ${each.attributes['name']}`,
        each.children.find(({ name }) => name === 'operation')?.attributes['soapAction'],
      ]),
    ),
  );
  return childrenNamed(root, 'portType').flatMap((portType) =>
    childrenNamed(portType, 'operation').map((each) => {
      const name = `${portType.attributes['name']} ${each.attributes['name']}`;
      return [name, actions.get(name), element(each, 'input'), element(each, 'output')].join(' ');
    }),
  );
}

/** The names of an element's children in a schema, in order; `?` behind one that may be missing. */
function childrenOf(element: XmlElement | undefined): string {
  const [type] = element?.children ?? [];
  const sequence = type === undefined ? undefined : childNamed(type, 'sequence');
  return (sequence?.children ?? [])
    .map(({ attributes }) => `${attributes['name']}${attributes['minOccurs'] === '0' ? '?' : ''}`)
    .join(' ');
}

/** All elements that our schemas declare for everyone, by `{namespace}name`. */
const elements: ReadonlyMap<string, XmlElement> = new Map(
  readdirSync(wsdlDir)
    .filter((file) => file.endsWith('.xsd'))
    .flatMap((file) => {
      const parsed = parseXml(readFileSync(join(wsdlDir, file), 'utf8'));
      if (!parsed.ok) throw new Error(`${file}: ${parsed.problem.text}`);
      const namespace = parsed.value.attributes['targetNamespace'];
      return childrenNamed(parsed.value, 'element').map((each): [string, XmlElement] => [
        `{${namespace}}${each.attributes['name']}`,
        each,
      ]);
    }),
);

describe('the WSDL and the table of operations', () => {
  test('all operations of the three services are there', () => {
    const count = (portType: string) => operations.filter((each) => each.portType === portType).length;
    expect(endpoints.at(-1)?.portTypes.map((portType) => [portType, count(portType)])).toEqual([
      ['PersonManagementServiceSync', 15],
      ['ExtendedPersonManagementServiceSync', 1],
      ['GroupManagementServiceSync', 15],
      ['ExtendedGroupManagementServiceSync', 1],
      ['MembershipManagementServiceSync', 16],
      ['ExtendedMembershipManagementServiceSync', 1],
    ]);
  });

  test.each(endpoints)('$name declares exactly the operations of its port types', async ({ name, portTypes }) => {
    const { root } = await load(`${gateway.soap}/${name}?singleWsdl`);
    const served = portTypes.flatMap((portType) =>
      operations
        .filter((each) => each.portType === portType)
        .map((each) => [portType, each.name, each.action, each.request, each.answer].join(' ')),
    );
    expect(declared(root)).toEqual(served);
  });

  test.each(endpoints)('each port of $name declares the header of every message', async ({ name, portTypes }) => {
    const { root } = await load(`${gateway.soap}/${name}?wsdl`);
    const bindings = childrenNamed(root, 'binding');
    expect(bindings.map((each) => each.attributes['name'])).toEqual(
      portTypes.map((each) => `BasicHttpBinding_${each}`),
    );
    for (const operation of bindings.flatMap((binding) => childrenNamed(binding, 'operation'))) {
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
  });

  test.each(endpoints)('every element that the messages of $name name is in a schema there', async ({ name }) => {
    const { root, text } = await load(`${gateway.soap}/${name}?singleWsdl`);
    const namespaces = new Map([...text.matchAll(/xmlns:(\w+)="([^"]+)"/g)].map(([, prefix, uri]) => [prefix, uri]));
    const inlined = new Set(
      childNamed(root, 'types')?.children.flatMap((schema) =>
        childrenNamed(schema, 'element').map(
          (each) => `{${schema.attributes['targetNamespace']}}${each.attributes['name']}`,
        ),
      ),
    );
    const named = childrenNamed(root, 'message').map((message) => {
      const [prefix, local] = message.children[0]?.attributes['element']?.split(':') ?? [];
      return `{${namespaces.get(prefix)}}${local}`;
    });
    expect(named.filter((each) => !inlined.has(each))).toEqual([]);
  });

  test('every message in the schemas belongs to an operation, and the other way round', () => {
    const messages = [...elements.keys()].filter((each) => /(Request|Response)$/.test(each));
    const belonging = operations.flatMap((each) =>
      [each.request, each.answer].map((name) => `{${each.namespace}}${name}`),
    );
    expect(messages.toSorted()).toEqual(belonging.toSorted());
  });

  test.each([
    ['createPersons', 'personIdPairSet', ''],
    ['createByProxyPerson', 'person', 'sourcedId?'],
    ['createByProxyMemberships', 'membershipSet', 'sourcedIdSet?'],
    ['readPerson', 'sourcedId', 'person?'],
    ['readGroups', 'sourcedIdSet', 'groupSet?'],
    ['updateMembership', 'sourcedId membership', ''],
    ['replaceMemberships', 'membershipIdPairSet', ''],
    ['deleteGroups', 'sourcedIdSet', ''],
    ['changeGroupIdentifier', 'sourcedId newSourcedId', ''],
    ['changeMembershipsIdentifier', 'pairSourcedIdSet', ''],
    ['readPersonsForGroup', 'groupSourcedId', 'personIdPairSet?'],
    ['readGroupsForPerson', 'personSourcedId', 'groupSet? groupIdPairSet?'],
    ['readMembershipsForPerson', 'personSourcedId', 'membershipIDPairSet?'],
    ['readMembershipsForGroup', 'groupSourcedId', 'membershipIDPairSet?'],
    [
      'readAllPersons',
      'PageIndex? PageSize? CreatedFrom? OnlyManuallyCreatedUsers? ConvertFromManual?',
      'personIdPairSet? virtualCount?',
    ],
    ['readAllMemberships', 'PageIndex? PageSize? CreatedFrom?', 'membershipIdPairSet? virtualCount?'],
  ])('the messages of %s hold what clients send and expect', (name, request, answer) => {
    const operation = operations.find((each) => each.name === name);
    const element = (local: string | undefined) => elements.get(`{${operation?.namespace}}${local}`);
    expect([childrenOf(element(operation?.request)), childrenOf(element(operation?.answer))]).toEqual([
      request,
      answer,
    ]);
  });
});

describe('the schemas', () => {
  const create = '<pm:createPersonRequest>';
  const person = `${sourcedId('pm', 'p')}<pm:person><pd:formatName>A</pd:formatName></pm:person>`;

  test('take a whole request in either version of SOAP, with any headers or none', () => {
    const validate = makeValidator('request');
    for (const version of ['1.1', '1.2'] as const) {
      for (const header of ['', security(), security() + requestHeader('7')]) {
        expect(validate(message(`${create}${person}</pm:createPersonRequest>`, header, version))).toEqual([]);
      }
    }
    const pairs = '<c:identifierPair><c:firstId>a</c:firstId><c:secondId>b</c:secondId></c:identifierPair>';
    const change = (content: string) =>
      message(
        `<pm:changePersonsIdentifierRequest><pm:pairSourcedIdSet>${content}</pm:pairSourcedIdSet></pm:changePersonsIdentifierRequest>`,
      );
    expect([validate(change('')), validate(change(pairs))]).toEqual([[], []]);
    expect(validate('<a/>')).toEqual(['no SOAP envelope']);
  });

  test.each([
    ['an element of another namespace', `${person.replace('<pd:formatName>A</pd:formatName>', '<pm:formatName/>')}`],
    ['another order', person.replace(/(<pm:sourcedId>.*<\/pm:sourcedId>)(.*)/, '$2$1')],
    ['an identifier that is too long', person.replace('>p<', `>${'p'.repeat(1025)}<`)],
    ['nothing', ''],
  ])('refuse a request with %s', (_, content) => {
    expect(makeValidator('request')(message(`${create}${content}</pm:createPersonRequest>`))).toHaveLength(1);
  });

  test('take the faults that are answered in either version', async () => {
    const validate = makeValidator('fault');
    for (const version of ['1.1', '1.2'] as const) {
      const type = version === '1.1' ? 'text/xml' : 'application/soap+xml';
      for (const sent of [
        message('<x:y xmlns:x="urn:x"/>', security(), version),
        message('<x:y xmlns:x="urn:x"/>', '<x:y xmlns:x="urn:x" s:mustUnderstand="1"/>', version),
        message(`${create}${person}</pm:createPersonRequest>`, security('sis', 'wrong'), version),
        'no XML',
      ]) {
        const { fault, text } = await post(`${gateway.soap}/ImsEnterpriseServicesPort`, sent, { 'content-type': type });
        expect([fault === undefined, validate(text)]).toEqual([false, []]);
        expect(validate(text.replaceAll('aul', 'ail'))).toHaveLength(1);
      }
    }
  });
});

describe('descriptions by HTTP', () => {
  const ours: Readonly<Record<string, number>> = {
    ExtendedGroupManagementServiceSync: 7,
    ExtendedMembershipManagementServiceSync: 7,
  };

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
    // What is ours speaks of groups and of memberships; the standard's services have what the standard has.
    const needed = { ImsEnterpriseServicesPort: schemas, ...ours }[name] ?? 4;
    expect([...seen].filter((address) => address.includes('?xsd='))).toHaveLength(needed);
  });

  test('?singleWsdl stands alone: all names resolve inside it and no location is left but that of the service', async () => {
    const { root, text } = await load(`${gateway.soap}/ImsEnterpriseServicesPort?singleWsdl`);
    expect(text).not.toContain('schemaLocation');
    expect(childrenNamed(root, 'import')).toEqual([]);
    expect(childNamed(root, 'types')?.children.map((each) => each.attributes['targetNamespace'])).toHaveLength(9);
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
