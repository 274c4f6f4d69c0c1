import { join } from 'node:path';
import { type Client, createClientAsync, type IHttpClient, WSSecurity } from 'soap';
import { randomId } from '../../../base/ids.ts';
import { type Target, Unreachable } from '../../../sync/index.ts';
import { element, type Outbound, type OutboundAnswer, textElement } from '../../../wire/index.ts';
import { messageBinding } from '../namespaces.ts';
import type { Message } from './messages.ts';

/** Sends requests to an IMS-ES server; answers what came, as it came. */
export type Send = (target: Target, message: Message, signal?: AbortSignal) => Promise<OutboundAnswer>;

/** What the client of node-soap is told instead of the answer, which only our own reader sees. */
const nothing = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>';

/**
 * Makes the SOAP 1.1 client: node-soap with our own WSDL text, the combined endpoint at the target's address, a
 * UsernameToken with PasswordText (WSS UsernameToken profile 1.0) that must be understood, and the standard's request
 * header. Connections go through `outbound` only. Throws {@link Unreachable} when there is no answer.
 */
export function makeSend(outbound: Outbound, wsdlDir: string): Send {
  const wsdl = join(wsdlDir, 'ImsEnterpriseServicesPort_v1p0.wsdl');

  return async function send({ url, user, password }, { operation, xml }, signal) {
    let answer: OutboundAnswer | undefined;
    let reason = '';
    const httpClient = {
      request(address, body: string, callback, headers) {
        const exchange = outbound.post(address, textsOf(headers), body, signal).then((result) => {
          if (result.ok) answer = result.value;
          else reason = result.problem.text;
          callback(null, { status: 200, headers: {} }, nothing);
        });
        return exchange as never;
      },
    } satisfies IHttpClient;
    const client: Client = await createClientAsync(wsdl, { endpoint: url, httpClient }, url);
    client.setSecurity(
      new WSSecurity(user, password, {
        passwordType: 'PasswordText',
        hasTimeStamp: false,
        hasTokenCreated: false,
        mustUnderstand: true,
      }),
    );
    client.addSoapHeader(
      element('h:syncRequestHeaderInfo', { 'xmlns:h': messageBinding }, textElement('h:messageIdentifier', randomId())),
    );
    const call: unknown = client[`${operation.name}Async`];
    if (typeof call !== 'function') throw new Error(`the WSDL has no operation ${operation.name}`);
    await call.call(client, { _xml: xml });
    if (answer === undefined) throw new Unreachable(reason);
    return answer;
  };
}

function textsOf(headers: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
